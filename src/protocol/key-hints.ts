/**
 * The keys of commands that are about to be executed, as far as they can be guessed cheaply.
 *
 * A pipeline's commands are executed one after another, and each waits for the memory that its key leads to. Their
 * first arguments, which mostly are keys, are looked at a few commands ahead, so that these waits overlap. A wrong
 * guess costs a little time and nothing else. Where the key is one large collection, what counts is the member or field:
 * the second argument, or the last.
 */

/** Commands that are looked at in one go: enough to overlap their misses, few enough to stay in the first-level cache. */
export const MAX_HINTS = 16;

const CR = 0x0d;
const DOLLAR = 0x24;
const STAR = 0x2a;
const ZERO = 0x30;

export class KeyHints {
  /** The keys are `bytes[starts[i], ends[i])` for i below {@link count}. */
  bytes: Uint8Array = new Uint8Array(0);
  readonly starts = new Int32Array(MAX_HINTS);
  readonly ends = new Int32Array(MAX_HINTS);
  /** As those of the keys: the arguments behind them, and each command's last one, which may be the key itself. */
  readonly secondStarts = new Int32Array(MAX_HINTS);
  readonly secondEnds = new Int32Array(MAX_HINTS);
  readonly lastStarts = new Int32Array(MAX_HINTS);
  readonly lastEnds = new Int32Array(MAX_HINTS);
  count = 0;

  /** Collects the keys of the commands that lie whole, in the usual form, from `from` on. Answers their number. */
  scan(bytes: Uint8Array, from: number, end: number): number {
    this.bytes = bytes;
    let count = 0;
    let at = from;
    scanning: while (count < MAX_HINTS && at + 4 <= end && bytes[at] === STAR && bytes[at + 2] === CR) {
      const args = bytes[at + 1] - ZERO;
      if (args < 2 || args > 9) break;
      at += 4;
      let data = 0;
      for (let arg = 0; arg < args; arg++) {
        if (at + 4 > end || bytes[at] !== DOLLAR) break scanning;
        let length = 0;
        let digitAt = at + 1;
        for (; digitAt < end && bytes[digitAt] !== CR; digitAt++) length = length * 10 + bytes[digitAt] - ZERO;
        data = digitAt + 2;
        at = data + length + 2;
        if (!(at <= end && length >= 0)) break scanning;
        if (arg === 1) {
          this.starts[count] = data;
          this.ends[count] = data + length;
          // Where there is no second argument.
          this.secondStarts[count] = data;
          this.secondEnds[count] = data + length;
        } else if (arg === 2) {
          this.secondStarts[count] = data;
          this.secondEnds[count] = data + length;
        }
      }
      this.lastStarts[count] = data;
      this.lastEnds[count] = at - 2;
      count++;
    }
    this.count = count;
    return count;
  }
}
