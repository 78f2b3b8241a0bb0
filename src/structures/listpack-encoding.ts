import type { Slice } from '../lib/slice.ts';
import { copyBytes } from './byte-runs.ts';
import { Int64, MAX_INT64_DIGITS } from './int64.ts';
import { readInt32, writeInt32 } from './little-endian.ts';

/**
 * How one listpack entry is laid out, byte for byte as in Redis 7.0 (`listpack.c`):
 *
 *     <head, 1 byte> <rest of the length or integer> <string bytes> <back length, 1-5 bytes>
 *
 *     0xxxxxxx                  an integer from 0 to 127
 *     10llllll  string          a string of up to 63 bytes
 *     110xxxxx  1 byte          a 13-bit signed integer, big-endian
 *     1110llll  1 byte  string  a string of up to 4,095 bytes, big-endian length
 *     11110000  4 bytes string  a longer string, little-endian length
 *     11110001  2 bytes         a 16-bit signed integer, little-endian as all below
 *     11110010  3 bytes         a 24-bit integer
 *     11110011  4 bytes         a 32-bit integer
 *     11110100  8 bytes         a 64-bit integer
 *     11111111                  not an entry: the end of the listpack
 *
 * The back length is the size of everything before it, seven bits a byte, most significant first, and every byte but
 * the first has its top bit set: it is read from its last byte backwards. A string that is the canonical form of a
 * signed 64-bit integer is stored as that integer, in its shortest encoding.
 *
 * Offsets in this file count from the beginning of the array.
 */

/** The byte that ends a listpack. */
export const LISTPACK_END = 0xff;

const HEAD_STRING_6 = 0x80;
const HEAD_INT_13 = 0xc0;
const HEAD_STRING_12 = 0xe0;
const HEAD_STRING_32 = 0xf0;
const HEAD_INT_16 = 0xf1;
const HEAD_INT_24 = 0xf2;
const HEAD_INT_32 = 0xf3;
const HEAD_INT_64 = 0xf4;

/** The bytes of the entry at `offset` without its back length; 0 where its head is not a valid one. */
export function encodedBytesAt(bytes: Uint8Array, offset: number): number {
  const head = bytes[offset];
  if (head < HEAD_STRING_6) return 1;
  if (head < HEAD_INT_13) return 1 + (head & 0x3f);
  if (head < HEAD_STRING_12) return 2;
  if (head < HEAD_STRING_32) return 2 + (((head & 0x0f) << 8) | bytes[offset + 1]);
  switch (head) {
    case HEAD_STRING_32:
      return 5 + (readInt32(bytes, offset + 1) >>> 0);
    case HEAD_INT_16:
      return 3;
    case HEAD_INT_24:
      return 4;
    case HEAD_INT_32:
      return 5;
    case HEAD_INT_64:
      return 9;
    default:
      return 0;
  }
}

/**
 * How many bytes, from the head on, must be readable before {@link encodedBytesAt} may be asked; 0 where the head is
 * not a valid one.
 */
export function lengthBytesOf(head: number): number {
  if (isStringHead(head)) return stringHeadBytes(head);
  return head <= HEAD_INT_64 ? 1 : 0;
}

/** True when the entry that begins with this byte is a string. */
export function isStringHead(head: number): boolean {
  return head >= HEAD_STRING_6 && head <= HEAD_STRING_32 && (head < HEAD_INT_13 || head >= HEAD_STRING_12);
}

/** How many bytes precede the bytes of a string, given the first of them. */
export function stringHeadBytes(head: number): number {
  if (head < HEAD_INT_13) return 1;
  return head < HEAD_STRING_32 ? 2 : 5;
}

/** The lower 32 bits, signed, of the integer entry at `offset`. */
export function integerLowAt(bytes: Uint8Array, offset: number): number {
  const head = bytes[offset];
  if (head < HEAD_STRING_6) return head;
  if (head < HEAD_STRING_12) return (((head << 8) | bytes[offset + 1]) << 19) >> 19;
  if (head === HEAD_INT_16) return ((bytes[offset + 1] << 16) | (bytes[offset + 2] << 24)) >> 16;
  if (head === HEAD_INT_24) {
    return ((bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24)) >> 8;
  }
  return readInt32(bytes, offset + 1);
}

/** The upper 32 bits, signed, of the integer entry at `offset`, whose lower bits are `low`. */
export function integerHighAt(bytes: Uint8Array, offset: number, low: number): number {
  return bytes[offset] === HEAD_INT_64 ? readInt32(bytes, offset + 5) : low >> 31;
}

/** How many bytes the back length of an entry of `encodedBytes` takes. */
export function backLengthBytes(encodedBytes: number): number {
  // The limits of Redis: one below what seven bits a byte could hold, save the first.
  if (encodedBytes <= 127) return 1;
  if (encodedBytes < 16_383) return 2;
  if (encodedBytes < 2_097_151) return 3;
  return encodedBytes < 268_435_455 ? 4 : 5;
}

/** Reads the back length whose last byte is at `offset`; -1 when it has more than five bytes. */
export function readBackLength(bytes: Uint8Array, offset: number): number {
  let value = 0;
  let unit = 1;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[offset - i];
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return value;
    unit *= 128;
  }
  return -1;
}

