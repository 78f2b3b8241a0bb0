/**
 * A run of bytes inside someone else's buffer.
 *
 * Arguments, keys and values travel through the server as slices: nothing is copied and no string is made on
 * the data path. A slice is valid only as long as its owner says. Slices of arguments are reused for the next
 * command, so whatever must outlive a command is copied with {@link Slice.copy}.
 */
export class Slice {
  bytes: Uint8Array;
  start: number;
  end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** A slice over all of `bytes`, or over the UTF-8 bytes of a string. */
  static from(source: Uint8Array | string): Slice {
    // A plain Uint8Array even where a Buffer came in: one hidden class keeps the readers of slices monomorphic.
    const bytes = typeof source === 'string' ? encoder.encode(source) : source;
    return new Slice(
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      0,
      bytes.byteLength,
    );
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Points this slice elsewhere. */
  point(bytes: Uint8Array, start: number, end: number): this {
    if (this.bytes !== bytes) this.bytes = bytes;
    this.start = start;
    this.end = end;
    return this;
  }

  byteAt(index: number): number {
    return this.bytes[this.start + index];
  }

  equals(other: Slice): boolean {
    const length = this.end - this.start;
    if (other.end - other.start !== length) return false;
    const a = this.bytes;
    const b = other.bytes;
    const from = this.start;
    const otherFrom = other.start;
    for (let i = 0; i < length; i++) if (a[from + i] !== b[otherFrom + i]) return false;
    return true;
  }

  /** True when the bytes are `lowerCase`, ignoring the case of ASCII letters. `lowerCase` is ASCII in lower case. */
  equalsIgnoreCase(lowerCase: string): boolean {
    const length = this.end - this.start;
    if (length !== lowerCase.length) return false;
    const bytes = this.bytes;
    const from = this.start;
    for (let i = 0; i < length; i++) {
      let byte = bytes[from + i];
      if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
      if (byte !== lowerCase.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Orders as `memcmp` does, a shorter slice before a longer one it begins. */
  compare(other: Slice): number {
    const length = Math.min(this.end - this.start, other.end - other.start);
    const a = this.bytes;
    const b = other.bytes;
    const from = this.start;
    const otherFrom = other.start;
    for (let i = 0; i < length; i++) {
      const difference = a[from + i] - b[otherFrom + i];
      if (difference !== 0) return difference;
    }
    return this.end - this.start - (other.end - other.start);
  }

  /** The bytes copied into an array of their own. */
  copy(): Uint8Array {
    const copy = new Uint8Array(this.end - this.start);
    copy.set(this.bytes.subarray(this.start, this.end));
    return copy;
  }

  /** One character per byte: the loss-free form for names used as Map keys. */
  toLatin1(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, this.end - this.start).toString('latin1');
  }

  /** The bytes decoded as UTF-8, for messages and logs. */
  toString(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, this.end - this.start).toString('utf8');
  }
}

const encoder = new TextEncoder();
