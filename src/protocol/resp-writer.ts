/**
 * Replies as RESP2 or RESP3 bytes, byte for byte what Redis 7.0 sends. How they are stored and drained is in
 * {@link ChunkedWriter}; here is the format.
 */
import { copyShort } from '../lib/copy-short.ts';
import { dataViewOf } from '../lib/data-view.ts';
import { writeDouble } from '../lib/double.ts';
import { decimalLength, writeDecimal, writeInt64 } from '../lib/integer.ts';
import { Slice } from '../lib/slice.ts';
import type { ChunkPool } from './chunk-pool.ts';
import { ChunkedWriter, GAP_BYTES } from './chunked-writer.ts';
import type { ReplyError } from './reply-error.ts';
import { encodeReplyText } from './reply-text.ts';
import type { AggregateKind, DeferredMark, RespVersion } from './reply-writer.ts';

const CR = 0x0d;
const LF = 0x0a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const COLON = 0x3a;
const DOLLAR = 0x24;
const STAR = 0x2a;
const PERCENT = 0x25;
const BAR = 0x7c;
const TILDE = 0x7e;
const GREATER = 0x3e;
const UNDERSCORE = 0x5f;
const HASH = 0x23;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const PARENTHESIS = 0x28;
const ZERO = 0x30;

const QUEUED = Uint8Array.from('+QUEUED\r\n', (character) => character.charCodeAt(0));

/** A type byte, 20 characters of an integer and a line break, rounded up. */
const HEADER_ROOM = 24;
/** A bulk string that short is written after a single check of the room: header, bytes, line break. */
const SHORT_BULK = 64;
const SHORT_BULK_ROOM = SHORT_BULK + HEADER_ROOM;
const CR_LF = (CR << 8) | LF;
/** The first four bytes of the headers of short bulk strings; those with two digits lack the last one. */
const SHORT_HEADERS = Int32Array.from({ length: SHORT_BULK + 1 }, (_, length) => {
  const tens = Math.floor(length / 10);
  const digits = tens === 0 ? [ZERO + length, CR, LF] : [ZERO + tens, ZERO + (length % 10), CR];
  return digits.reduce((word, byte) => (word << 8) | byte, DOLLAR);
});

export class RespWriter extends ChunkedWriter {
  /** May be changed between replies. */
  version: RespVersion;

  private readonly deferredHeader = new Uint8Array(GAP_BYTES);
  private readonly slice = new Slice(this.deferredHeader, 0, 0);

  constructor(pool: ChunkPool, version: RespVersion = 2) {
    super(pool);
    this.version = version;
  }

  // Simple replies

  override queued(): void {
    this.append(QUEUED, 0, QUEUED.length);
  }

  override ok(): void {
    if (this.used + 5 > this.chunk.length) this.nextChunk();
    const { chunk, used } = this;
    chunk[used] = PLUS;
    chunk[used + 1] = 0x4f;
    chunk[used + 2] = 0x4b;
    chunk[used + 3] = CR;
    chunk[used + 4] = LF;
    this.used = used + 5;
  }

  override status(text: string): void {
    this.line(PLUS, text);
  }

  override error(error: ReplyError): void {
    const text = encodeReplyText(error.line);
    this.byte(MINUS);
    this.append(text, 0, text.length);
    this.endBulk();
  }

  override integer(value: number | bigint): void {
    this.header(COLON, value);
  }

  override boolean(value: boolean): void {
    if (this.version === 2) {
      this.header(COLON, value ? 1 : 0);
      return;
    }
    if (this.used + 4 > this.chunk.length) this.nextChunk();
    const { chunk, used } = this;
    chunk[used] = HASH;
    chunk[used + 1] = value ? 0x74 : 0x66;
    chunk[used + 2] = CR;
    chunk[used + 3] = LF;
    this.used = used + 4;
  }

  override null(): void {
    this.nothing(DOLLAR);
  }

  override nullArray(): void {
    this.nothing(STAR);
  }

  // Strings

