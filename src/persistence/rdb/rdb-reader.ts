/**
 * Reads what RDB files consist of (lengths, strings, numbers) from a source, through a buffer, or from memory, and
 * keeps the checksum of what was read. See format.ts for the encodings.
 *
 * Nothing that it reads is believed: no length is answered, and no memory taken, beyond what the bytes that are left
 * can stand for. What is wrong is thrown as an {@link RdbError}.
 *
 * Strings are answered as slices of the buffer where they lie in it whole; they are valid until something else is read.
 */

import { Crc64 } from '../../lib/crc64.ts';
import { writeDecimal } from '../../lib/integer.ts';
import { decompressLzf } from '../../lib/lzf.ts';
import type { Slice } from '../../lib/slice.ts';
import { systemErrorText } from '../../lib/system-error.ts';
import type { ByteSource } from '../byte-source.ts';
import {
  ENCODED_INT8,
  ENCODED_INT16,
  ENCODED_INT32,
  ENCODED_LZF,
  LENGTH_6_BITS,
  LENGTH_14_BITS,
  LENGTH_32_BITS,
  LENGTH_64_BITS,
  LENGTH_ENCODED,
  LENGTH_KIND_MASK,
  MAX_INTEGER_BYTES,
} from './format.ts';
import { LzfRuns, MAX_LZF_RATIO } from './lzf-runs.ts';
import { RdbError } from './rdb-error.ts';

/** Strings from this length on can be read run by run. */
const LONG_STRING_BYTES = 256 * 1024;

const NO_BYTES = new Uint8Array(0);

export class RdbReader {
  /** Bytes of all that is to be read. */
  totalBytes = 0;
  /** Bytes left of the long string that {@link text} met. */
  longBytes = 0;

  private source: ByteSource | null = null;
  private readonly buffer: Uint8Array;
  /** What is read from next, `bytes[at, limit)`; it lies at `base` of the whole. */
  private bytes: Uint8Array = NO_BYTES;
  private at = 0;
  private limit = 0;
  private base = 0;

  private readonly crc = new Crc64();
  private checksums = false;
  /** What is before this position of `bytes` has entered the checksum. */
  private summed = 0;

  private readonly digits = new Uint8Array(MAX_INTEGER_BYTES);
  private expanded: Uint8Array = new Uint8Array(4096);
  private lzf: LzfRuns | null = null;
  private isLongCompressed = false;
  private readonly numbers = new DataView(new ArrayBuffer(8));

  /** @param bufferBytes how much is read from sources at a time; 0 for readers of memory alone */
  constructor(bufferBytes: number) {
    this.buffer = new Uint8Array(bufferBytes);
  }

  /** Starts to read a source. With `checksums`, {@link checksum} can be asked for. */
  open(source: ByteSource, checksums: boolean): void {
    this.source = source;
    this.totalBytes = source.totalBytes;
    this.checksums = checksums;
    this.crc.reset();
    this.begin(this.buffer, 0, 0);
  }

  /** Starts to read `bytes[start, end)`. */
  openBytes(bytes: Uint8Array, start: number, end: number): void {
    this.source = null;
    this.totalBytes = end - start;
    this.checksums = false;
    this.begin(bytes, start, end);
  }

  /** How many bytes were read so far. */
  get offset(): number {
    return this.base + this.at;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.totalBytes - this.offset;
  }

  /** The error of something wrong that was just read, or that began at `offset`. */
  damaged(reason: string, offset: number = this.offset): RdbError {
    return new RdbError('RDB_DAMAGED', offset, reason);
  }

  /** {@link damaged} for a packed value, in Redis's words and with what is wrong: `Hash ziplist integrity check failed`. */
  unsound(what: string, fault: string, offset: number): RdbError {
    return this.damaged(`${what} integrity check failed: ${fault}`, offset);
  }

  byte(): number {
    if (this.at === this.limit) this.fetch(1);
    return this.bytes[this.at++];
  }

