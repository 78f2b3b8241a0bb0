/**
 * A message as many subscribers get it: encoded once, its bytes appended to each one's output.
 *
 * RESP2 and RESP3 differ in the first byte only: there it is an array, here a push.
 */
import { decimalLength, writeDecimal } from '../lib/integer.ts';
import { Slice } from '../lib/slice.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { RespWriter } from '../protocol/resp-writer.ts';
import type { Deliveries, Subscriber } from './subscriber.ts';

const ARRAY = 0x2a;
const PUSH = 0x3e;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;

/** `*3\r\n`. */
const HEADER_BYTES = 4;

export class Message {
  private readonly parts: readonly Slice[];
  private encoded: Uint8Array | null = null;

  /** @param parts at most nine bulk strings, the first one the kind of the message; read until the last delivery */
  constructor(...parts: readonly Slice[]) {
    this.parts = parts;
  }

  /** Sends the message to all subscribers; answers how many there are. */
  deliver(subscribers: ReadonlySet<Subscriber>, deliveries: Deliveries): number {
    const { current } = deliveries;
    for (const subscriber of subscribers) {
      if (subscriber === current) {
        const kept = new Message(...this.parts.map((part) => Slice.from(part.copy())));
        deliveries.hold((output) => kept.writeTo(output));
        continue;
      }
      this.writeTo(subscriber.output);
      subscriber.transport.scheduleFlush();
    }
    return subscribers.size;
  }

  private writeTo(output: ReplyWriter): void {
    if (output instanceof RespWriter) {
      this.encoded ??= encode(this.parts);
      const bytes = this.encoded;
      bytes[0] = output.version === 2 ? ARRAY : PUSH;
      output.appendRaw(bytes, 0, bytes.length);
      return;
    }
    output.push(this.parts.length);
    for (const part of this.parts) output.bulk(part);
  }
}

function encode(parts: readonly Slice[]): Uint8Array {
  let size = HEADER_BYTES;
  for (const { length } of parts) size += 1 + decimalLength(length) + 2 + length + 2;
  const bytes = new Uint8Array(size);
  bytes[1] = ZERO + parts.length;
  let at = lineBreak(bytes, 2);
  for (const { bytes: source, start, end } of parts) {
    bytes[at] = DOLLAR;
    at = lineBreak(bytes, writeDecimal(bytes, at + 1, end - start));
    bytes.set(source.subarray(start, end), at);
    at = lineBreak(bytes, at + end - start);
  }
  return bytes;
}

function lineBreak(bytes: Uint8Array, at: number): number {
  bytes[at] = CR;
  bytes[at + 1] = LF;
  return at + 2;
}