  override bulk(value: Slice): void {
    const { bytes, start, end } = value;
    const length = end - start;
    if (length > SHORT_BULK) {
      this.header(DOLLAR, length);
      this.append(bytes, start, end);
      this.endBulk();
      return;
    }
    let at = this.shortBulk(length);
    const chunk = this.chunk;
    copyShort(bytes, start, end, chunk, at);
    at += length;
    chunk[at] = CR;
    chunk[at + 1] = LF;
    this.used = at + 2;
  }

  override bulks(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    const source = dataViewOf(bytes);
    // Words may reach over an element's end.
    const lastWord = bytes.length - 4;
    let target = dataViewOf(this.chunk);
    let room = this.chunk.length - SHORT_BULK_ROOM;
    let at = this.used;
    for (let i = 0; i < count; i++) {
      const start = starts[i];
      const end = ends[i];
      const length = end - start;
      if (length > SHORT_BULK || end > lastWord || at > room) {
        this.used = at;
        this.bulk(this.slice.point(bytes, start, end));
        target = dataViewOf(this.chunk);
        room = this.chunk.length - SHORT_BULK_ROOM;
        at = this.used;
        continue;
      }
      target.setInt32(at, SHORT_HEADERS[length]);
      at += 4;
      if (length >= 10) target.setInt8(at++, LF);
      for (let from = start, to = at; from < end; from += 4, to += 4) target.setInt32(to, source.getInt32(from));
      at += length;
      target.setInt16(at, CR_LF);
      at += 2;
    }
    this.used = at;
  }

  override beginBulk(length: number): void {
    this.header(DOLLAR, length);
  }

