/**
 * Writes what RDB files consist of (lengths, strings, numbers) through a buffer to a sink, and keeps the checksum of
 * it on the way. See format.ts for the encodings.
 *
 * The buffer is ordinary memory: files and sockets don't take shared memory, so bytes of the heap are copied once.
 */
import { Crc64 } from '../../lib/crc64.ts';
import { parseInt64Range } from '../../lib/integer.ts';
import { LzfCompressor } from '../../lib/lzf.ts';
import type { Slice } from '../../lib/slice.ts';
import type { ByteSink } from '../byte-sink.ts';
import {
  CHECKSUM_BYTES,
  ENCODED_INT8,
  ENCODED_INT16,
  ENCODED_INT32,
  ENCODED_LZF,
  LENGTH_14_BITS,
  LENGTH_32_BITS,
  LENGTH_64_BITS,
  LENGTH_ENCODED,
  MAX_INTEGER_BYTES,
  MIN_COMPRESSED_BYTES,
} from './format.ts';

/** A string that does not lie in one place: `bytes[start, end)` is the run that was sought last. */
export interface RunSource {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Finds the run from `offset` on, at most up to `limit`, and answers its length. */
  seek(offset: number, limit: number): number;
}

export interface RdbWriterOptions {
  /** `rdbcompression`. */
  readonly compression: boolean;
  /** `rdbchecksum`: without, the checksum is 0. */
  readonly checksum: boolean;
  readonly bufferBytes: number;
}

/** The longest thing that is written in one go: a length of 64 bits. */
const MAX_ITEM_BYTES = 9;

/** Compression has to save this much to be worth it. */
const MIN_SAVED_BYTES = 4;

/**
 * Longer strings are compressed in pieces of this many bytes. The format allows it, since a compressed string is a
 * sequence of literals and copies, and a copy never has to reach beyond its piece. So the memory it takes is that of
 * the result.
 */
const PIECE_BYTES = 256 * 1024;

export class RdbWriter {
  private readonly sink: ByteSink;
  private readonly compression: boolean;
  private readonly crc: Crc64 | null;
  private readonly buffer: Uint8Array;
  private readonly numbers: DataView;
  private used = 0;
  private flushedBytes = 0;
  private readonly compressor = new LzfCompressor();
  private compressed = new Uint8Array(4096);
  private piece = new Uint8Array(0);

  constructor(sink: ByteSink, options: RdbWriterOptions) {
    this.sink = sink;
    this.compression = options.compression;
    this.crc = options.checksum ? new Crc64() : null;
    this.buffer = new Uint8Array(Math.max(options.bufferBytes, MAX_ITEM_BYTES));
    this.numbers = new DataView(this.buffer.buffer);
  }

  /** Bytes written so far, flushed or not. */
  get writtenBytes(): number {
    return this.flushedBytes + this.used;
  }

  byte(value: number): void {
    this.makeRoom(1);
    this.buffer[this.used++] = value;
  }

  /** ASCII text as it is. */
  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  /** A 16-bit number, little-endian. */
  uint16(value: number): void {
    this.makeRoom(2);
    this.numbers.setUint16(this.used, value, true);
    this.used += 2;
  }

  /** A double, little-endian. */
  double(value: number): void {
    this.makeRoom(8);
    this.numbers.setFloat64(this.used, value, true);
    this.used += 8;
  }

  /** A whole number of milliseconds, as a signed 64-bit integer, little-endian. */
  milliseconds(value: number): void {
    this.makeRoom(8);
    const upper = Math.floor(value / 2 ** 32);
    this.numbers.setUint32(this.used, value - upper * 2 ** 32, true);
    this.numbers.setInt32(this.used + 4, upper, true);
    this.used += 8;
  }

