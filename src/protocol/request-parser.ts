/**
 * Finds the commands in what a client sends: arrays of bulk strings, and inline requests.
 *
 * A command that lies whole in the fed chunk, the usual case, is read by a loop over the chunk that copies nothing and
 * remembers nothing: its arguments point into the chunk. Everything else goes through the stages of
 * {@link RequestParser.proceed}: headers that are cut or malformed, and arguments that the chunk's end cuts. When a
 * chunk ends within a command, what came of that command, and nothing else, moves to a {@link CutCommand}. Parsing goes
 * on from there: no byte is looked at twice, however many chunks a command spans.
 *
 * Limits, error texts and oddities are those of Redis 7.0 (`processMultibulkBuffer`, `processInlineBuffer`); among the
 * latter, the two bytes after an argument are skipped unseen, and an inline request with a NUL byte never ends.
 */
import { Args } from './args.ts';
import { CutCommand, copyBytes } from './cut-command.ts';
import { HeaderLine } from './header-line.ts';
import { splitInlineRequest } from './inline-request.ts';
import type { KeyHints } from './key-hints.ts';
import { ReplyError } from './reply-error.ts';
import { decodeReplyText } from './reply-text.ts';

export type ParseResult = 0 | 1 | 2;
/** No whole command is left of what was fed. */
export const NEED_MORE: ParseResult = 0;
/** {@link RequestParser.args} holds one command. */
export const COMMAND: ParseResult = 1;
/** {@link RequestParser.failure} is answered if there is one, and the connection closed. */
export const FAILED: ParseResult = 2;

/** What a request may take; the parser reads it at each use. */
export interface ParserLimits {
  /** `proto-max-bulk-len`: the longest argument. Below 10 it counts as 9. */
  maxBulkBytes: number;
  /** `client-query-buffer-limit`: the most that may be received and not executed, in bytes. */
  maxQueryBytes: number;
  /** While false, a command may have 10 arguments of 16 KiB. */
  authenticated: boolean;
}

const NOTHING = new Uint8Array(0);

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;
const DOLLAR = 0x24;
const STAR = 0x2a;
const ZERO = 0x30;

const MAX_ARGUMENTS = 0x7fffffff;
const MAX_LINE_BYTES = 64 * 1024;
const UNAUTHENTICATED_ARGUMENTS = 10;
const UNAUTHENTICATED_BULK_BYTES = 16 * 1024;
/** Longer arguments go through the stages; it keeps the loop's arithmetic to small integers. */
const MAX_LOOP_BULK_BYTES = 0x7ffffff;
/** A buffer of unread requests that is longer than this must not be kept alive by old arguments. */
const LARGE_BYTES = 64 * 1024;

/** Where in a command the parser stands. */
type Stage = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
/** Before a command, or behind one that lies in the chunk. */
const FRESH: Stage = 0;
/** In the line `*count`. */
const COUNT: Stage = 1;
/** Between arguments. */
const ARGUMENTS: Stage = 2;
/** In a line `$length`. */
const LENGTH: Stage = 3;
/** In an argument that a chunk's end has cut. */
const DATA: Stage = 4;
/** In an inline request. */
const INLINE: Stage = 5;
/** Behind a command that came in more than one chunk. */
const DONE: Stage = 6;
/** Before such a command, which was put back. */
const HELD: Stage = 7;
const BROKEN: Stage = 8;

export class RequestParser {
  readonly args: Args = new Args();
  /** After {@link FAILED} the error to answer, or null where Redis closes the connection without a word. */
  failure: ReplyError | null = null;

  private readonly limits: ParserLimits;
  private stage: Stage = FRESH;

  // What was fed: bytes[position, end) is not looked at yet, bytes[begin, position) is the current command's.
  private bytes: Uint8Array = NOTHING;
  private begin = 0;
  private position = 0;
  private end = 0;
  /** True when `bytes` is the parser's own, so that it outlives the read callback. */
  private owned = false;
  /** True when arguments may point into a large buffer of the parser's own that is no longer in use. */
  private hasStaleArguments = false;

