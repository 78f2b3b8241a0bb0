import type { Slice } from '../lib/slice.ts';
import type { ReplyError } from './reply-error.ts';

/** The two wire protocols; see RESP2 and RESP3 in Redis's protocol specification. */
export type RespVersion = 2 | 3;

/** Marks where an aggregate of yet unknown length begins; see {@link ReplyWriter.beginDeferred}. */
export type DeferredMark = number;

/** The aggregate types whose header carries a length. */
export type AggregateKind = 'array' | 'map' | 'set' | 'push';

/**
 * What command handlers write their replies to.
 *
 * Handlers say what they mean (a map, a double, a set); each form writes it in its own way: {@link RespWriter} as
 * RESP2 or RESP3 bytes, {@link CaptureWriter} as JavaScript values. A handler never asks which it has.
 *
 * Every method appends one complete reply element unless it says otherwise. Aggregates announce the number of
 * elements (of pairs, for maps) and the elements follow.
 */
export abstract class ReplyWriter {
  abstract readonly version: RespVersion;
  /** Bytes written and not sent yet; 0 where replies are no bytes. */
  abstract readonly pendingBytes: number;

  /** `+OK`. */
  abstract ok(): void;
  /** `QUEUED`. */
  abstract queued(): void;
  /** A simple string; `text` is ASCII without line breaks. */
  abstract status(text: string): void;
  abstract error(error: ReplyError): void;
  /** A 64-bit integer; pass a bigint only outside ±2^53. */
  abstract integer(value: number | bigint): void;
  /** A bulk string of the slice's bytes. */
  abstract bulk(value: Slice): void;
  /** `count` bulk strings, `bytes[starts[i], ends[i])` for each i below it. */
  abstract bulks(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void;
  /** A bulk string of `length` bytes, which {@link run} appends piece by piece; {@link endBulk} closes it. */
  abstract beginBulk(length: number): void;
  abstract run(bytes: Uint8Array, start: number, end: number): void;
  abstract endBulk(): void;
  /** A bulk string of the UTF-8 bytes of `text`. */
  abstract text(text: string): void;
  /** A bulk string of an integer's digits. */
  abstract integerBulk(value: number | bigint): void;
  /** The null bulk string of RESP2 (`$-1`), `_` in RESP3. */
  abstract null(): void;
  /** The null array of RESP2 (`*-1`), `_` in RESP3. */
  abstract nullArray(): void;
  abstract array(length: number): void;
  /** `pairs` keys and values; in RESP2 an array of twice the length. */
  abstract map(pairs: number): void;
  /** In RESP2 an array. */
  abstract set(length: number): void;
  /** An out-of-band message; in RESP2 an array. */
  abstract push(length: number): void;
  /** Attributes of the reply that follows, `pairs` keys and values. In version 3 only. */
  abstract attribute(pairs: number): void;
  /** In RESP2 a bulk string, in Redis's shortest-round-trip form (`%.17g`). */
  abstract double(value: number): void;
  /** In RESP2 the integer 1 or 0. */
  abstract boolean(value: boolean): void;
  /** A text with a three-letter format (`txt`, `mkd`); in RESP2 a bulk string. */
  abstract verbatim(format: string, text: string): void;
  /** A float given by its digits, in decimal notation; in RESP2 a bulk string. */
  abstract decimal(digits: string): void;
  /** An integer of any size given by its digits; in RESP2 a bulk string. */
  abstract bigNumber(digits: string): void;

  /** Begins an aggregate whose length is known only at its end. May be nested. */
  abstract beginDeferred(): DeferredMark;
  /** Puts the header of an aggregate before what was written since `mark`. Close the innermost first. */
  abstract endDeferred(mark: DeferredMark, kind: AggregateKind, length: number): void;
}
