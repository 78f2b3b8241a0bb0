/**
 * A request's header line, `*count` or `$length`, read byte by byte for when it is cut by a chunk's end or is not plain
 * digits. It ends at the first CR and the one byte after it, whatever that is; with a NUL byte in it it never ends
 * (Redis 7.0 looks for the CR with `strchr`). The line is as long as it was sent, but only its first bytes are kept:
 * what has more is no number.
 */
import { parseInt64Range } from '../lib/integer.ts';

const NUL = 0x00;
const CR = 0x0d;

/** A type byte, the 20 characters of an int64, and one more to see that there are too many. */
const KEPT_BYTES = 22;

export class HeaderLine {
  /** The first bytes of the line. */
  readonly bytes: Uint8Array = new Uint8Array(KEPT_BYTES);
  /** How long the line is so far, without its end. */
  length = 0;
  /** True when the byte after the CR has been read too. */
  whole = false;

  private ended = false;
  private hasNul = false;

  /** Begins a new line. */
  clear(): void {
    this.length = 0;
    this.whole = false;
    this.ended = false;
    this.hasNul = false;
  }

  /** Reads on in `bytes[start, end)` and answers the offset of the first byte not read. */
  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (!this.ended && at < end) {
      const byte = bytes[at++];
      if (byte === CR && !this.hasNul) this.ended = true;
      else {
        if (byte === NUL) this.hasNul = true;
        if (this.length < KEPT_BYTES) this.bytes[this.length] = byte;
        this.length++;
      }
    }
    if (this.ended && at < end) {
      at++;
      this.whole = true;
    }
    return at;
  }

  /** The byte that the line begins with; of an empty line the CR that ends it. */
  get type(): number {
    return this.length === 0 ? CR : this.bytes[0];
  }

  /** The int64 behind the type byte, or null. */
  value(): number | bigint | null {
    return this.length > KEPT_BYTES ? null : parseInt64Range(this.bytes, 1, this.length);
  }
}
