/**
 * Reads ziplists, which took the place of listpacks before Redis 7.0 (`ziplist.c`):
 *
 *     <total bytes, 4> <offset of the last entry, 4> <entry count, 2> <entry> <entry> ... <0xff>
 *
 *     entry    <bytes of the entry before: 1, or 254 and 4> <encoding> <string bytes>
 *
 *     00llllll                  a string of up to 63 bytes
 *     01llllll  1 byte          a string of up to 16,383 bytes, big-endian length
 *     10______  4 bytes         a longer string, big-endian length
 *     11000000  2 bytes         a 16-bit signed integer, little-endian as all below
 *     11010000  4 bytes         a 32-bit integer
 *     11100000  8 bytes         a 64-bit integer
 *     11110000  3 bytes         a 24-bit integer
 *     11111110  1 byte          an 8-bit integer
 *     1111xxxx                  the integer xxxx - 1, from 0 to 12
 *
 * The count is 65,535 where it is that or more.
 */
import type { Slice } from '../../../lib/slice.ts';
import { Int64, MAX_INT64_DIGITS } from '../../../structures/int64.ts';
import { readInt16, readInt32 } from '../../../structures/little-endian.ts';
import type { PackedReader } from './packed-reader.ts';

const HEADER_BYTES = 10;
const END = 0xff;
const LONG_PREVIOUS = 254;
const COUNT_UNKNOWN = 0xffff;

export class ZiplistReader implements PackedReader {
  readonly name = 'ziplist';
  count = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private readonly integer = new Int64();
  private digits = new Uint8Array(MAX_INT64_DIGITS);
  private otherDigits = new Uint8Array(MAX_INT64_DIGITS);

  open(bytes: Uint8Array, start: number, end: number): string | null {
    const size = end - start;
    if (size < HEADER_BYTES + 1) return 'ziplist shorter than its header and end';
    if (readInt32(bytes, start) >>> 0 !== size) return 'ziplist header does not have the actual size';
    const last = end - 1;
    if (bytes[last] !== END) return 'ziplist does not end with its end byte';
    let count = 0;
    let previousBytes = 0;
    let entry = start + HEADER_BYTES;
    while (entry < last) {
      if (bytes[entry] === END) return 'ziplist has an end byte before its end';
      const headBytes = bytes[entry] < LONG_PREVIOUS ? 1 : 5;
      if (entry + headBytes >= last) return 'ziplist entry reaches beyond the end';
      const stated = headBytes === 1 ? bytes[entry] : readInt32(bytes, entry + 1) >>> 0;
      if (stated !== previousBytes) return 'ziplist entry has a wrong length of the one before';
      const encoding = entry + headBytes;
      const lengthBytes = lengthBytesOf(bytes[encoding]);
      if (encoding + lengthBytes > last) return 'ziplist entry reaches beyond the end';
      const contentBytes = contentBytesAt(bytes, encoding);
      if (contentBytes < 0) return 'ziplist entry has an unknown encoding';
      const following = encoding + lengthBytes + contentBytes;
      if (following > last) return 'ziplist entry reaches beyond the end';
      previousBytes = following - entry;
      entry = following;
      count++;
    }
    const tail = readInt32(bytes, start + 4) >>> 0;
    if (start + tail !== entry - previousBytes) return 'ziplist header does not have the actual last entry';
    const known = readInt16(bytes, start + 8) & 0xffff;
    if (known !== COUNT_UNKNOWN && known !== count) return 'ziplist header does not have the actual entry count';
    this.count = count;
    this.bytes = bytes;
    this.at = start + HEADER_BYTES;
    return null;
  }

  next(target: Slice): Slice {
    const { bytes } = this;
    const encoding = this.at + (bytes[this.at] < LONG_PREVIOUS ? 1 : 5);
    const content = encoding + lengthBytesOf(bytes[encoding]);
    const end = content + contentBytesAt(bytes, encoding);
    this.at = end;
    if (bytes[encoding] < 0xc0) return target.point(bytes, content, end);
    this.readInteger(encoding, content);
    [this.digits, this.otherDigits] = [this.otherDigits, this.digits];
    return target.point(this.digits, 0, this.integer.writeDigits(this.digits, 0));
  }

  private readInteger(encoding: number, content: number): void {
    const { bytes, integer } = this;
    switch (bytes[encoding]) {
      case 0xc0:
        integer.setNumber(readInt16(bytes, content));
        break;
      case 0xd0:
        integer.setNumber(readInt32(bytes, content));
        break;
      case 0xe0:
        integer.setHalves(readInt32(bytes, content + 4), readInt32(bytes, content));
        break;
      case 0xf0:
        integer.setNumber(((bytes[content] << 8) | (bytes[content + 1] << 16) | (bytes[content + 2] << 24)) >> 8);
        break;
      case 0xfe:
        integer.setNumber((bytes[content] << 24) >> 24);
        break;
      default:
        integer.setNumber((bytes[encoding] & 0x0f) - 1);
    }
  }
}

/** The bytes of the encoding itself. */
function lengthBytesOf(head: number): number {
  if (head < 0x40 || head >= 0xc0) return 1;
  return head < 0x80 ? 2 : 5;
}

/** The bytes after the encoding; -1 where it is not known. */
function contentBytesAt(bytes: Uint8Array, at: number): number {
  const head = bytes[at];
  if (head < 0x40) return head;
  if (head < 0x80) return ((head & 0x3f) << 8) | bytes[at + 1];
  if (head < 0xc0) {
    return ((bytes[at + 1] << 24) | (bytes[at + 2] << 16) | (bytes[at + 3] << 8) | bytes[at + 4]) >>> 0;
  }
  switch (head) {
    case 0xc0:
      return 2;
    case 0xd0:
      return 4;
    case 0xe0:
      return 8;
    case 0xf0:
      return 3;
    case 0xfe:
      return 1;
    default:
      return head >= 0xf1 && head <= 0xfd ? 0 : -1;
  }
}
