/**
 * A command's reply on its way into a script: written down flat while the command runs, and made values of Lua once it
 * has ended, since making them may fail and a command must not fail half-way.
 *
 * The tape is numbers: an operation and its operands, one after the other. Bytes of strings lie in a buffer beside it.
 * Both are used again for the next reply, so that a reply costs no objects.
 */
import { MAX_DOUBLE_LENGTH, writeDouble } from '../lib/double.ts';
import { writeDecimal } from '../lib/integer.ts';
import type { Slice } from '../lib/slice.ts';
import type { ReplyError } from '../protocol/reply-error.ts';
import { encodeReplyText } from '../protocol/reply-text.ts';
import { type AggregateKind, type DeferredMark, ReplyWriter, type RespVersion } from '../protocol/reply-writer.ts';

/** Followed by a number. */
export const OP_INTEGER = 0;
export const OP_DOUBLE = 1;
export const OP_BOOLEAN = 2;
/** Followed by where the bytes are and how many. */
export const OP_BULK = 3;
export const OP_STATUS = 4;
export const OP_ERROR = 5;
export const OP_BIG_NUMBER = 6;
/** Its first three bytes are the format, and a colon follows. */
export const OP_VERBATIM = 7;
export const OP_NULL = 8;
/** Followed by the number of elements, or of pairs. */
export const OP_ARRAY = 9;
export const OP_MAP = 10;
export const OP_SET = 11;
const OP_ATTRIBUTE = 12;

const KEPT_BYTES = 1024 * 1024;
const KEPT_OPERATIONS = 64 * 1024;

export class ReplyTape extends ReplyWriter {
  version: RespVersion = 2;
  /** Operations and operands. */
  operations = new Float64Array(256);
  operationCount = 0;
  bytes = new Uint8Array(4096);
  byteCount = 0;
  private bulkStart = 0;

  override get pendingBytes(): number {
    return this.byteCount;
  }

  /** Begins anew. */
  reset(): void {
    this.operationCount = 0;
    this.byteCount = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(4096);
    if (this.operations.length > KEPT_OPERATIONS) this.operations = new Float64Array(256);
  }

  override ok(): void {
    this.status('OK');
  }

  override queued(): void {
    this.status('QUEUED');
  }

  override status(text: string): void {
    this.ascii(OP_STATUS, text);
  }

  override error(error: ReplyError): void {
    const start = this.byteCount;
    this.append(encodeReplyText(error.line));
    this.noteBytes(OP_ERROR, start);
  }

  override integer(value: number | bigint): void {
    this.note(OP_INTEGER, Number(value));
  }

  override bulk(value: Slice): void {
    const start = this.byteCount;
    const { bytes, start: from, end } = value;
    this.run(bytes, from, end);
    this.noteBytes(OP_BULK, start);
  }

  override bulks(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const start = this.byteCount;
      this.run(bytes, starts[i], ends[i]);
      this.noteBytes(OP_BULK, start);
    }
  }

  override beginBulk(length: number): void {
    this.bulkStart = this.byteCount;
    this.reserve(length);
  }

  override run(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const to = this.byteCount;
    const own = this.bytes;
    if (length < 32) for (let i = 0; i < length; i++) own[to + i] = bytes[start + i];
    else own.set(bytes.subarray(start, end), to);
    this.byteCount = to + length;
  }

  override endBulk(): void {
    this.noteBytes(OP_BULK, this.bulkStart);
  }

  override text(text: string): void {
    const start = this.byteCount;
    this.append(encodeReplyText(text));
    this.noteBytes(OP_BULK, start);
  }

  override integerBulk(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.ascii(OP_BULK, value.toString());
      return;
    }
    const start = this.byteCount;
    this.reserve(MAX_DOUBLE_LENGTH);
    this.byteCount = writeDecimal(this.bytes, start, value);
    this.noteBytes(OP_BULK, start);
  }

  override null(): void {
    this.note(OP_NULL, 0);
  }

  override nullArray(): void {
    this.note(OP_NULL, 0);
  }

  override array(length: number): void {
    this.note(OP_ARRAY, length);
  }

  override map(pairs: number): void {
    if (this.version === 3) this.note(OP_MAP, pairs);
    else this.note(OP_ARRAY, 2 * pairs);
  }

  override set(length: number): void {
    this.note(this.version === 3 ? OP_SET : OP_ARRAY, length);
  }

  override push(length: number): void {
    this.note(OP_ARRAY, length);
  }

  override attribute(pairs: number): void {
    this.note(OP_ATTRIBUTE, pairs);
  }

  override double(value: number): void {
    if (this.version === 3) {
      this.note(OP_DOUBLE, value);
      return;
    }
    const start = this.byteCount;
    this.reserve(MAX_DOUBLE_LENGTH);
    this.byteCount = writeDouble(this.bytes, start, value);
    this.noteBytes(OP_BULK, start);
  }

  override boolean(value: boolean): void {
    this.note(this.version === 3 ? OP_BOOLEAN : OP_INTEGER, value ? 1 : 0);
  }

  override verbatim(format: string, text: string): void {
    if (this.version === 2) {
      this.text(text);
      return;
    }
    const start = this.byteCount;
    this.append(encodeReplyText(`${format}:${text}`));
    this.noteBytes(OP_VERBATIM, start);
  }

  override decimal(digits: string): void {
    if (this.version === 2) this.ascii(OP_BULK, digits);
    else this.note(OP_DOUBLE, Number(digits === 'inf' ? Number.POSITIVE_INFINITY : digits));
  }

  override bigNumber(digits: string): void {
    this.ascii(this.version === 3 ? OP_BIG_NUMBER : OP_BULK, digits);
  }

  override beginDeferred(): DeferredMark {
    this.note(OP_ARRAY, 0);
    return this.operationCount - 2;
  }

  override endDeferred(mark: DeferredMark, kind: AggregateKind, length: number): void {
    const isTyped = this.version === 3 && (kind === 'map' || kind === 'set');
    this.operations[mark] = isTyped ? (kind === 'map' ? OP_MAP : OP_SET) : OP_ARRAY;
    this.operations[mark + 1] = !isTyped && kind === 'map' ? 2 * length : length;
  }

  private note(operation: number, operand: number): void {
    const at = this.operationCount;
    if (at + 3 > this.operations.length) this.growOperations();
    this.operations[at] = operation;
    this.operations[at + 1] = operand;
    this.operationCount = at + 2;
  }

  private noteBytes(operation: number, start: number): void {
    const at = this.operationCount;
    if (at + 3 > this.operations.length) this.growOperations();
    this.operations[at] = operation;
    this.operations[at + 1] = start;
    this.operations[at + 2] = this.byteCount - start;
    this.operationCount = at + 3;
  }

  private ascii(operation: number, text: string): void {
    const start = this.byteCount;
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[start + i] = text.charCodeAt(i);
    this.byteCount = start + text.length;
    this.noteBytes(operation, start);
  }

  private append(bytes: Uint8Array): void {
    this.run(bytes, 0, bytes.length);
  }

  private reserve(length: number): void {
    const needed = this.byteCount + length;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, needed));
    larger.set(this.bytes.subarray(0, this.byteCount));
    this.bytes = larger;
  }

  private growOperations(): void {
    const larger = new Float64Array(2 * this.operations.length);
    larger.set(this.operations);
    this.operations = larger;
  }
}