  /** How many arguments of the current command are still to come. */
  private missing = 0;
  private readonly line = new HeaderLine();
  private lineHasNul = false;
  private readonly cut = new CutCommand();

  constructor(limits: ParserLimits) {
    this.limits = limits;
  }

  /** Bytes received and not yet executed, a command that was answered by the last {@link next} included. */
  get bufferedBytes(): number {
    return this.cut.earlierBytes + this.end - this.begin;
  }

  /** Of these, the ones that no whole argument of a command that is still incomplete has been made of. */
  get unparsedBytes(): number {
    const { cut, end, line, position, stage } = this;
    if (stage === COUNT || stage === LENGTH) return line.length + end - position;
    if (stage === DATA || stage === INLINE) return cut.lineLength + end - position;
    return this.bufferedBytes;
  }

  /** Bytes allocated to hold them, without the chunk that was fed. */
  get capacityBytes(): number {
    return this.cut.allocatedBytes + (this.owned ? this.bytes.length : 0);
  }

  /**
   * Gives memory back that is kept for commands that span chunks, if there was none since the last call. The arguments
   * of a command that was consumed are gone.
   */
  letGoIfUnused(): void {
    if (this.stage === FRESH && this.position === this.end) this.cut.letGoIfUnused(this.args);
  }

  /**
   * Gives the parser the next chunk, `bytes[start, end)`, which stays the caller's and must not change before
   * {@link detach}. What is left of earlier chunks, as behind a command that blocks, is copied before it.
   */
  feed(bytes: Uint8Array, start: number, end: number): void {
    if (this.stage === BROKEN) return;
    if (this.bufferedBytes + end - start > this.limits.maxQueryBytes) {
      this.fail(null);
      return;
    }
    if (this.position < this.end) {
      this.detach();
      this.append(bytes, start, end);
      return;
    }
    if (this.stage === HELD) this.detach();
    this.dropChunk();
    this.bytes = bytes;
    this.begin = start;
    this.position = start;
    this.end = end;
  }

  /** True when nothing is left of what was fed. */
  get isDrained(): boolean {
    return this.position === this.end;
  }

  /** Looks for the next command. The arguments of the one before are gone. */
  next(): ParseResult {
    if (this.stage === FRESH) {
      const at = this.position;
      const bytes = this.bytes;
      if (at + 4 <= this.end && bytes[at] === STAR && bytes[at + 2] === CR) {
        const count = bytes[at + 1] - ZERO;
        if (count >= 1 && count <= 9) {
          this.begin = at;
          this.args.clear();
          const missing = this.readArguments(at + 4, count);
          if (missing === 0) return COMMAND;
          this.missing = missing;
          this.stage = ARGUMENTS;
        }
      }
    }
    return this.proceed();
  }

  /** Guesses the keys of the commands that {@link next} will answer, as far as they are in the chunk. */
  lookAhead(hints: KeyHints): number {
    return this.stage === FRESH ? hints.scan(this.bytes, this.position, this.end) : 0;
  }

  /** Puts the command just parsed back, so that the next {@link next} answers it again. */
  unread(): void {
    if (this.stage === DONE) this.stage = HELD;
    else if (this.stage === FRESH) this.position = this.begin;
  }

  /**
   * Copies everything not consumed yet, unread commands included, out of the fed chunk: the caller is about to reuse
   * it. The arguments of a command that was consumed are gone. Costs nothing when nothing is left.
   */
  detach(): void {
    if (this.stage === HELD) {
      if (!this.owned) this.cut.keepArguments(this.args);
      this.cut.earlierBytes += this.position - this.begin;
    } else if (this.stage === DONE) this.release();
    this.begin = this.position;
    if (this.owned) {
      if (this.position === this.end) this.dropChunk();
      return;
    }
    const { bytes, position, end } = this;
    this.dropChunk();
    if (position < end) this.append(bytes, position, end);
  }

