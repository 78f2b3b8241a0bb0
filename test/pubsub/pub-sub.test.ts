import { describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import { ChunkPool } from '../../src/protocol/chunk-pool.ts';
import { RespWriter } from '../../src/protocol/resp-writer.ts';
import { PubSub } from '../../src/pubsub/pub-sub.ts';
import type { Subscriber } from '../../src/pubsub/subscriber.ts';

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

function nobody(): PubSub {
  return new PubSub({ current: null, hold: () => undefined });
}

describe('PubSub', () => {
  it('reaches ten thousand subscribers of one channel, each in its protocol', () => {
    const pubsub = nobody();
    const listeners = Array.from({ length: 10_000 }, (_, i) => new Listener(i % 2 === 0 ? 2 : 3));
    const channel = Slice.from('channel');
    for (const listener of listeners) pubsub.subscribe(listener, 'channel', channel);
    expect(pubsub.publish(channel, Slice.from('hello'))).toBe(10_000);
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
    const held: ((output: RespWriter) => void)[] = [];
    const pubsub = new PubSub({ current, hold: (write) => held.push(write) });
    const bytes = Buffer.from('channel message');
    const [channel, message] = [Slice.from(bytes.subarray(0, 7)), Slice.from(bytes.subarray(8))];
    for (const listener of [current, other]) pubsub.subscribe(listener, 'channel', channel);
    expect(pubsub.publish(channel, message)).toBe(2);
    bytes.fill(0x21);
    expect(current.received).toBe('');
    for (const write of held) write(current.output);
    expect(current.received).toBe('>3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$7\r\nmessage\r\n');
    expect(other.received).toBe('*3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$7\r\nmessage\r\n');
  });
});
