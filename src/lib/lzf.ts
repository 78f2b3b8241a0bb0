/**
 * LZF, the compression of strings in RDB files. The format is that of LibLZF 3.6 by Marc Lehmann:
 *
 *     000LLLLL <L+1 bytes>          L + 1 literal bytes (1 to 32)
 *     LLLooooo oooooooo             copy L + 2 bytes (L is 1 to 6) from o + 1 bytes back
 *     111ooooo LLLLLLLL oooooooo    copy L + 9 bytes from o + 1 bytes back
 *
 * A copy may overlap what it writes, which repeats a short run. Which matches a compressor finds is its own
 * affair: the output here differs from LibLZF's in places, and each decompresses what the other wrote.
 */

const HASH_BITS = 14;
const MAX_LITERALS = 32;
const MAX_DISTANCE = 1 << 13;
const MAX_MATCH = 264;
// Positions are remembered as 32-bit integers; the table is cleared before they would overflow.
const MAX_POSITION = 0x7fffffff;

/** Compresses, and keeps its hash table between calls: 64 KiB, allocated once. */
export class LzfCompressor {
  // Positions of three-byte sequences, plus `base`: what earlier calls left behind is below it, and so is never
  // mistaken for a position of this one. That saves clearing the table at each call.
  private readonly table = new Int32Array(1 << HASH_BITS);
  private base = 1;

  /**
   * Compresses `input[start, end)` into `output[0, capacity)`.
   *
   * Returns the compressed length, or 0 when it would exceed `capacity` or there is nothing to compress. To
   * accept only what gets smaller, pass a capacity below the input's length (Redis: four bytes less).
   */
  compress(input: Uint8Array, start: number, end: number, output: Uint8Array, capacity = output.length): number {
    const length = end - start;
    if (length === 0 || capacity === 0) return 0;
    if (this.base > MAX_POSITION - length) {
      this.table.fill(0);
      this.base = 1;
    }
    const base = this.base;
    this.base = base + length;

    const table = this.table;
    const toStored = base - start;
    const lastStart = end - 3;
    let at = start;
    let literals = 0;
    // The byte before the current run of literals is its header, filled in when the run ends.
    let out = 1;

    while (at <= lastStart) {
      const first = input[at];
      const second = input[at + 1];
      const third = input[at + 2];
      const slot = Math.imul((first << 16) | (second << 8) | third, 0x9e3779b1) >>> (32 - HASH_BITS);
      const stored = table[slot];
      table[slot] = at + toStored;

      let from = stored - toStored;
      const distance = at - from;
      if (
        stored < base ||
        distance > MAX_DISTANCE ||
        input[from] !== first ||
        input[from + 1] !== second ||
        input[from + 2] !== third
      ) {
        if (out >= capacity) return 0;
        output[out++] = first;
        at++;
        if (++literals === MAX_LITERALS) {
          output[out - MAX_LITERALS - 1] = MAX_LITERALS - 1;
          literals = 0;
          out++;
        }
        continue;
      }

      // Without literals before it, the reserved header byte is taken back.
      if (literals === 0) out--;
      else output[out - literals - 1] = literals - 1;
      // A match takes at most 3 bytes.
      if (out + 3 > capacity) return 0;

      const limit = Math.min(end, at + MAX_MATCH);
      let to = at + 3;
      from += 3;
      while (to < limit && input[to] === input[from]) {
        to++;
        from++;
      }
      const matched = to - at - 2;
      const offset = distance - 1;
      if (matched < 7) {
        output[out++] = (matched << 5) | (offset >>> 8);
      } else {
        output[out++] = 0xe0 | (offset >>> 8);
        output[out++] = matched - 7;
      }
      output[out++] = offset & 0xff;
      literals = 0;
      out++;

      // The last two positions of the match enter the table: most of the gain of entering all, at little cost.
      for (let i = Math.max(at + 1, to - 2); i < to && i <= lastStart; i++) {
        const sequence = (input[i] << 16) | (input[i + 1] << 8) | input[i + 2];
        table[Math.imul(sequence, 0x9e3779b1) >>> (32 - HASH_BITS)] = i + toStored;
      }
      at = to;
    }

    while (at < end) {
      if (out >= capacity) return 0;
      output[out++] = input[at++];
      if (++literals === MAX_LITERALS) {
        output[out - MAX_LITERALS - 1] = MAX_LITERALS - 1;
        literals = 0;
        out++;
      }
    }
    if (literals === 0) out--;
    else output[out - literals - 1] = literals - 1;
    return out;
  }
}

/**
 * Decompresses `input[start, end)` into `output` from `outputStart` on.
 *
 * Returns true when the input is well formed and yields exactly `expectedLength` bytes. Nothing is read or
 * written outside these ranges, whatever the input holds; after a false the output range is undefined.
 */
export function decompressLzf(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  expectedLength: number,
  outputStart = 0,
): boolean {
  const outputEnd = outputStart + expectedLength;
  if (outputEnd > output.length || end > input.length) return false;
  let at = start;
  let out = outputStart;
  while (at < end) {
    const control = input[at++];
    if (control < 32) {
      const runEnd = at + control + 1;
      if (runEnd > end || out + control + 1 > outputEnd) return false;
      while (at < runEnd) output[out++] = input[at++];
      continue;
    }
    let length = control >>> 5;
    if (length === 7) {
      if (at >= end) return false;
      length += input[at++];
    }
    length += 2;
    if (at >= end) return false;
    let from = out - ((control & 0x1f) << 8) - input[at++] - 1;
    const copyEnd = out + length;
    if (from < outputStart || copyEnd > outputEnd) return false;
    if (length >= 64 && from + length <= out) {
      output.copyWithin(out, from, from + length);
      out = copyEnd;
    } else {
      while (out < copyEnd) output[out++] = output[from++];
    }
  }
  return out === outputEnd;
}