  /**
   * The loop over whole arguments from `start` on, `count` of which are to come. Stops where the chunk ends within
   * one, or where a header is not a plain number.
   *
   * @returns how many arguments are still to come; {@link position} is behind the last one found
   */
  private readArguments(start: number, count: number): number {
    const { bytes, end, args } = this;
    let at = start;
    let missing = count;
    while (missing > 0) {
      if (at + 4 > end || bytes[at] !== DOLLAR) break;
      let length = bytes[at + 1] - ZERO;
      if (length < 0 || length > 9) break;
      let data = at + 4;
      if (bytes[at + 2] !== CR) {
        if (length === 0) break;
        let digitAt = at + 2;
        while (digitAt < end) {
          const digit = bytes[digitAt] - ZERO;
          if (digit < 0 || digit > 9 || length > MAX_LOOP_BULK_BYTES) break;
          length = length * 10 + digit;
          digitAt++;
        }
        data = digitAt + 2;
        if (data > end || bytes[digitAt] !== CR || this.isTooLong(length)) break;
      }
      const next = data + length + 2;
      if (next > end) break;
      args.push(bytes, data, data + length);
      at = next;
      missing--;
    }
    this.position = at;
    return missing;
  }

  /** Goes from stage to stage, for everything that is not a whole command in the fed chunk. */
  private proceed(): ParseResult {
    for (;;) {
      switch (this.stage) {
        case BROKEN:
          return FAILED;

        case HELD:
          this.stage = DONE;
          return COMMAND;

        case DONE:
          this.release();
          break;

        case FRESH:
          this.begin = this.position;
          this.args.clear();
          if (this.position === this.end) return this.idle();
          this.line.clear();
          this.lineHasNul = false;
          this.stage = this.bytes[this.position] === STAR ? COUNT : INLINE;
          break;

        case COUNT: {
          if (!this.readLine()) return this.awaitLine('too big mbulk count string');
          const count = this.line.value();
          if (count === null || count > MAX_ARGUMENTS) return this.protocolError('invalid multibulk length');
          if (count > UNAUTHENTICATED_ARGUMENTS && !this.limits.authenticated) {
            return this.protocolError('unauthenticated multibulk length');
          }
          this.missing = Number(count);
          // A count that is not positive is no command at all.
          this.stage = count > 0 ? ARGUMENTS : DONE;
          break;
        }

        case ARGUMENTS:
          this.missing = this.readArguments(this.position, this.missing);
          if (this.missing === 0) return this.complete();
          this.line.clear();
          this.stage = LENGTH;
          break;

        case LENGTH: {
          if (!this.readLine()) return this.awaitLine('too big bulk count string');
          if (this.line.type !== DOLLAR) {
            const type = decodeReplyText(Uint8Array.of(this.line.type), 0, 1);
            return this.protocolError(`expected '$', got '${type}'`);
          }
          const length = this.line.value();
          if (typeof length !== 'number' || length < 0 || length > this.limits.maxBulkBytes) {
            return this.protocolError('invalid bulk length');
          }
          if (this.isTooLong(length)) return this.protocolError('unauthenticated bulk length');
          const arrived = this.end - this.position;
          this.missing--;
          if (arrived >= length + 2) {
            this.args.push(this.bytes, this.position, this.position + length);
            this.position += length + 2;
            this.stage = ARGUMENTS;
          } else {
            if (!this.cut.beginArgument(length, arrived)) return this.fail(null);
            this.stage = DATA;
          }
          break;
        }

        case DATA: {
          const at = this.cut.readArgument(this.bytes, this.position, this.end);
          if (at < 0) return this.fail(null);
          this.position = at;
          if (!this.cut.argumentIsWhole) return this.needMore();
          this.cut.endArgument(this.args);
          this.stage = ARGUMENTS;
          break;
        }

        case INLINE: {
          const result = this.readInline();
          if (result !== null) return result;
          break;
        }
      }
    }
  }

  private complete(): ParseResult {
    this.stage = this.cut.earlierBytes > 0 ? DONE : FRESH;
    return COMMAND;
  }

  /** The chunk is used up: what it holds of the current command is kept. */
  private needMore(): ParseResult {
    this.cut.keepArguments(this.args);
    this.cut.earlierBytes += this.end - this.begin;
    this.dropChunk();
    return NEED_MORE;
  }

