/**
 * Replies as JavaScript values: for scripts, the embedded API and tests.
 *
 * A reply keeps its type: a map is a {@link MapReply} and no array, a double no integer. In version 2 the types that
 * RESP2 lacks become what they are there: maps and sets are arrays, doubles bulk strings, booleans integers.
 *
 * What is written is kept as a flat list of elements, in which aggregates are headers; the tree is built when a
 * reply is taken. So a deferred length is filled in and a rewind is a cut, at any depth.
 */
import { formatDouble } from '../lib/double.ts';
import { invariant } from '../lib/invariant.ts';
import type { Slice } from '../lib/slice.ts';
import { ReplyError } from './reply-error.ts';
import { decodeReplyText, encodeReplyText } from './reply-text.ts';
import { type AggregateKind, type DeferredMark, ReplyWriter, type RespVersion } from './reply-writer.ts';

/** A simple string, such as `OK`. */
export class StatusReply {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A RESP3 double; integers are plain numbers or bigints. */
export class DoubleReply {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A RESP3 integer of any size. */
export class BigNumberReply {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/** A RESP3 text with a three-letter format. */
export class VerbatimReply {
  readonly format: string;
  readonly text: string;

  constructor(format: string, text: string) {
    this.format = format;
    this.text = text;
  }
}

/** A RESP3 map, in the order in which it was written. */
export class MapReply {
  readonly entries: readonly (readonly [ReplyValue, ReplyValue])[];

  constructor(entries: readonly (readonly [ReplyValue, ReplyValue])[]) {
    this.entries = entries;
  }
}

/** A RESP3 set, in the order in which it was written. */
export class SetReply {
  readonly members: readonly ReplyValue[];

  constructor(members: readonly ReplyValue[]) {
    this.members = members;
  }
}

/** A RESP3 out-of-band message. */
export class PushReply {
  readonly elements: readonly ReplyValue[];

  constructor(elements: readonly ReplyValue[]) {
    this.elements = elements;
  }
}

/** One reply. Bulk strings are their bytes, integers numbers while safe and bigints beyond, arrays arrays. */
export type ReplyValue =
  | null
  | number
  | bigint
  | boolean
  | Uint8Array
  | StatusReply
  | ReplyError
  | DoubleReply
  | BigNumberReply
  | VerbatimReply
  | MapReply
  | SetReply
  | PushReply
  | readonly ReplyValue[];

/** The header of an aggregate in the flat list. */
class Header {
  kind: AggregateKind | 'attribute';
  /** Elements, or pairs of a map; -1 while not yet known. */
  length: number;

  constructor(kind: AggregateKind | 'attribute', length: number) {
    this.kind = kind;
    this.length = length;
  }
}

type Element = Exclude<ReplyValue, readonly ReplyValue[]> | Header;

const OK = new StatusReply('OK');
const QUEUED = new StatusReply('QUEUED');

export class CaptureWriter extends ReplyWriter {
  version: RespVersion;
  override readonly pendingBytes = 0;

  private elements: Element[] = [];
  private bulkBytes: Uint8Array | null = null;
  private bulkUsed = 0;
  private reading = 0;

  /** @param version which types replies have; 3 keeps them all */
  constructor(version: RespVersion = 3) {
    super();
    this.version = version;
  }

  /** The one reply that was written since the last call; it must be there and whole. */
  take(): ReplyValue {
    const replies = this.takeAll();
    invariant(replies.length === 1, `one reply was expected, ${replies.length} were written`);
    return replies[0];
  }

  /** All replies written since the last call; the last one must be whole. */
  takeAll(): ReplyValue[] {
    invariant(this.bulkBytes === null, 'a bulk string was not closed');
    const replies: ReplyValue[] = [];
    this.reading = 0;
    while (this.reading < this.elements.length) replies.push(this.build());
    this.elements = [];
    return replies;
  }

  /** Drops what was written. */
  reset(): void {
    this.rewind(0);
  }

  /** The current end of what was written, for {@link rewind}. */
  mark(): number {
    return this.elements.length;
  }

  /** Drops everything written since `mark`. */
  rewind(mark: number): void {
    this.elements.length = mark;
    this.bulkBytes = null;
  }

  override ok(): void {
    this.elements.push(OK);
  }

  override queued(): void {
    this.elements.push(QUEUED);
  }

  override status(text: string): void {
    this.elements.push(new StatusReply(text));
  }

  override error(error: ReplyError): void {
    this.elements.push(error);
  }

  override integer(value: number | bigint): void {
    this.elements.push(value);
  }

  override bulk(value: Slice): void {
    this.elements.push(value.copy());
  }

  override bulks(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) this.elements.push(bytes.slice(starts[i], ends[i]));
  }

  override beginBulk(length: number): void {
    this.bulkBytes = new Uint8Array(length);
    this.bulkUsed = 0;
  }

  override run(bytes: Uint8Array, start: number, end: number): void {
    invariant(this.bulkBytes !== null, 'a run was written outside a bulk string');
    this.bulkBytes.set(bytes.subarray(start, end), this.bulkUsed);
    this.bulkUsed += end - start;
  }

  override endBulk(): void {
    const bytes = this.bulkBytes;
    invariant(bytes !== null && this.bulkUsed === bytes.length, 'a bulk string is not as long as announced');
    this.elements.push(bytes);
    this.bulkBytes = null;
  }

