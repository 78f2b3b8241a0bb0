/**
 * Brings the memory that look-ups will need into the cache, for several keys at once.
 *
 * A look-up waits for two lines one after the other, its bucket's and its entry's. Look-ups of different keys do not
 * wait for each other, but a processor only sees that when they stand close together: so first all buckets are read,
 * then all entries.
 */
import type { Slice } from '../lib/slice.ts';
import { type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import { BUCKET_SLOTS, SEGMENT_HEAD, tagOf } from './table-layout.ts';
import type { HashMemory, TableReader } from './table-reader.ts';

export class TablePrefetch implements HashMemory {
  /** What was read, so that the reads are not optimised away. */
  touched = 0;
  // The keys last read, which are looked up in the same order soon after: their hashes need not be computed again.
  private bytes: Uint8Array | null = null;
  private starts: Int32Array = new Int32Array(0);
  private ends: Int32Array = new Int32Array(0);
  private next = 0;
  private count = 0;
  private readonly u32: readonly Uint32Array[];
  private readonly hashes: Int32Array;
  private readonly candidates: Uint32Array;

  /** For up to `maxKeys` keys at a time, in tables on the heap of these segments. */
  constructor(u32: readonly Uint32Array[], maxKeys: number) {
    this.u32 = u32;
    this.hashes = new Int32Array(maxKeys);
    this.candidates = new Uint32Array(maxKeys);
  }

  /** Reads what looking up the keys `bytes[starts[i], ends[i])` in the table will read. */
  read(
    table: TableReader,
    root: Pointer,
    bytes: Uint8Array,
    starts: Int32Array,
    ends: Int32Array,
    count: number,
  ): void {
    const { hashes, candidates, u32 } = this;
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
    this.next = 0;
    this.count = count;
    for (let i = 0; i < count; i++) hashes[i] = table.hashOfBytes(bytes, starts[i], ends[i]);
    for (let i = 0; i < count; i++) {
      const hash = hashes[i];
      table.locate(root, hash);
      const { segment, depth, bucketBits } = table;
      const home = bucketBits === 0 ? 0 : (hash << depth) >>> (32 - bucketBits);
      const words = u32[segment >>> SEGMENT_SHIFT];
      const bucket = ((segment & UNIT_MASK) << 2) + SEGMENT_HEAD + (home << 4);
      const pattern = Math.imul(tagOf(hash), 0x01010101);
      candidates[i] = firstMatch(words, bucket, pattern);
    }
    let sum = this.touched;
    for (let i = 0; i < count; i++) {
      const entry = candidates[i];
      if (entry === 0) continue;
      const words = u32[entry >>> SEGMENT_SHIFT];
      const at = (entry & UNIT_MASK) << 2;
      // An entry for a short key and value lies in at most two lines.
      sum ^= words[at] ^ words[at + 11];
    }
    this.touched = sum;
  }

  /** To be called before the bytes of the keys change. */
  forget(): void {
    this.bytes = null;
  }

  /** The hash of a key: remembered, where it is one of the next of those read, else computed. */
  hashOf(table: TableReader, key: Slice): number {
    const { bytes, start, end } = key;
    if (bytes === this.bytes) {
      let next = this.next;
      // Those that nobody asked for are skipped: they were no keys, or the same as the one before.
      while (next < this.count && this.starts[next] < start) next++;
      this.next = next;
      if (next < this.count && this.starts[next] === start && this.ends[next] === end) return this.hashes[next];
    }
    return table.hashOfBytes(bytes, start, end);
  }
}

/** The pointer whose tag matches first, 0 for none. */
function firstMatch(words: Uint32Array, bucket: number, pattern: number): number {
  for (let i = 0; i < 3; i++) {
    const difference = words[bucket + i] ^ pattern;
    const matches = (difference - 0x01010101) & ~difference & 0x80808080;
    if (matches !== 0) return words[bucket + BUCKET_SLOTS + (i << 2) + ((31 - Math.clz32(matches & -matches)) >>> 3)];
  }
  return 0;
}
