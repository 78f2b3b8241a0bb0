/**
 * The bytes around an integer field of 1 to 64 bits anywhere in a string. Its highest bit comes first.
 */
import type { Pointer } from '../../keyspace/key-entry.ts';
import type { StringValues } from '../../keyspace/string-value.ts';
import { normalizeInt64 } from '../../lib/integer.ts';
import { Slice } from '../../lib/slice.ts';

/** A field of 64 bits that begins within a byte ends in the ninth. */
const WINDOW_BYTES = 9;
/** Wider fields may hold integers that are not safe as numbers. */
const MAX_SAFE_BITS = 53;
const TWO_32 = 2 ** 32;

/** How a field is read: `i8`, `u63`. */
export interface FieldType {
  readonly signed: boolean;
  readonly bits: number;
}

export class FieldWindow {
  private readonly bytes = new Uint8Array(WINDOW_BYTES);
  private readonly slice = new Slice(this.bytes, 0, 0);

  /** Takes the bytes from `offset` on from a string of `length` bytes; what lies behind its end is zero. */
  load(values: StringValues, entry: Pointer, length: number, offset: number): void {
    const end = Math.min(length, offset + WINDOW_BYTES);
    let filled = 0;
    while (offset + filled < end) {
      const run = values.seek(entry, offset + filled, end);
      for (let i = 0; i < run; i++) this.bytes[filled + i] = values.bytes[values.start + i];
      filled += run;
    }
    this.bytes.fill(0, filled);
  }

  /** The bytes that a field covers which begins at bit `shift` of the first. Valid until the window changes. */
  covered(shift: number, bits: number): Slice {
    return this.slice.point(this.bytes, 0, (shift + bits + 7) >>> 3);
  }

  /** The field at bit `shift` (0 to 7) as a normalized int64. */
  get(shift: number, { signed, bits }: FieldType): number | bigint {
    if (bits <= MAX_SAFE_BITS) {
      const value = this.read(shift, bits);
      return signed && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
    }
    const upper = BigInt(this.read(shift, bits - 32));
    const value = upper * BigInt(TWO_32) + BigInt(this.read(shift + bits - 32, 32));
    return normalizeInt64(signed ? BigInt.asIntN(bits, value) : value);
  }

  /** Puts the lowest bits of an integer into the field. */
  set(shift: number, bits: number, value: number | bigint): void {
    if (bits <= MAX_SAFE_BITS && typeof value === 'number') {
      this.write(shift, bits, value < 0 ? value + 2 ** bits : value);
      return;
    }
    const unsigned = BigInt.asUintN(bits, BigInt(value));
    const lowerBits = Math.min(bits, 32);
    this.write(shift + bits - lowerBits, lowerBits, Number(BigInt.asUintN(32, unsigned)));
    if (bits > 32) this.write(shift, bits - 32, Number(unsigned >> 32n));
  }

  /** Up to 53 bits, unsigned. */
  private read(shift: number, bits: number): number {
    let value = 0;
    for (let at = shift, left = bits; left > 0; ) {
      const taken = Math.min(left, 8 - (at & 7));
      const byte = this.bytes[at >>> 3] >>> (8 - (at & 7) - taken);
      value = value * 2 ** taken + (byte & ((1 << taken) - 1));
      at += taken;
      left -= taken;
    }
    return value;
  }

  /** Up to 53 bits, unsigned. */
  private write(shift: number, bits: number, value: number): void {
    let rest = value;
    for (let end = shift + bits; end > shift; ) {
      // The part of the field in its last byte so far, `low` bits from that byte's end.
      const index = (end - 1) >>> 3;
      const low = 7 - ((end - 1) & 7);
      const taken = Math.min(end - shift, 8 - low);
      const mask = (1 << taken) - 1;
      const next = Math.floor(rest / 2 ** taken);
      const part = rest - next * 2 ** taken;
      this.bytes[index] = (this.bytes[index] & ~(mask << low)) | (part << low);
      rest = next;
      end -= taken;
    }
  }
}