/** Writes the back length of an entry of `encodedBytes` at `offset` and answers the offset behind it. */
function writeBackLength(bytes: Uint8Array, offset: number, encodedBytes: number): number {
  const end = offset + backLengthBytes(encodedBytes);
  let rest = encodedBytes;
  for (let i = end - 1; i > offset; i--) {
    bytes[i] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 128);
  }
  bytes[offset] = rest;
  return end;
}

function integerEncodedBytes(high: number, low: number): number {
  if (high !== low >> 31) return 9;
  if (low >= 0 && low <= 127) return 1;
  if (low >= -4096 && low <= 4095) return 2;
  if (low >= -32_768 && low <= 32_767) return 3;
  return low >= -8_388_608 && low <= 8_388_607 ? 4 : 5;
}

function stringEncodedBytes(length: number): number {
  if (length < 64) return 1 + length;
  return length < 4096 ? 2 + length : 5 + length;
}

/**
 * A value to be stored in a listpack or looked for in one: its encoding is determined once, when it is set.
 *
 * It is made once and set anew for each use. A value set from bytes refers to them, so it dies with them; they must
 * not lie in the listpack that is being changed.
 */
export class ListpackValue {
  /** Whether the value is stored as {@link integer}. */
  isInteger = true;
  readonly integer = new Int64();
  /** The array that holds the value's text: its bytes, or the digits of an integer. */
  bytes: Uint8Array;
  start = 0;
  end = 1;
  /** The size of the entry without its back length. */
  encodedBytes = 1;
  /** The size of the entry. */
  entryBytes = 2;
  private readonly digits = new Uint8Array(MAX_INT64_DIGITS);

  /** The value is 0 until it is set. */
  constructor() {
    this.digits[0] = 0x30;
    this.bytes = this.digits;
  }

  setSlice(slice: Slice): this {
    return this.setBytes(slice.bytes, slice.start, slice.end);
  }

  setBytes(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isInteger = this.integer.parse(bytes, start, end);
    return this.measure();
  }

  /** `value` must be a safe integer. */
  setNumber(value: number): this {
    this.integer.setNumber(value);
    return this.setDigits();
  }

  setInt64(value: Int64): this {
    this.integer.set(value);
    return this.setDigits();
  }

  /**
   * Writes the entry at `offset` and answers the offset behind it, which is {@link entryBytes} later.
   */
  writeEntry(target: Uint8Array, offset: number): number {
    const end = this.isInteger ? this.writeInteger(target, offset) : this.writeString(target, offset);
    return writeBackLength(target, end, this.encodedBytes);
  }

  /** True when the entry at `offset`, of `encodedBytes`, holds this value. */
  equalsEntry(bytes: Uint8Array, offset: number, encodedBytes: number): boolean {
    const head = bytes[offset];
    if (isStringHead(head)) {
      // An integer is compared too: a listpack from elsewhere may hold digits as a string.
      const headBytes = stringHeadBytes(head);
      const length = encodedBytes - headBytes;
      if (length !== this.end - this.start) return false;
      const text = this.bytes;
      const from = this.start;
      const stored = offset + headBytes;
      for (let i = 0; i < length; i++) if (bytes[stored + i] !== text[from + i]) return false;
      return true;
    }
    if (!this.isInteger) return false;
    const low = integerLowAt(bytes, offset);
    return low === this.integer.low && integerHighAt(bytes, offset, low) === this.integer.high;
  }

  private setDigits(): this {
    this.bytes = this.digits;
    this.start = 0;
    this.end = this.integer.writeDigits(this.digits, 0);
    this.isInteger = true;
    return this.measure();
  }

  private measure(): this {
    const encoded = this.isInteger
      ? integerEncodedBytes(this.integer.high, this.integer.low)
      : stringEncodedBytes(this.end - this.start);
    this.encodedBytes = encoded;
    this.entryBytes = encoded + backLengthBytes(encoded);
    return this;
  }

  private writeString(target: Uint8Array, offset: number): number {
    const length = this.end - this.start;
    let position = offset;
    if (length < 64) {
      target[position++] = HEAD_STRING_6 | length;
    } else if (length < 4096) {
      target[position++] = HEAD_STRING_12 | (length >> 8);
      target[position++] = length;
    } else {
      target[position++] = HEAD_STRING_32;
      position = writeInt32(target, position, length);
    }
    copyBytes(this.bytes, this.start, this.end, target, position);
    return position + length;
  }

  private writeInteger(target: Uint8Array, offset: number): number {
    const { high, low } = this.integer;
    switch (this.encodedBytes) {
      case 1:
        target[offset] = low;
        return offset + 1;
      case 2:
        target[offset] = HEAD_INT_13 | ((low >> 8) & 0x1f);
        target[offset + 1] = low;
        return offset + 2;
      case 3:
        target[offset] = HEAD_INT_16;
        target[offset + 1] = low;
        target[offset + 2] = low >> 8;
        return offset + 3;
      case 4:
        target[offset] = HEAD_INT_24;
        target[offset + 1] = low;
        target[offset + 2] = low >> 8;
        target[offset + 3] = low >> 16;
        return offset + 4;
      case 5:
        target[offset] = HEAD_INT_32;
        return writeInt32(target, offset + 1, low);
      default:
        target[offset] = HEAD_INT_64;
        return writeInt32(target, writeInt32(target, offset + 1, low), high);
    }
  }
}
