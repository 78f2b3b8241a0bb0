/**
 * Writes commands through a buffer to a sink, argument by argument. The buffer is ordinary memory, so bytes of the heap
 * are copied once.
 */
import { decimalLength, writeDecimal } from '../../lib/integer.ts';
import type { Slice } from '../../lib/slice.ts';
import type { ByteSink } from '../byte-sink.ts';
import type { RunSource } from '../rdb/rdb-writer.ts';

const CR = 0x0d;
const LF = 0x0a;
const DOLLAR = 0x24;
const STAR = 0x2a;

/** The longest thing that is written in one go: a header, and the line end before it. */
const MAX_HEADER_BYTES = 24;

export class CommandWriter {
  private readonly sink: ByteSink;
  private readonly buffer: Uint8Array;
  private length = 0;
  private flushedBytes = 0;

  constructor(sink: ByteSink, bufferBytes: number) {
    this.sink = sink;
    this.buffer = new Uint8Array(bufferBytes);
  }

  get writtenBytes(): number {
    return this.flushedBytes + this.length;
  }

  /** Begins a command of so many arguments, its name included. */
  command(argumentCount: number): void {
    this.header(STAR, argumentCount);
  }

  text(argument: string): void {
    this.header(DOLLAR, argument.length);
    for (let i = 0; i < argument.length; i++) this.buffer[this.length++] = argument.charCodeAt(i);
    this.lineEnd();
  }

  slice({ bytes, start, end }: Slice): void {
    this.bytes(bytes, start, end);
  }

  bytes(bytes: Uint8Array, start: number, end: number): void {
    this.header(DOLLAR, end - start);
    this.put(bytes, start, end);
    this.lineEnd();
  }

  /** An argument of `length` bytes that does not lie in one place. */
  runs(source: RunSource, length: number): void {
    this.header(DOLLAR, length);
    for (let at = 0; at < length; ) {
      const run = source.seek(at, length);
      this.put(source.bytes, source.start, source.start + run);
      at += run;
    }
    this.lineEnd();
  }

  /** An argument that is a safe integer. */
  integer(value: number): void {
    this.header(DOLLAR, decimalLength(value));
    this.length = writeDecimal(this.buffer, this.length, value);
    this.lineEnd();
  }

  /** A line that is no command, which readers skip. */
  annotation(text: string): void {
    const line = Buffer.from(`#${text}\r\n`, 'latin1');
    this.put(line, 0, line.length);
  }

  /** Hands everything to the sink. */
  finish(): void {
    if (this.length === 0) return;
    this.sink.write(this.buffer, 0, this.length);
    this.flushedBytes += this.length;
    this.length = 0;
  }

  /** Writes a header; there is room for a line end, and for a short argument, behind it. */
  private header(sign: number, value: number): void {
    const { buffer } = this;
    if (this.length + 2 * MAX_HEADER_BYTES > buffer.length) this.finish();
    buffer[this.length] = sign;
    this.length = writeDecimal(buffer, this.length + 1, value);
    this.lineEnd();
  }

  private lineEnd(): void {
    if (this.length + 2 > this.buffer.length) this.finish();
    this.buffer[this.length++] = CR;
    this.buffer[this.length++] = LF;
  }

  private put(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      if (this.length === this.buffer.length) this.finish();
      const run = Math.min(end - at, this.buffer.length - this.length);
      if (run <= 48) for (let i = 0; i < run; i++) this.buffer[this.length + i] = bytes[at + i];
      else this.buffer.set(bytes.subarray(at, at + run), this.length);
      this.length += run;
      at += run;
    }
  }
}
