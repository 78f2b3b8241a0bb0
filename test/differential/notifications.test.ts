/**
 * Keyspace notifications of random commands, beside real Redis: which events, in which order, with which texts.
 * `DIFF_SEED` repeats a run, `DIFF_COMMANDS` sets its length.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { families } from '../../src/commands/index.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { Command, RespClient } from '../support/resp-client.ts';
import { textsOf } from '../support/resp-reply.ts';
import { startRespd } from '../support/respd-server.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { Generator, type Step } from './generator.ts';
import { MessageStream } from './message-stream.ts';

const isCi = process.env['CI'] === 'true';
const seed = Number(process.env['DIFF_SEED'] ?? (isCi ? 1 : Date.now() % 1_000_000));
const commands = Number(process.env['DIFF_COMMANDS'] ?? 10_000);
const BATCH = 100;

/** SORT is left out as in the comparison of replies. */
const specs = families.flat().filter(({ name }) => name !== 'sort' && name !== 'sort_ro');

/** A server's client, and who listens to its events. */
class Peer {
  private readonly client: RespClient;
  private readonly listener: MessageStream;
  private batches = 0;

  private constructor(client: RespClient, listener: MessageStream) {
    this.client = client;
    this.listener = listener;
  }

  static async open(server: ServerProcess): Promise<Peer> {
    const client = await server.connect();
    await client.call('FLUSHALL');
    await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    await client.call('CONFIG', 'SET', 'notify-keyspace-events', 'KEAmn');
    const listener = await MessageStream.connect(server.socketPath);
    listener.send([['PSUBSCRIBE', '__key*']]);
    await listener.count(1);
    listener.take();
    return new Peer(client, listener);
  }

  /** The events of each command, in a line each. */
  async eventsOf(batch: readonly Command[]): Promise<readonly string[]> {
    const last = `__key:end-${this.batches++}`;
    await this.client.send([
      ...batch.flatMap((command) => [command, ['PUBLISH', '__key:next', '']]),
      ['PUBLISH', last, ''],
    ]);
    await this.listener.until((reply) => textsOf(reply)[2] === last);
    const lines: string[] = [];
    let events: string[] = [];
    for (const reply of this.listener.take().replies) {
      const [, , channel, message] = textsOf(reply);
      if (channel === '__key:next') {
        lines.push(events.join(' '));
        events = [];
      } else events.push(JSON.stringify([channel, message]));
    }
    return lines;
  }

  close(): void {
    this.listener.close();
  }
}

/** The first difference of each command. */
async function differences(a: Peer, b: Peer, generator: Generator): Promise<readonly string[]> {
  const found = new Map<string, string>();
  const compare = async (batch: readonly Step[]): Promise<void> => {
    const lines = await Promise.all([a, b].map((peer) => peer.eventsOf(batch.map(({ command }) => command))));
    batch.forEach((step, i) => {
      const [x, y] = lines.map((all) => all[i]);
      if (x === y || found.has(step.name)) return;
      const words = step.command.map((word) =>
        word instanceof Uint8Array ? Buffer.from(word).toString('latin1') : word,
      );
      found.set(step.name, `${JSON.stringify(words)}\n  Redis: ${x}\n  respd: ${y}`);
    });
  };
  let batch: Step[] = [];
  for (let sent = 0; sent < commands; sent += BATCH) {
    while (batch.length < BATCH) batch.push(...generator.next().filter(({ kind }) => kind === 'plain'));
    await compare(batch);
    batch = [];
  }
  return [...found.values()];
}

describe.skipIf(!hasReferenceRedis)('keyspace notifications', () => {
  let redis: ServerProcess;
  let respd: ServerProcess;
  const peers: Peer[] = [];

  beforeAll(async () => {
    [redis, respd] = await Promise.all([startRedis(), startRespd()]);
  });
  afterAll(async () => {
    for (const peer of peers) peer.close();
    await Promise.all([redis?.stop(), respd?.stop()]);
  });

  it('are those of Redis, for all commands', { timeout: 120_000 }, async () => {
    peers.push(await Peer.open(redis), await Peer.open(respd));
    const found = await differences(peers[0], peers[1], new Generator(specs, seed));
    expect(found.join('\n'), `with seed ${seed}`).toBe('');
  });
});
