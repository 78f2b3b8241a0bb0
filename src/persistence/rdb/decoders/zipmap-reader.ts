/**
 * Reads zipmaps, the small hashes before Redis 2.6 (`zipmap.c`):
 *
 *     <pair count, 1> <length> <field> <length> <free bytes, 1> <value> <free> ... <0xff>
 *
 * A length is one byte up to 253, or 254 and 4 bytes, little-endian. The count is 254 where it is that or more.
 */
import type { Slice } from '../../../lib/slice.ts';
import { readInt32 } from '../../../structures/little-endian.ts';
import type { PackedReader } from './packed-reader.ts';

const END = 0xff;
const LONG_LENGTH = 254;
const COUNT_UNKNOWN = 254;

export class ZipmapReader implements PackedReader {
  readonly name = 'zipmap';
  count = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private isValue = false;

  open(bytes: Uint8Array, start: number, end: number): string | null {
    if (end - start < 2) return 'zipmap shorter than its header and end';
    const last = end - 1;
    if (bytes[last] !== END) return 'zipmap does not end with its end byte';
    let count = 0;
    let at = start + 1;
    while (bytes[at] !== END) {
      const isValue = (count & 1) === 1;
      const headBytes = headBytesOf(bytes[at]) + (isValue ? 1 : 0);
      if (at + headBytes > last) return 'zipmap entry reaches beyond the end';
      if (bytes[at] >= LONG_LENGTH && lengthAt(bytes, at) < LONG_LENGTH)
        return 'zipmap length is longer than it need be';
      const freeBytes = isValue ? bytes[at + headBytes - 1] : 0;
      at += headBytes + lengthAt(bytes, at) + freeBytes;
      if (at > last) return 'zipmap entry reaches beyond the end';
      count++;
    }
    if (count === 0) return 'zipmap without fields';
    if (at !== last) return 'zipmap has an end byte before its end';
    if ((count & 1) === 1) return 'zipmap has a field without a value';
    if (bytes[start] < COUNT_UNKNOWN && bytes[start] !== count >>> 1) {
      return 'zipmap header does not have the actual count';
    }
    this.count = count;
    this.bytes = bytes;
    this.at = start + 1;
    this.isValue = false;
    return null;
  }

  next(target: Slice): Slice {
    const { bytes } = this;
    const headBytes = headBytesOf(bytes[this.at]) + (this.isValue ? 1 : 0);
    const start = this.at + headBytes;
    const end = start + lengthAt(bytes, this.at);
    this.at = end + (this.isValue ? bytes[start - 1] : 0);
    this.isValue = !this.isValue;
    return target.point(bytes, start, end);
  }
}

function headBytesOf(head: number): number {
  return head < LONG_LENGTH ? 1 : 5;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return bytes[at] < LONG_LENGTH ? bytes[at] : readInt32(bytes, at + 1) >>> 0;
}
