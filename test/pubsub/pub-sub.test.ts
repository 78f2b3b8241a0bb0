import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import { ChunkPool } from '../../src/protocol/chunk-pool.ts';
import type { ReplyWriter } from '../../src/protocol/reply-writer.ts';
import { RespWriter } from '../../src/protocol/resp-writer.ts';
import { PubSub } from '../../src/pubsub/pub-sub.ts';
import type { Deliveries, Subscriber } from '../../src/pubsub/subscriber.ts';

const pool = new ChunkPool();

class Listener implements Subscriber {
  readonly output: RespWriter;
  channelCount = 0;
  patternCount = 0;
  shardChannelCount = 0;
  subscriptionBytes = 0;
  flushes = 0;
  readonly transport = { scheduleFlush: (): void => void this.flushes++ };

  constructor(version: 2 | 3 = 2) {
    this.output = new RespWriter(pool, version);
  }

  get received(): string {
    const runs = this.output.takeAll();
    const text = Buffer.concat(runs).toString('latin1');
    this.output.release(runs.length);
    return text;
  }
}

/** Collects for many until it is told that the turn ends. */
class Turn implements Deliveries {
  current: object | null = null;
  readonly held: ((output: ReplyWriter) => void)[] = [];
  private postponed: (() => void) | null = null;

  hold(write: (output: ReplyWriter) => void): void {
    this.held.push(write);
  }

  postpone(write: () => void): void {
    this.settle();
    this.postponed = write;
  }

  settle(): void {
    const { postponed } = this;
    this.postponed = null;
    postponed?.();
  }
}

function nobody(): PubSub {
  return new PubSub(new Turn());
}

