/**
 * Messages for the same many subscribers, collected over a turn of the event loop.
 *
 * To append a message to a thousand outputs costs more than all else about it. So messages that follow each other to the
 * same subscribers are encoded one behind the other, and given to each output once, when {@link Deliveries} says, to be
 * sent from where they are. Bytes that were given away are never changed.
 */
import { invariant } from '../lib/invariant.ts';
import type { RespVersion } from '../protocol/reply-writer.ts';
import { RespWriter } from '../protocol/resp-writer.ts';
import { type Message, startOf } from './message.ts';
import type { Deliveries, Subscriber } from './subscriber.ts';

const NOTHING = new Uint8Array(0);

/** With fewer subscribers, collecting costs more than it saves. */
const MIN_SUBSCRIBERS = 8;
/** So much is collected at most; longer messages are not. */
const CAPACITY_BYTES = 64 * 1024;
/** Memory for so much is taken first. */
const MIN_BYTES = 4 * 1024;

export class Broadcast {
  private readonly deliveries: Deliveries;
  private subscribers: ReadonlySet<Subscriber> | null = null;
  private bytes: Uint8Array = NOTHING;
  private size = 0;
  /** Where messages begin. */
  private readonly starts: number[] = [];
  private readonly send = (): void => this.settle();

  constructor(deliveries: Deliveries) {
    this.deliveries = deliveries;
  }

  /**
   * Takes a message that these are to get, all of whom are sent RESP. The set itself is read later.
   *
   * @returns false where it has to be delivered at once
   */
  add(message: Message, subscribers: ReadonlySet<Subscriber>): boolean {
    if (subscribers.size < MIN_SUBSCRIBERS) return false;
    const { current } = this.deliveries;
    // What clients send themselves comes right after its reply.
    if (current !== null && subscribers.has(current as Subscriber)) return false;
    const length = message.encodedLength;
    if (length > CAPACITY_BYTES) return false;
    if (this.subscribers !== subscribers || this.size + length > CAPACITY_BYTES) {
      this.deliveries.postpone(this.send);
      this.subscribers = subscribers;
    }
    if (this.size + length > this.bytes.length) this.grow(this.size + length);
    message.encodeInto(this.bytes, this.size);
    this.starts.push(this.size);
    this.size += length;
    return true;
  }

  private settle(): void {
    const { subscribers, bytes, size } = this;
    if (subscribers === null) return;
    let in2: Uint8Array | null = null;
    let in3: Uint8Array | null = null;
    for (const subscriber of subscribers) {
      const { output } = subscriber;
      invariant(output instanceof RespWriter, 'messages were collected for somebody who takes none in RESP');
      if (output.version === 2) {
        in2 ??= this.encodedFor(2, in3 === null ? bytes : bytes.slice(0, size));
        output.appendShared(in2, 0, size);
      } else {
        in3 ??= this.encodedFor(3, in2 === null ? bytes : bytes.slice(0, size));
        output.appendShared(in3, 0, size);
      }
      subscriber.transport.scheduleFlush();
    }
    this.subscribers = null;
    this.size = 0;
    this.starts.length = 0;
    this.bytes = NOTHING;
  }

  private encodedFor(version: RespVersion, bytes: Uint8Array): Uint8Array {
    const start = startOf(version);
    for (const at of this.starts) bytes[at] = start;
    return bytes;
  }

  private grow(bytes: number): void {
    const grown = new Uint8Array(Math.min(CAPACITY_BYTES, Math.max(MIN_BYTES, this.bytes.length * 2, bytes)));
    grown.set(this.bytes.subarray(0, this.size));
    this.bytes = grown;
  }
}
