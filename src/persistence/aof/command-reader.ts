/**
 * Reads the commands of an append-only file from a source, strictly: an array of bulk strings with all its line ends
 * where they belong, or an annotation, a line that begins with `#`. A file of commands has nothing else.
 *
 * A command's arguments lie in the reader's buffer until the next one is read. The buffer grows with the longest
 * command, and never beyond what the file has left.
 */
import { Args } from '../../protocol/args.ts';
import type { ByteSource } from '../byte-source.ts';
import { AofError } from './aof-error.ts';

const BUFFER_BYTES = 512 * 1024;
/** A line of a header or an annotation is no longer. */
const MAX_LINE_BYTES = 1024;

const CR = 0x0d;
const LF = 0x0a;
const HASH = 0x23;
const DOLLAR = 0x24;
const STAR = 0x2a;
const ZERO = 0x30;

/** What comes is cut off by the end of what was read so far. */
const CUT = -1;

export type ReadResult = 0 | 1 | 2;
/** {@link CommandReader.args} holds a command. */
export const COMMAND: ReadResult = 0;
/** The file ends here, behind a whole command. */
export const END: ReadResult = 1;
/** The file ends in the middle of what begins at {@link CommandReader.offset}. */
export const TRUNCATED: ReadResult = 2;

export class CommandReader {
  readonly args = new Args();
  /** Unix seconds of the last annotation; 0 without any. */
  timestampSeconds = 0;

  private readonly source: ByteSource;
  private bytes: Uint8Array;
  private at = 0;
  private limit = 0;
  /** Where in the file `bytes[0]` lies. */
  private base: number;
  private isAtEnd = false;
  /** Where the command that was answered last begins. */
  private begin: number;

  // The header that was read last.
  private value = 0;

  /** @param offset where in the file the source goes on */
  constructor(source: ByteSource, offset = 0) {
    this.source = source;
    this.base = offset;
    this.begin = offset;
    const left = source.totalBytes - offset;
    this.bytes = new Uint8Array(Math.max(1, Math.min(BUFFER_BYTES, left)));
  }

  /** Where what comes next begins: all before it has been read. */
  get offset(): number {
    return this.base + this.at;
  }

  /** Where the last command begins. */
  get commandOffset(): number {
    return this.begin;
  }

  /**
   * Reads the next command.
   *
   * @throws {AofError} where the file is damaged, or can't be read
   */
  next(): ReadResult {
    for (;;) {
      const end = this.at === this.limit ? CUT : this.parse();
      if (end !== CUT) {
        this.begin = this.base + this.at;
        const isCommand = this.bytes[this.at] === STAR;
        this.at = end;
        if (isCommand) return COMMAND;
      } else if (this.isAtEnd) {
        return this.at === this.limit ? END : TRUNCATED;
      } else {
        this.fill();
      }
    }
  }

  /** Where what begins at `at` ends, or {@link CUT}. */
  private parse(): number {
    const { args, at: start, bytes } = this;
    if (bytes[start] === HASH) return this.parseAnnotation(start);
    if (bytes[start] !== STAR) throw this.damaged(start, 'Bad file format: a command should begin here');
    let at = this.parseHeader(start);
    if (at === CUT) return CUT;
    const count = this.value;
    if (count < 1) throw this.damaged(start, 'Bad file format: a command without a name');
    args.clear();
    for (let i = 0; i < count; i++) {
      if (at >= this.limit) return CUT;
      if (bytes[at] !== DOLLAR) throw this.damaged(at, 'Bad file format: an argument should begin here');
      const data = this.parseHeader(at);
      if (data === CUT) return CUT;
      const end = data + this.value;
      // A length beyond the file's end is one that was cut off, or damage; the file's end can't tell which.
      if (end + 2 > this.limit) {
        if (end < this.limit && bytes[end] !== CR) throw this.damaged(end, 'Bad file format: no line end here');
        return CUT;
      }
      if (bytes[end] !== CR || bytes[end + 1] !== LF) {
        throw this.damaged(end, 'Bad file format: an argument is longer or shorter than its length says');
      }
      args.push(bytes, data, end);
      at = end + 2;
    }
    return at;
  }

  /** Reads a sign and a number up to the line's end; answers where the next line begins. */
  private parseHeader(start: number): number {
    const { bytes, limit } = this;
    let at = start + 1;
    let value = 0;
    for (; at < limit && bytes[at] !== CR; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9 || value > 0xffff_ffff) throw this.damaged(start, 'Bad file format: no number here');
      value = value * 10 + digit;
    }
    if (at + 1 >= limit) return CUT;
    if (bytes[at + 1] !== LF || at === start + 1) throw this.damaged(start, 'Bad file format: no number here');
    this.value = value;
    return at + 2;
  }

  private parseAnnotation(start: number): number {
    const { bytes, limit } = this;
    const end = bytes.subarray(0, Math.min(limit, start + MAX_LINE_BYTES)).indexOf(LF, start);
    if (end < 0) {
      if (limit - start >= MAX_LINE_BYTES) throw this.damaged(start, 'Bad file format: an annotation without an end');
      return CUT;
    }
    const match = /^#TS:(\d{1,15})\r?$/.exec(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
    if (match !== null) this.timestampSeconds = Number(match[1]);
    return end + 1;
  }

  /** Reads more of the file behind what is left. */
  private fill(): void {
    const left = this.limit - this.at;
    let target = this.bytes;
    if (left > this.bytes.length / 2) {
      const fileBytes = Math.max(0, this.source.totalBytes - this.base - this.limit);
      target = new Uint8Array(Math.max(this.bytes.length + 1, Math.min(this.bytes.length * 2, left + fileBytes)));
    }
    target.set(this.bytes.subarray(this.at, this.limit));
    this.bytes = target;
    this.base += this.at;
    this.at = 0;
    this.limit = left;
    try {
      const read = this.source.read(target, left, target.length);
      this.limit += read;
      this.isAtEnd = read === 0;
    } catch (error) {
      throw AofError.unreadable(this.base + left, error);
    }
  }

  private damaged(at: number, reason: string): AofError {
    return new AofError('AOF_DAMAGED', this.base + at, reason);
  }
}