  /** A length: any whole number up to 2^53. */
  length(value: number): void {
    this.makeRoom(MAX_ITEM_BYTES);
    const { buffer, numbers } = this;
    if (value < 1 << 6) {
      buffer[this.used++] = value;
    } else if (value < 1 << 14) {
      buffer[this.used++] = LENGTH_14_BITS | (value >>> 8);
      buffer[this.used++] = value;
    } else if (value < 2 ** 32) {
      buffer[this.used] = LENGTH_32_BITS;
      numbers.setUint32(this.used + 1, value);
      this.used += 5;
    } else {
      buffer[this.used] = LENGTH_64_BITS;
      numbers.setUint32(this.used + 1, Math.floor(value / 2 ** 32));
      numbers.setUint32(this.used + 5, value % 2 ** 32);
      this.used += 9;
    }
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= this.buffer.length - this.used) {
      this.copy(bytes, start, end);
      return;
    }
    for (let at = start; at < end; ) {
      if (this.used === this.buffer.length) this.flush();
      const next = Math.min(end, at + this.buffer.length - this.used);
      this.copy(bytes, at, next);
      at = next;
    }
  }

  /** A string, in whichever encoding is the shortest. */
  string(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= MAX_INTEGER_BYTES) {
      const value = parseInt64Range(bytes, start, end);
      if (value !== null && this.integer(value as number)) return;
    } else if (length >= MIN_COMPRESSED_BYTES && this.compression) {
      if (length > PIECE_BYTES) {
        this.longString(new OneRun(bytes, start), length);
        return;
      }
      if (this.compressedString(bytes, start, end)) return;
    }
    this.length(length);
    this.raw(bytes, start, end);
  }

  slice({ bytes, start, end }: Slice): void {
    this.string(bytes, start, end);
  }

  /** A string of more than a few bytes that lies in several places. */
  longString(source: RunSource, length: number): void {
    const pieces = this.compression && length >= MIN_COMPRESSED_BYTES ? this.compressPieces(source, length) : null;
    if (pieces !== null) {
      let compressedBytes = 0;
      for (const piece of pieces) compressedBytes += piece.length;
      this.compressedHead(compressedBytes, length);
      for (const piece of pieces) this.raw(piece, 0, piece.length);
      return;
    }
    this.length(length);
    for (let at = 0; at < length; ) {
      at += source.seek(at, length);
      this.raw(source.bytes, source.start, source.end);
    }
  }

  /** Writes the checksum of all that was written, or 0, and flushes. */
  finish(): void {
    this.flush();
    if (this.crc === null) this.buffer.fill(0, 0, CHECKSUM_BYTES);
    else this.crc.writeTo(this.buffer, 0);
    this.used = CHECKSUM_BYTES;
    this.flush();
    this.crc?.reset();
  }

  private makeRoom(bytes: number): void {
    if (this.buffer.length - this.used < bytes) this.flush();
  }

  private flush(): void {
    if (this.used === 0) return;
    this.crc?.update(this.buffer, 0, this.used);
    const { used } = this;
    this.used = 0;
    this.flushedBytes += used;
    this.sink.write(this.buffer, 0, used);
  }

  private copy(bytes: Uint8Array, start: number, end: number): void {
    const { buffer } = this;
    const to = this.used - start;
    if (end - start > 64) buffer.set(bytes.subarray(start, end), this.used);
    else for (let i = start; i < end; i++) buffer[to + i] = bytes[i];
    this.used = to + end;
  }

  /** Writes the digits of an integer as one; false when it has more than 32 bits. */
  private integer(value: number): boolean {
    if (value !== (value | 0)) return false;
    this.makeRoom(MAX_ITEM_BYTES);
    const { buffer, numbers } = this;
    if (value === (value << 24) >> 24) {
      buffer[this.used] = LENGTH_ENCODED | ENCODED_INT8;
      buffer[this.used + 1] = value;
      this.used += 2;
    } else if (value === (value << 16) >> 16) {
      buffer[this.used] = LENGTH_ENCODED | ENCODED_INT16;
      numbers.setInt16(this.used + 1, value, true);
      this.used += 3;
    } else {
      buffer[this.used] = LENGTH_ENCODED | ENCODED_INT32;
      numbers.setInt32(this.used + 1, value, true);
      this.used += 5;
    }
    return true;
  }

  /** Writes a string compressed; false, and nothing is written, when that saves too little. */
  private compressedString(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (this.compressed.length < length) this.compressed = new Uint8Array(length * 2);
    const compressedBytes = this.compressor.compress(bytes, start, end, this.compressed, length - MIN_SAVED_BYTES);
    if (compressedBytes === 0) return false;
    this.compressedHead(compressedBytes, length);
    this.raw(this.compressed, 0, compressedBytes);
    return true;
  }

  private compressedHead(compressedBytes: number, length: number): void {
    this.byte(LENGTH_ENCODED | ENCODED_LZF);
    this.length(compressedBytes);
    this.length(length);
  }

  /** The string compressed piece by piece, or null when that saves too little. */
  private compressPieces(source: RunSource, length: number): Uint8Array[] | null {
    // What does not compress grows by a byte for each 32.
    const worst = PIECE_BYTES + PIECE_BYTES / 32 + 1;
    if (this.compressed.length < worst) this.compressed = new Uint8Array(worst);
    if (this.piece.length === 0) this.piece = new Uint8Array(PIECE_BYTES);
    const pieces: Uint8Array[] = [];
    let left = length - MIN_SAVED_BYTES;
    for (let at = 0; at < length; ) {
      const from = at;
      const to = Math.min(length, at + PIECE_BYTES);
      while (at < to) {
        const run = source.seek(at, to);
        this.piece.set(source.bytes.subarray(source.start, source.end), at - from);
        at += run;
      }
      const capacity = Math.min(left, worst);
      const bytes = this.compressor.compress(this.piece, 0, to - from, this.compressed, capacity);
      if (bytes === 0) return null;
      left -= bytes;
      pieces.push(this.compressed.slice(0, bytes));
    }
    return pieces;
  }
}

class OneRun implements RunSource {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  private readonly origin: number;

  constructor(bytes: Uint8Array, origin: number) {
    this.bytes = bytes;
    this.origin = origin;
    this.start = this.end = origin;
  }

  seek(offset: number, limit: number): number {
    this.start = this.origin + offset;
    this.end = this.origin + limit;
    return limit - offset;
  }
}
