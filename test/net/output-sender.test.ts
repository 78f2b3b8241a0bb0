import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import { NetworkStats } from '../../src/net/network-stats.ts';
import { OutputSender } from '../../src/net/output-sender.ts';
import { ChunkPool } from '../../src/protocol/chunk-pool.ts';
import { RespWriter } from '../../src/protocol/resp-writer.ts';

const NO_DESCRIPTOR = 1 << 20;

/** A stream in place of the socket, and a file in place of what its descriptor leads to. */
class Subject {
  readonly pool = new ChunkPool();
  readonly writer = new RespWriter(this.pool);
  readonly stats = new NetworkStats();
  readonly streamed: string[] = [];
  /** Goes on with what the stream was given. */
  readonly accept: (() => void)[] = [];
  readonly stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.streamed.push(chunk.toString('latin1'));
      this.accept.push(done);
    },
  });
  readonly sender: OutputSender;

  constructor(descriptor: number) {
    const socket = this.stream as unknown as net.Socket;
    this.sender = new OutputSender(socket, descriptor, this.writer, this.stats, () => undefined);
  }
}

describe('OutputSender', () => {
  let directory: string;
  let descriptor: number;
  const sent = (): string => readFileSync(join(directory, 'sent'), 'latin1');

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'respd-sender-'));
    descriptor = openSync(join(directory, 'sent'), 'w');
  });

  afterEach(() => {
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
  });

  it('writes to the descriptor, and holds nothing then', () => {
    const { sender, writer, pool, stats, streamed } = new Subject(descriptor);
    writer.ok();
    sender.send();
    writer.bulk(Slice.from('x'.repeat(100_000)));
    sender.send();
    expect(sent()).toBe(`+OK\r\n$100000\r\n${'x'.repeat(100_000)}\r\n`);
    expect([sender.bytes, sender.chunks, streamed.length, stats.writes]).toEqual([0, 0, 0, 2]);
    expect(stats.outputBytes).toBe(sent().length);
    expect(pool.freeBytes).toBeGreaterThan(0);
  });

  it('leaves to the stream what the descriptor does not take, and all that follows until it is sent', async () => {
    const { sender, writer, streamed, accept, stats } = new Subject(NO_DESCRIPTOR);
    writer.ok();
    sender.send();
    expect([streamed, sender.bytes, sender.isStalled]).toEqual([['+OK\r\n'], 5, false]);
    writer.integer(7);
    sender.send();
    expect([streamed.length, sender.bytes]).toEqual([1, 9]);
    accept[0]();
    await new Promise(setImmediate);
    expect([sender.bytes, sender.isStalled, stats.outputBytes]).toEqual([4, true, 5]);
    sender.send();
    accept[1]();
    await new Promise(setImmediate);
    expect([streamed, sender.bytes, sender.chunks, stats.outputBytes]).toEqual([['+OK\r\n', ':7\r\n'], 0, 0, 9]);
  });

  it('never writes to the descriptor of a socket that was destroyed', () => {
    const { sender, writer, stream } = new Subject(descriptor);
    stream.destroy();
    stream.on('error', () => undefined);
    writer.ok();
    sender.send();
    writer.ok();
    sender.seal(1);
    sender.sendSealed(1);
    expect(sent()).toBe('');
  });

  it('sends what was sealed when its position is durable, in order', () => {
    const { sender, writer, stats } = new Subject(descriptor);
    for (const [value, position] of [
      [1, 10],
      [2, 20],
      [3, 20],
      [4, 30],
    ]) {
      writer.integer(value);
      sender.seal(position);
    }
    expect(sender.sealedBytes).toBe(16);
    sender.sendSealed(9);
    expect(sent()).toBe('');
    sender.sendSealed(20);
    expect([sent(), sender.sealedBytes]).toEqual([':1\r\n:2\r\n:3\r\n', 4]);
    sender.sendSealed(30);
    expect([sent(), sender.bytes, sender.chunks]).toEqual([':1\r\n:2\r\n:3\r\n:4\r\n', 0, 0]);
    expect(stats.outputBytes).toBe(16);
  });

  it('drops what waits', () => {
    const { sender, writer } = new Subject(descriptor);
    writer.ok();
    sender.seal(1);
    writer.ok();
    sender.discard();
    sender.sendSealed(1);
    expect([sent(), sender.bytes]).toEqual(['', 0]);
    sender.dispose();
    expect(sender.chunks).toBe(0);
  });
});