describe('PubSub', () => {
  it('reaches ten thousand subscribers of one channel, each in its protocol', () => {
    const turn = new Turn();
    const pubsub = new PubSub(turn);
    const listeners = Array.from({ length: 10_000 }, (_, i) => new Listener(i % 2 === 0 ? 2 : 3));
    const channel = Slice.from('channel');
    for (const listener of listeners) pubsub.subscribe(listener, 'channel', channel);
    expect(pubsub.publish(channel, Slice.from('hello'))).toBe(10_000);
    turn.settle();
    for (const [i, listener] of listeners.entries()) {
      expect(listener.flushes).toBe(1);
      const kind = i % 2 === 0 ? '*' : '>';
      expect(listener.received).toBe(`${kind}3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$5\r\nhello\r\n`);
    }
    for (const listener of listeners) pubsub.forget(listener);
    expect(pubsub.count('channel')).toBe(0);
    expect(pubsub.publish(channel, Slice.from('hello'))).toBe(0);
  });

  it('writes messages of all lengths', () => {
    const pubsub = nobody();
    const listener = new Listener();
    pubsub.subscribe(listener, 'pattern', Slice.from('c*'));
    for (const length of [0, 9, 10, 64, 65, 4095, 4096, 100_000]) {
      const text = 'x'.repeat(length);
      expect(pubsub.publish(Slice.from('chan'), Slice.from(text))).toBe(1);
      const expected = `*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$4\r\nchan\r\n$${length}\r\n${text}\r\n`;
      expect(listener.received === expected, `length ${length}`).toBe(true);
    }
  });

  it('counts what subscriptions take', () => {
    const pubsub = nobody();
    const listener = new Listener();
    pubsub.subscribe(listener, 'channel', Slice.from('a'));
    pubsub.subscribe(listener, 'channel', Slice.from('a'));
    const one = listener.subscriptionBytes;
    pubsub.subscribe(listener, 'shard', Slice.from('a'));
    expect(listener.subscriptionBytes).toBe(2 * one);
    expect([listener.channelCount, listener.patternCount, listener.shardChannelCount]).toEqual([1, 0, 1]);
    pubsub.unsubscribe(listener, 'channel', 'a');
    pubsub.unsubscribe(listener, 'channel', 'a');
    pubsub.unsubscribe(listener, 'shard', 'a');
    expect(listener.subscriptionBytes).toBe(0);
    expect(pubsub.hasListeners).toBe(false);
  });

  it('finds the last channel again only as long as it has subscribers', () => {
    const pubsub = nobody();
    const [a, b] = [new Listener(), new Listener()];
    const channel = Slice.from('c');
    pubsub.subscribe(a, 'channel', channel);
    expect(pubsub.publish(channel, channel)).toBe(1);
    pubsub.unsubscribe(a, 'channel', 'c');
    expect(pubsub.publish(channel, channel)).toBe(0);
    pubsub.subscribe(b, 'channel', channel);
    expect(pubsub.publish(channel, channel)).toBe(1);
    expect(pubsub.publish(Slice.from('d'), channel)).toBe(0);
  });

  it('keeps what the current session is sent, with bytes of its own', () => {
    const [other, current] = [new Listener(), new Listener(3)];
    const turn = new Turn();
    turn.current = current;
    const pubsub = new PubSub(turn);
    const bytes = Buffer.from('channel message');
    const [channel, message] = [Slice.from(bytes.subarray(0, 7)), Slice.from(bytes.subarray(8))];
    for (const listener of [current, other]) pubsub.subscribe(listener, 'channel', channel);
    expect(pubsub.publish(channel, message)).toBe(2);
    bytes.fill(0x21);
    expect(current.received).toBe('');
    for (const write of turn.held) write(current.output);
    expect(current.received).toBe('>3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$7\r\nmessage\r\n');
    expect(other.received).toBe('*3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$7\r\nmessage\r\n');
  });

  it('collects messages for many without changing what each of them reads, or in which order', () => {
    const step = fc.record({
      kind: fc.constantFrom(
        'publish',
        'publish',
        'publish',
        'publish',
        'long',
        'reply',
        'join',
        'leave',
        'gone',
        'end',
      ),
      who: fc.nat(19),
      channel: fc.constantFrom('a', 'a', 'a', 'b', 'shard', 'other'),
      text: fc.string({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const turn = new Turn();
        const pubsub = new PubSub(turn);
        const listeners = Array.from({ length: 20 }, (_, i) => new Listener(i % 3 === 0 ? 3 : 2));
        const expected = new Map(listeners.map((listener) => [listener, '']));
        const received = new Map(listeners.map((listener) => [listener, '']));
        const names = { a: new Set(listeners), b: new Set(listeners.slice(5)), shard: new Set(listeners.slice(3)) };
        const patterns = new Set(listeners.slice(0, 2));
        for (const [name, members] of Object.entries(names)) {
          for (const each of members) pubsub.subscribe(each, name === 'shard' ? 'shard' : 'channel', Slice.from(name));
        }
        for (const each of patterns) pubsub.subscribe(each, 'pattern', Slice.from('[bc]'));
        const tell = (members: ReadonlySet<Listener>, ...parts: string[]): void => {
          for (const each of members) {
            const body = parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('');
            expected.set(
              each,
              `${expected.get(each)}${each.output.version === 2 ? '*' : '>'}${parts.length}\r\n${body}`,
            );
          }
        };
        const endTurn = (): void => {
          turn.settle();
          for (const each of listeners) received.set(each, received.get(each) + each.received);
        };
        for (const { kind, who, channel, text } of steps) {
          const listener = listeners[who];
          const members = channel === 'other' ? undefined : names[channel as keyof typeof names];
          const type = channel === 'shard' ? 'shard' : 'channel';
          if (kind === 'publish' || kind === 'long') {
            const message = Buffer.from(kind === 'long' ? text.repeat(500) : text).toString('latin1');
            const parts = [Slice.from(channel), Slice.from(Buffer.from(message, 'latin1'))] as const;
            if (type === 'shard') {
              expect(pubsub.publishToShard(...parts)).toBe(names.shard.size);
              tell(names.shard, 'smessage', channel, message);
            } else {
              const matching = channel === 'b' ? patterns : new Set<Listener>();
              expect(pubsub.publish(...parts)).toBe((members?.size ?? 0) + matching.size);
              tell(members ?? new Set(), 'message', channel, message);
              tell(matching, 'pmessage', '[bc]', channel, message);
            }
          } else if (kind === 'reply') {
            turn.settle();
            listener.output.integer(who);
            expected.set(listener, `${expected.get(listener)}:${who}\r\n`);
          } else if (kind === 'join' && members !== undefined) {
            pubsub.subscribe(listener, type, Slice.from(channel));
            members.add(listener);
          } else if (kind === 'leave' && members !== undefined) {
            turn.settle();
            pubsub.unsubscribe(listener, type, channel);
            members.delete(listener);
          } else if (kind === 'gone') {
            endTurn();
            pubsub.forget(listener);
            for (const set of [...Object.values(names), patterns]) set.delete(listener);
          } else if (kind === 'end') endTurn();
        }
        endTurn();
        for (const each of listeners) expect(received.get(each)).toBe(expected.get(each));
      }),
      { numRuns: 150 },
    );
  });
});
