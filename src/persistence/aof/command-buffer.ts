/**
 * Commands as they stand in an append-only file, gathered in memory until they are written.
 *
 * A command is an array of bulk strings. SELECT comes before the first command of a file and wherever the database
 * changes; what took effect as one stands between MULTI and EXEC. Since most units consist of one command, which needs
 * neither, room for MULTI is left where a unit begins, and closed again if nothing follows the first command.
 *
 * Bytes lie in chunks; the last one is filled. Positions count all bytes ever put in. A unit that has begun stays here
 * until it has ended, however long that takes, so that no file ever holds a part of one.
 */
import { decimalLength, writeDecimal } from '../../lib/integer.ts';
import type { Args } from '../../protocol/args.ts';

/** A chunk is this large, or as large as the command that does not fit. */
const CHUNK_BYTES = 64 * 1024;
/** Chunks up to this size are used again. */
const MAX_KEPT_BYTES = 1024 * 1024;
/** Shorter runs are copied in a loop: a call of `set` has a fixed cost. */
const SHORT_RUN_BYTES = 48;

const MULTI = Buffer.from('*1\r\n$5\r\nMULTI\r\n', 'latin1');
const EXEC = Buffer.from('*1\r\n$4\r\nEXEC\r\n', 'latin1');

const STAR = 0x2a;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;

/** `bytes[start, end)` are to be written. */
export interface Chunk {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
}

export class CommandBuffer {
  private chunks: Chunk[] = [];
  private spare: Uint8Array | null = null;
  private database = -1;
  /** Seconds of the last annotation. */
  private annotatedSeconds = 0;

  // The unit under way.
  private depth = 0;
  private commandsInUnit = 0;
  private gap: Chunk | null = null;
  private gapStart = 0;
  /** The position where it begins. */
  private gapPosition = 0;
  /** Behind everything that was put in. */
  private end = 0;

  /** Behind everything that was put in, but for the unit under way. */
  get position(): number {
    return this.gap === null ? this.end : this.gapPosition;
  }

  /** True when there is nothing to take. */
  get isEmpty(): boolean {
    const { chunks, gap } = this;
    return chunks.length === 0 || (gap !== null && gap === chunks[0] && gap.start === this.gapStart);
  }

  /** Bytes that wait to be written. */
  get pendingBytes(): number {
    let sum = 0;
    for (const { start, end } of this.chunks) sum += end - start;
    return sum;
  }

  /** What follows goes to another file: it begins with SELECT. */
  beginFile(): void {
    this.database = -1;
    this.annotatedSeconds = 0;
  }

  /**
   * Puts in a command that took effect in a database. `nowSeconds` above 0 is written as an annotation, once a second.
   */
  append(database: number, args: Args, nowSeconds: number): void {
    if (this.depth === 0) {
      this.annotate(nowSeconds);
    } else if (this.commandsInUnit++ === 0) {
      this.annotate(nowSeconds);
      if (database !== this.database) this.select(database);
      // So that the command that may have to move lies behind the gap in the same chunk, or at the start of one.
      const gap = this.room(MULTI.length + sizeOf(args));
      this.gapStart = gap.end;
      this.gapPosition = this.end;
      this.gap = gap;
      this.copy(gap, MULTI, 0, MULTI.length);
    }
    if (database !== this.database) this.select(database);
    this.put(args);
  }

  beginUnit(): void {
    if (this.depth++ === 0) this.commandsInUnit = 0;
  }

  endUnit(): void {
    if (--this.depth > 0) return;
    const { gap } = this;
    this.gap = null;
    if (gap === null) return;
    if (this.commandsInUnit > 1) {
      this.copy(this.room(EXEC.length), EXEC, 0, EXEC.length);
    } else {
      gap.bytes.copyWithin(this.gapStart, this.gapStart + MULTI.length, gap.end);
      gap.end -= MULTI.length;
      this.end -= MULTI.length;
    }
  }

  /** What waits to be written, in order. The buffer is empty then, and goes on in other memory. */
  take(): Chunk[] {
    const { chunks, gap } = this;
    this.chunks = gap === null ? [] : this.cutOff(chunks, gap);
    return chunks;
  }

  /** Puts back what {@link take} has answered and could not be written, before everything that came since. */
  putBack(chunks: Chunk[]): void {
    this.chunks = [...chunks, ...this.chunks];
  }