  override run(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > SHORT_BULK || this.used + length > this.chunk.length) {
      this.append(bytes, start, end);
      return;
    }
    const chunk = this.chunk;
    let at = this.used;
    for (let i = start; i < end; i++) chunk[at++] = bytes[i];
    this.used = at;
  }

  override endBulk(): void {
    if (this.used + 2 > this.chunk.length) this.nextChunk();
    const { chunk, used } = this;
    chunk[used] = CR;
    chunk[used + 1] = LF;
    this.used = used + 2;
  }

  override text(text: string): void {
    if (text.length <= SHORT_BULK && isAscii(text)) {
      let at = this.shortBulk(text.length);
      const chunk = this.chunk;
      for (let i = 0; i < text.length; i++) chunk[at++] = text.charCodeAt(i);
      chunk[at] = CR;
      chunk[at + 1] = LF;
      this.used = at + 2;
      return;
    }
    const bytes = encodeReplyText(text);
    this.header(DOLLAR, bytes.length);
    this.append(bytes, 0, bytes.length);
    this.endBulk();
  }

  override integerBulk(value: number | bigint): void {
    if (typeof value !== 'number') {
      this.text(value.toString());
      return;
    }
    const at = this.shortBulk(decimalLength(value));
    this.used = writeDecimal(this.chunk, at, value);
    this.endBulk();
  }

  override double(value: number): void {
    if (this.used + SHORT_BULK_ROOM > this.chunk.length) this.nextChunk();
    const { chunk, used } = this;
    if (this.version === 2) {
      // "$", the length in one or two digits and a line break; the text is written where a length of one digit puts it.
      const begin = used + 4;
      let end = writeDouble(chunk, begin, value);
      const length = end - begin;
      if (length > 9) {
        chunk.copyWithin(begin + 1, begin, end);
        end++;
      }
      chunk[used] = DOLLAR;
      const at = writeDecimal(chunk, used + 1, length);
      chunk[at] = CR;
      chunk[at + 1] = LF;
      this.used = end;
    } else {
      chunk[used] = COMMA;
      this.used = writeDouble(chunk, used + 1, value);
    }
    this.endBulk();
  }

  override verbatim(format: string, text: string): void {
    if (this.version === 2) {
      this.text(text);
      return;
    }
    const bytes = encodeReplyText(text);
    this.header(EQUALS, bytes.length + 4);
    const prefix = format.padEnd(3).slice(0, 3);
    for (let i = 0; i < 3; i++) this.byte(prefix.charCodeAt(i));
    this.byte(COLON);
    this.append(bytes, 0, bytes.length);
    this.endBulk();
  }

  override decimal(digits: string): void {
    if (this.version === 2) this.text(digits);
    else this.line(COMMA, digits);
  }

  override bigNumber(digits: string): void {
    if (this.version === 2) this.text(digits);
    else this.line(PARENTHESIS, digits);
  }

  // Aggregates

  override array(length: number): void {
    this.header(STAR, length);
  }

  override map(pairs: number): void {
    if (this.version === 2) this.header(STAR, 2 * pairs);
    else this.header(PERCENT, pairs);
  }

  override set(length: number): void {
    this.header(this.version === 2 ? STAR : TILDE, length);
  }

  override push(length: number): void {
    this.header(this.version === 2 ? STAR : GREATER, length);
  }

  override attribute(pairs: number): void {
    this.header(BAR, pairs);
  }

  override beginDeferred(): DeferredMark {
    return this.leaveGap();
  }

  override endDeferred(mark: DeferredMark, kind: AggregateKind, length: number): void {
    const header = this.deferredHeader;
    header[0] = this.version === 2 ? STAR : aggregateByte(kind);
    const at = writeDecimal(header, 1, kind === 'map' && this.version === 2 ? 2 * length : length);
    header[at] = CR;
    header[at + 1] = LF;
    this.fillGap(mark, header, at + 2);
  }

  // Inside

  /** A type byte, an integer and a line break. */
  private header(type: number, value: number | bigint): void {
    if (this.used + HEADER_ROOM > this.chunk.length) this.nextChunk();
    const chunk = this.chunk;
    let at = this.used;
    chunk[at++] = type;
    if (typeof value === 'number') {
      if (value >= 0 && value < 10) chunk[at++] = ZERO + value;
      else at = writeDecimal(chunk, at, value);
    } else at = writeInt64(chunk, at, value);
    chunk[at] = CR;
    chunk[at + 1] = LF;
    this.used = at + 2;
  }

  /** Makes room for a whole bulk string of up to {@link SHORT_BULK} bytes, writes its header; answers where its bytes go. */
  private shortBulk(length: number): number {
    if (this.used + SHORT_BULK_ROOM > this.chunk.length) this.nextChunk();
    const chunk = this.chunk;
    let at = this.used;
    chunk[at++] = DOLLAR;
    if (length >= 10) {
      const tens = (length / 10) | 0;
      chunk[at++] = ZERO + tens;
      chunk[at++] = ZERO + length - 10 * tens;
    } else chunk[at++] = ZERO + length;
    chunk[at] = CR;
    chunk[at + 1] = LF;
    return at + 2;
  }

  private nothing(type: number): void {
    if (this.used + 5 > this.chunk.length) this.nextChunk();
    const chunk = this.chunk;
    let at = this.used;
    if (this.version === 2) {
      chunk[at] = type;
      chunk[at + 1] = MINUS;
      chunk[at + 2] = 0x31;
      at += 3;
    } else chunk[at++] = UNDERSCORE;
    chunk[at] = CR;
    chunk[at + 1] = LF;
    this.used = at + 2;
  }

  /** A type byte, an ASCII text and a line break. */
  private line(type: number, text: string): void {
    const length = text.length;
    if (length <= SHORT_BULK) {
      if (this.used + SHORT_BULK_ROOM > this.chunk.length) this.nextChunk();
      const chunk = this.chunk;
      let at = this.used;
      chunk[at++] = type;
      for (let i = 0; i < length; i++) chunk[at++] = text.charCodeAt(i);
      this.used = at;
    } else {
      this.byte(type);
      for (let i = 0; i < length; i++) this.byte(text.charCodeAt(i));
    }
    this.endBulk();
  }
}

function aggregateByte(kind: AggregateKind): number {
  switch (kind) {
    case 'array':
      return STAR;
    case 'map':
      return PERCENT;
    case 'set':
      return TILDE;
    case 'push':
      return GREATER;
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
