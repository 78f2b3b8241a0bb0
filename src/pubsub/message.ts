/**
 * A message as many subscribers get it: encoded once, its bytes appended to each one's output.
 *
 * RESP2 and RESP3 differ in the first byte only: there it is an array, here a push.
 */
import { decimalLength, writeDecimal } from '../lib/integer.ts';
import { Slice } from '../lib/slice.ts';
import type { ReplyWriter, RespVersion } from '../protocol/reply-writer.ts';
import { RespWriter } from '../protocol/resp-writer.ts';
import type { Deliveries, Subscriber } from './subscriber.ts';

const ARRAY = 0x2a;
const PUSH = 0x3e;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;

/** Up to so many bytes are copied one by one. */
const SHORT_PART = 64;

/** `*3\r\n`. */
const HEADER_BYTES = 4;
/** Longer messages are encoded into memory of their own. */
const SCRATCH_BYTES = 4096;

export class Message {
  /** At most nine bulk strings, the first one the kind of the message. */
  private readonly parts: readonly Slice[];

  /** @param parts read until the end of the delivery */
  constructor(parts: readonly Slice[]) {
    this.parts = parts;
  }

  /** Sends the message to all subscribers; answers how many there are. */
  deliver(subscribers: ReadonlySet<Subscriber>, deliveries: Deliveries): number {
    const { current } = deliveries;
    let encoded: Uint8Array | null = null;
    for (const subscriber of subscribers) {
      if (subscriber === current) {
        const kept = new Message(this.parts.map((part) => Slice.from(part.copy())));
        deliveries.hold((output) => kept.writeTo(output));
        continue;
      }
      const { output } = subscriber;
      if (output instanceof RespWriter) {
        encoded ??= encode(this.parts);
        encoded[0] = startOf(output.version);
        output.appendRaw(encoded, 0, encoded.length);
      } else this.writeTo(output);
      subscriber.transport.scheduleFlush();
    }
    return subscribers.size;
  }

  /** How many bytes {@link encodeInto} writes. */
  get encodedLength(): number {
    return encodedLength(this.parts);
  }

  /** Writes the message but for its first byte, which is {@link startOf} its reader's protocol. */
  encodeInto(bytes: Uint8Array, at: number): void {
    encodeInto(this.parts, bytes, at);
  }

  private writeTo(output: ReplyWriter): void {
    output.push(this.parts.length);
    for (const part of this.parts) output.bulk(part);
  }
}

const scratch = new Uint8Array(SCRATCH_BYTES);

/** The first byte of a message in this version of the protocol. */
export function startOf(version: RespVersion): number {
  return version === 2 ? ARRAY : PUSH;
}

function encodedLength(parts: readonly Slice[]): number {
  let size = HEADER_BYTES;
  for (let i = 0; i < parts.length; i++) {
    const { length } = parts[i];
    size += 1 + decimalLength(length) + 2 + length + 2;
  }
  return size;
}

/** The message, valid until the next one is encoded: each is appended to all outputs before that. */
function encode(parts: readonly Slice[]): Uint8Array {
  const size = encodedLength(parts);
  const bytes = size <= SCRATCH_BYTES ? scratch.subarray(0, size) : new Uint8Array(size);
  encodeInto(parts, bytes, 0);
  return bytes;
}

/** Writes everything but the first byte. */
function encodeInto(parts: readonly Slice[], bytes: Uint8Array, start: number): void {
  bytes[start + 1] = ZERO + parts.length;
  let at = lineBreak(bytes, start + 2);
  for (let i = 0; i < parts.length; i++) {
    const { bytes: source, start, end } = parts[i];
    const length = end - start;
    bytes[at] = DOLLAR;
    at = lineBreak(bytes, writeDecimal(bytes, at + 1, length));
    if (length > SHORT_PART) bytes.set(source.subarray(start, end), at);
    else for (let k = 0; k < length; k++) bytes[at + k] = source[start + k];
    at = lineBreak(bytes, at + length);
  }
}

function lineBreak(bytes: Uint8Array, at: number): number {
  bytes[at] = CR;
  bytes[at + 1] = LF;
  return at + 2;
}
