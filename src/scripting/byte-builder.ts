/**
 * Bytes that are appended one after the other, in a buffer that grows and is used again.
 */
const KEPT_BYTES = 1024 * 1024;
const FIRST_BYTES = 1024;

export class ByteBuilder {
  bytes = new Uint8Array(FIRST_BYTES);
  length = 0;

  reset(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(FIRST_BYTES);
  }

  /** Makes room for `count` more bytes, which may then be written from {@link length} on. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, needed));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** A text of bytes, a character for each. */
  text(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** The `count` lowest bytes of `value`, the highest of them first. */
  bigEndian(value: number, count: number): void {
    this.reserve(count);
    for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) this.bytes[this.length++] = (value >>> shift) & 0xff;
  }
}