  /** Everything fed has been parsed. */
  private idle(): ParseResult {
    this.dropChunk();
    if (this.hasStaleArguments) this.forgetArguments();
    return NEED_MORE;
  }

  private protocolError(what: string): ParseResult {
    return this.fail(new ReplyError(`ERR Protocol error: ${what}`));
  }

  private fail(failure: ReplyError | null): ParseResult {
    this.failure = failure;
    this.release();
    this.dropChunk();
    this.args.clear();
    this.stage = BROKEN;
    return FAILED;
  }

  private isTooLong(length: number): boolean {
    const limits = this.limits;
    return length > limits.maxBulkBytes || (length > UNAUTHENTICATED_BULK_BYTES && !limits.authenticated);
  }

  /** Reads on in a header; true when it is whole. */
  private readLine(): boolean {
    this.position = this.line.read(this.bytes, this.position, this.end);
    return this.line.whole && this.line.length <= MAX_LINE_BYTES;
  }

  private awaitLine(tooBig: string): ParseResult {
    return this.line.length > MAX_LINE_BYTES ? this.protocolError(tooBig) : this.needMore();
  }

  /** Reads on in an inline request; null when it was empty. */
  private readInline(): ParseResult | null {
    const { bytes, position, end, cut } = this;
    let newline = position;
    let hasNul = this.lineHasNul;
    while (newline < end && (bytes[newline] !== LF || hasNul)) {
      if (bytes[newline] === NUL) hasNul = true;
      newline++;
    }
    this.lineHasNul = hasNul;
    if (cut.lineLength + newline - position > MAX_LINE_BYTES) return this.protocolError('too big inline request');
    if (newline === end) {
      cut.keepLine(bytes, position, end);
      this.position = end;
      return this.needMore();
    }
    this.position = newline + 1;
    if (cut.earlierBytes === 0) return this.splitInline(bytes, position, newline);
    cut.keepLine(bytes, position, newline);
    return this.splitInline(cut.line, 0, cut.lineLength);
  }

  private splitInline(bytes: Uint8Array, start: number, newline: number): ParseResult | null {
    const { args, cut } = this;
    const end = newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
    if (!splitInlineRequest(bytes, start, end, args)) return this.protocolError('unbalanced quotes in request');
    if (args.count === 0) {
      this.stage = DONE;
      return null;
    }
    // A gathered line, and words unquoted from it, outlive the chunk as they are.
    if (cut.earlierBytes > 0) cut.kept = args.count;
    return this.complete();
  }

  /** The current command is over, so its memory can go. */
  private release(): void {
    this.cut.release(this.args);
    this.begin = this.position;
    this.stage = FRESH;
    if (this.hasStaleArguments) this.forgetArguments();
  }

  private forgetArguments(): void {
    this.cut.forget(this.args);
    this.hasStaleArguments = false;
  }

  private dropChunk(): void {
    if (this.owned && this.bytes.length > LARGE_BYTES) this.hasStaleArguments = true;
    this.bytes = NOTHING;
    this.begin = 0;
    this.position = 0;
    this.end = 0;
    this.owned = false;
  }

  /** Puts bytes behind those that are left, in a buffer of the parser's own. */
  private append(bytes: Uint8Array, start: number, end: number): void {
    const left = this.end - this.position;
    const needed = left + end - start;
    if (!this.owned || this.end + end - start > this.bytes.length) {
      // Never moved within its buffer: arguments of a command that was put back may point into it.
      const buffer = new Uint8Array(this.owned ? 2 * needed : needed);
      if (this.owned && this.bytes.length > LARGE_BYTES) this.hasStaleArguments = true;
      copyBytes(this.bytes, this.position, this.end, buffer, 0);
      this.bytes = buffer;
      this.begin = 0;
      this.position = 0;
      this.end = left;
      this.owned = true;
    }
    copyBytes(bytes, start, end, this.bytes, this.end);
    this.end += end - start;
  }
}