  /** A 32-bit integer, little-endian, signed. */
  int32(): number {
    return this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24);
  }

  /** A 64-bit integer, little-endian, signed; beyond ±2^53 the nearest double. */
  int64(): number {
    const low = this.int32() >>> 0;
    return this.int32() * 2 ** 32 + low;
  }

  /** A double, little-endian. */
  double(): number {
    const { numbers } = this;
    for (let i = 0; i < 8; i++) numbers.setUint8(i, this.byte());
    return numbers.getFloat64(0, true);
  }

  /** A length, or any other number in that form, up to 2^53. */
  length(): number {
    const offset = this.offset;
    const head = this.byte();
    if (head >= LENGTH_ENCODED) throw this.damaged('a length is expected, not an encoded string', offset);
    return this.lengthFrom(head, offset);
  }

  /** A number in the form of a length, with all of its 64 bits. */
  word(): bigint {
    const offset = this.offset;
    const head = this.byte();
    if (head !== LENGTH_64_BITS) {
      if (head >= LENGTH_ENCODED) throw this.damaged('a number is expected, not an encoded string', offset);
      return BigInt(this.lengthFrom(head, offset));
    }
    return (BigInt(this.bigEndian32()) << 32n) | BigInt(this.bigEndian32());
  }

  /** A number of things, each of which takes at least `minBytes`. */
  count(minBytes: number): number {
    const offset = this.offset;
    const count = this.length();
    if (count * minBytes > this.remaining) throw this.damaged(`${count} elements can not follow`, offset);
    return count;
  }

  /** A string. */
  string(target: Slice): Slice {
    const offset = this.offset;
    const head = this.byte();
    if (head >= LENGTH_ENCODED) return this.encodedString(head, offset, target);
    return this.raw(head < LENGTH_14_BITS ? head : this.lengthFrom(head, offset), target);
  }

  /**
   * As {@link string}, but of a long string only the head is read, and the answer is false: then its {@link longBytes}
   * are to be read with {@link longRun}.
   */
  text(target: Slice): boolean {
    const offset = this.offset;
    const head = this.byte();
    if (head < LENGTH_ENCODED) {
      const length = head < LENGTH_14_BITS ? head : this.lengthFrom(head, offset);
      if (length < LONG_STRING_BYTES) {
        this.raw(length, target);
        return true;
      }
      this.require(length);
      this.longBytes = length;
      this.isLongCompressed = false;
      return false;
    }
    if (head !== (LENGTH_ENCODED | ENCODED_LZF)) {
      this.encodedString(head, offset, target);
      return true;
    }
    const compressedBytes = this.length();
    const length = this.expandedLength(compressedBytes, offset);
    if (length < LONG_STRING_BYTES) {
      this.expand(compressedBytes, length, offset, target);
      return true;
    }
    this.lzf ??= new LzfRuns();
    this.lzf.begin(compressedBytes, length, offset);
    this.longBytes = length;
    this.isLongCompressed = true;
    return false;
  }

  /** The next run of a long string: not empty, and valid until something else is read. */
  longRun(target: Slice): Slice {
    if (this.isLongCompressed && this.lzf !== null) {
      this.lzf.next(this, target);
    } else {
      if (this.at === this.limit) this.fetch(1);
      const run = Math.min(this.limit - this.at, this.longBytes);
      target.point(this.bytes, this.at, this.at + run);
      this.at += run;
    }
    this.longBytes -= target.length;
    return target;
  }

  /** Passes over a string. */
  skipString(): void {
    const offset = this.offset;
    const head = this.byte();
    if (head < LENGTH_ENCODED) {
      this.skip(this.lengthFrom(head, offset));
      return;
    }
    switch (head & ~LENGTH_KIND_MASK) {
      case ENCODED_INT8:
        this.skip(1);
        break;
      case ENCODED_INT16:
        this.skip(2);
        break;
      case ENCODED_INT32:
        this.skip(4);
        break;
      case ENCODED_LZF: {
        const compressedBytes = this.length();
        this.expandedLength(compressedBytes, offset);
        this.skip(compressedBytes);
        break;
      }
      default:
        throw this.damaged(`unknown string encoding ${head & ~LENGTH_KIND_MASK}`, offset);
    }
  }

  /** Passes over bytes. */
  skip(bytes: number): void {
    this.require(bytes);
    for (let left = bytes; left > 0; ) {
      if (this.at === this.limit) this.fetch(1);
      const run = Math.min(left, this.limit - this.at);
      this.at += run;
      left -= run;
    }
  }

  /** `length` bytes as they are. */
  raw(length: number, target: Slice): Slice {
    if (length > this.limit - this.at) {
      this.require(length);
      if (length > this.buffer.length) return this.rawCopy(length, target);
      this.fetch(length);
    }
    const start = this.at;
    this.at = start + length;
    return target.point(this.bytes, start, start + length);
  }

  /** The checksum of all that was read from the source: the running state, valid until something else is read. */
  checksum(): Crc64 {
    this.sum();
    return this.crc;
  }

  private begin(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.limit = end;
    this.base = -start;
    this.summed = start;
    this.longBytes = 0;
  }

  private require(bytes: number): void {
    if (bytes > this.remaining) throw this.damaged(`${bytes} bytes can not follow: it ends too early`);
  }

  /** Makes `bytes` bytes available in the buffer, which is large enough. */
  private fetch(bytes: number): void {
    const { buffer, source } = this;
    if (source === null) throw this.damaged('it ends too early');
    this.sum();
    if (this.at > 0) {
      buffer.copyWithin(0, this.at, this.limit);
      this.base += this.at;
      this.limit -= this.at;
      this.summed -= this.at;
      this.at = 0;
    }
    while (this.limit < bytes) {
      // What has been appended since the file was opened does not count.
      const end = Math.min(buffer.length, this.totalBytes - this.base);
      const read = end > this.limit ? this.readSource(source, this.limit, end) : 0;
      if (read === 0) throw this.damaged('it ends too early', this.base + this.limit);
      this.limit += read;
    }
  }

  private readSource(source: ByteSource, start: number, end: number): number {
    try {
      return source.read(this.buffer, start, end);
    } catch (error) {
      throw new RdbError('RDB_UNREADABLE', this.base + this.limit, systemErrorText(error), error);
    }
  }

  private sum(): void {
    if (this.checksums && this.at > this.summed) this.crc.update(this.bytes, this.summed, this.at);
    this.summed = this.at;
  }

  private lengthFrom(head: number, offset: number): number {
    switch (head & LENGTH_KIND_MASK) {
      case LENGTH_6_BITS:
        return head;
      case LENGTH_14_BITS:
        return ((head & 0x3f) << 8) | this.byte();
      default:
        if (head === LENGTH_32_BITS) return this.bigEndian32();
        if (head === LENGTH_64_BITS) {
          const length = this.bigEndian32() * 2 ** 32 + this.bigEndian32();
          if (length <= Number.MAX_SAFE_INTEGER) return length;
        }
        throw this.damaged('unknown form of length', offset);
    }
  }

  private bigEndian32(): number {
    return ((this.byte() << 24) | (this.byte() << 16) | (this.byte() << 8) | this.byte()) >>> 0;
  }

  private encodedString(head: number, offset: number, target: Slice): Slice {
    switch (head & ~LENGTH_KIND_MASK) {
      case ENCODED_INT8:
        return this.integer((this.byte() << 24) >> 24, target);
      case ENCODED_INT16:
        return this.integer(((this.byte() | (this.byte() << 8)) << 16) >> 16, target);
      case ENCODED_INT32:
        return this.integer(this.int32(), target);
      case ENCODED_LZF: {
        const compressedBytes = this.length();
        return this.expand(compressedBytes, this.expandedLength(compressedBytes, offset), offset, target);
      }
      default:
        throw this.damaged(`unknown string encoding ${head & ~LENGTH_KIND_MASK}`, offset);
    }
  }

  private integer(value: number, target: Slice): Slice {
    return target.point(this.digits, 0, writeDecimal(this.digits, 0, value));
  }

  /** Reads the length of a compressed string, which can not be more than its compressed bytes may stand for. */
  private expandedLength(compressedBytes: number, offset: number): number {
    const length = this.length();
    this.require(compressedBytes);
    if (length === 0 || length > compressedBytes * MAX_LZF_RATIO) {
      throw this.damaged(`${compressedBytes} compressed bytes can not be ${length}`, offset);
    }
    return length;
  }

  private expand(compressedBytes: number, length: number, offset: number, target: Slice): Slice {
    const { bytes, start, end } = this.raw(compressedBytes, target);
    const expanded = this.roomFor(length);
    if (!decompressLzf(bytes, start, end, expanded, length)) {
      throw this.damaged('a compressed string is damaged', offset);
    }
    return target.point(expanded, 0, length);
  }

  /** Where to expand so many bytes: a place that is kept, unless they are very many. */
  private roomFor(length: number): Uint8Array {
    if (length > LONG_STRING_BYTES) return new Uint8Array(length);
    if (this.expanded.length < length) this.expanded = new Uint8Array(Math.min(length * 2, LONG_STRING_BYTES));
    return this.expanded;
  }

  /** Bytes that the buffer is too small for. */
  private rawCopy(length: number, target: Slice): Slice {
    const copy = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      if (this.at === this.limit) this.fetch(1);
      const run = Math.min(length - filled, this.limit - this.at);
      copy.set(this.bytes.subarray(this.at, this.at + run), filled);
      this.at += run;
      filled += run;
    }
    return target.point(copy, 0, length);
  }
}