  override text(text: string): void {
    this.elements.push(encodeReplyText(text));
  }

  override integerBulk(value: number | bigint): void {
    this.text(Object.is(value, -0) ? '0' : value.toString());
  }

  override null(): void {
    this.elements.push(null);
  }

  override nullArray(): void {
    this.elements.push(null);
  }

  override array(length: number): void {
    this.elements.push(new Header('array', length));
  }

  override map(pairs: number): void {
    this.aggregate('map', pairs);
  }

  override set(length: number): void {
    this.aggregate('set', length);
  }

  override push(length: number): void {
    this.aggregate('push', length);
  }

  override attribute(pairs: number): void {
    this.elements.push(new Header('attribute', pairs));
  }

  override double(value: number): void {
    if (this.version === 2) this.text(formatDouble(value));
    else this.elements.push(new DoubleReply(value));
  }

  override boolean(value: boolean): void {
    if (this.version === 2) this.elements.push(value ? 1 : 0);
    else this.elements.push(value);
  }

  override verbatim(format: string, text: string): void {
    if (this.version === 2) this.text(text);
    else this.elements.push(new VerbatimReply(format, text));
  }

  override decimal(digits: string): void {
    if (this.version === 2) this.text(digits);
    else this.double(Number(digits));
  }

  override bigNumber(digits: string): void {
    if (this.version === 2) this.text(digits);
    else this.elements.push(new BigNumberReply(digits));
  }

  override beginDeferred(): DeferredMark {
    this.elements.push(new Header('array', -1));
    return this.elements.length - 1;
  }

  override endDeferred(mark: DeferredMark, kind: AggregateKind, length: number): void {
    const header = this.elements[mark];
    invariant(header instanceof Header && header.length === -1, 'no deferred aggregate begins at this mark');
    this.elements[mark] = this.headerOf(kind, length);
  }

  private aggregate(kind: AggregateKind, length: number): void {
    this.elements.push(this.headerOf(kind, length));
  }

  private headerOf(kind: AggregateKind, length: number): Header {
    if (this.version === 3) return new Header(kind, length);
    return new Header('array', kind === 'map' ? 2 * length : length);
  }

  /** Builds the value that begins at the reading position, which moves behind it. */
  private build(): ReplyValue {
    invariant(this.reading < this.elements.length, 'a reply has fewer elements than it announced');
    const element = this.elements[this.reading++];
    if (!(element instanceof Header)) return element;
    invariant(element.length >= 0, 'a deferred aggregate was not closed');
    if (element.kind === 'attribute') {
      // A value has no place for them.
      for (let i = 0; i < 2 * element.length; i++) this.build();
      return this.build();
    }
    if (element.kind === 'map') {
      const entries: [ReplyValue, ReplyValue][] = [];
      for (let i = 0; i < element.length; i++) entries.push([this.build(), this.build()]);
      return new MapReply(entries);
    }
    const values: ReplyValue[] = [];
    for (let i = 0; i < element.length; i++) values.push(this.build());
    if (element.kind === 'set') return new SetReply(values);
    return element.kind === 'push' ? new PushReply(values) : values;
  }
}

/** What {@link toPlain} makes of a reply. */
export type PlainValue =
  | null
  | number
  | bigint
  | boolean
  | string
  | Buffer
  | ReplyError
  | PlainValue[]
  | { [field: string]: PlainValue };

export interface PlainOptions {
  /** Bulk strings as text, or as buffers. Texts that are no bulk strings and keys of maps are always strings. */
  readonly encoding: 'utf8' | 'bytes';
}

/**
 * A reply as a user of the embedded API expects it: statuses, verbatim texts and (as `utf8`) bulk strings are strings,
 * doubles numbers, big numbers bigints, sets and pushes arrays. A map becomes an object without a prototype if
 * all its keys are texts or numbers, else an array of pairs. Errors inside an aggregate (as from EXEC) stay
 * {@link ReplyError} values, and so does one that is the whole reply: whether to throw it is the caller's to say.
 */
export function toPlain(value: ReplyValue, options: PlainOptions): PlainValue {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) {
    const buffer = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return options.encoding === 'utf8' ? buffer.toString('utf8') : buffer;
  }
  if (value instanceof ReplyError) return value;
  if (value instanceof StatusReply || value instanceof VerbatimReply) return value.text;
  if (value instanceof DoubleReply) return value.value;
  if (value instanceof BigNumberReply) return BigInt(value.digits);
  if (value instanceof MapReply) return plainMap(value, options);
  const elements = value instanceof SetReply ? value.members : value instanceof PushReply ? value.elements : value;
  return elements.map((element) => toPlain(element, options));
}

function plainMap(map: MapReply, options: PlainOptions): PlainValue {
  const object: { [field: string]: PlainValue } = Object.create(null);
  for (const [key, value] of map.entries) {
    const field = fieldName(key);
    if (field === null) return map.entries.map(([k, v]) => [toPlain(k, options), toPlain(v, options)]);
    object[field] = toPlain(value, options);
  }
  return object;
}

function fieldName(key: ReplyValue): string | null {
  if (key instanceof Uint8Array) return decodeReplyText(key, 0, key.length);
  if (key instanceof StatusReply || key instanceof VerbatimReply) return key.text;
  if (key instanceof DoubleReply) return formatDouble(key.value);
  return typeof key === 'number' || typeof key === 'bigint' ? key.toString() : null;
}