  /** Says that the memory of a chunk may be used again. */
  recycle({ bytes }: Chunk): void {
    if (bytes.length <= MAX_KEPT_BYTES && bytes.length >= CHUNK_BYTES) this.spare = bytes;
  }

  /** Forgets everything that waits to be written up to a position. */
  dropThrough(position: number): void {
    let at = this.end - this.pendingBytes;
    while (this.chunks.length > 0 && at < position) {
      const chunk = this.chunks[0];
      const bytes = Math.min(chunk.end - chunk.start, position - at);
      chunk.start += bytes;
      at += bytes;
      if (chunk.start === chunk.end) this.chunks.shift();
    }
  }

  /** Takes the unit under way from the end of `chunks`, and answers what it lies in. */
  private cutOff(chunks: Chunk[], gap: Chunk): Chunk[] {
    const index = chunks.indexOf(gap);
    const unit = chunks.splice(index);
    const { gapStart } = this;
    if (gapStart === gap.start) return unit;
    const bytes = new Uint8Array(Math.max(CHUNK_BYTES, gap.end - gapStart));
    bytes.set(gap.bytes.subarray(gapStart, gap.end));
    const moved = { bytes, start: 0, end: gap.end - gapStart };
    chunks.push({ bytes: gap.bytes, start: gap.start, end: gapStart });
    this.gap = moved;
    this.gapStart = 0;
    return [moved, ...unit.slice(1)];
  }

  private annotate(nowSeconds: number): void {
    if (nowSeconds === 0 || nowSeconds === this.annotatedSeconds) return;
    this.annotatedSeconds = nowSeconds;
    const line = Buffer.from(`#TS:${nowSeconds}\r\n`, 'latin1');
    this.copy(this.room(line.length), line, 0, line.length);
  }

  private select(database: number): void {
    this.database = database;
    const digits = String(database);
    const command = Buffer.from(`*2\r\n$6\r\nSELECT\r\n$${digits.length}\r\n${digits}\r\n`, 'latin1');
    this.copy(this.room(command.length), command, 0, command.length);
  }

  private put(args: Args): void {
    const { count } = args;
    const chunk = this.room(sizeOf(args));
    const { bytes } = chunk;
    const from = chunk.end;
    let at = header(bytes, from, STAR, count);
    for (let i = 0; i < count; i++) {
      const slice = args.at(i);
      const { start, end } = slice;
      const length = end - start;
      at = header(bytes, at, DOLLAR, length);
      const source = slice.bytes;
      if (length <= SHORT_RUN_BYTES) for (let j = start; j < end; j++) bytes[at++] = source[j];
      else {
        bytes.set(source.subarray(start, end), at);
        at += length;
      }
      bytes[at++] = CR;
      bytes[at++] = LF;
    }
    chunk.end = at;
    this.end += at - from;
  }

  /** A chunk with room for so many more bytes. */
  private room(bytes: number): Chunk {
    const last = this.chunks.length === 0 ? null : this.chunks[this.chunks.length - 1];
    if (last !== null && last.end + bytes <= last.bytes.length) return last;
    let memory = this.spare;
    this.spare = null;
    if (memory === null || memory.length < bytes) memory = new Uint8Array(Math.max(CHUNK_BYTES, bytes));
    const chunk = { bytes: memory, start: 0, end: 0 };
    this.chunks.push(chunk);
    return chunk;
  }

  private copy(chunk: Chunk, source: Uint8Array, start: number, end: number): void {
    chunk.bytes.set(source.subarray(start, end), chunk.end);
    chunk.end += end - start;
    this.end += end - start;
  }
}

function sizeOf(args: Args): number {
  let size = 3 + decimalLength(args.count);
  for (let i = 0; i < args.count; i++) {
    const { length } = args.at(i);
    size += 5 + decimalLength(length) + length;
  }
  return size;
}

function header(bytes: Uint8Array, offset: number, sign: number, value: number): number {
  bytes[offset] = sign;
  let at = offset + 1;
  if (value < 10) bytes[at++] = 0x30 + value;
  else at = writeDecimal(bytes, at, value);
  bytes[at] = CR;
  bytes[at + 1] = LF;
  return at + 2;
}
