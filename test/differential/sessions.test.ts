/**
 * Several connections to respd beside as many to real Redis: transactions with watched keys, publish/subscribe,
 * keyspace notifications, client-side caching, commands that block and MONITOR, in random order. `DIFF_SEED` repeats a
 * run.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { startRespd } from '../support/respd-server.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { compareSessions } from './session-runner.ts';

const isCi = process.env['CI'] === 'true';
const seed = Number(process.env['DIFF_SEED'] ?? (isCi ? 1 : Date.now() % 1_000_000));
const steps = Number(process.env['DIFF_STEPS'] ?? 1000);

const servers: ServerProcess[] = [];

async function start(...starting: Promise<ServerProcess>[]): Promise<ServerProcess[]> {
  const started = await Promise.all(starting);
  servers.push(...started);
  return started;
}

describe.skipIf(!hasReferenceRedis)('several connections', () => {
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

  it('see no difference between Redis and itself', { timeout: 60_000 }, async () => {
    const [a, b] = await start(startRedis(), startRedis());
    await compareSessions(a, b, seed, Math.min(steps, 300));
  });

  it('see a difference where there is one', { timeout: 60_000 }, async () => {
    const [a, b] = await start(startRedis(), startRedis());
    const client = await b.connect();
    for (const key of ['k1', 'k2', 'k3', 'j1', 'j2']) await client.call('SET', key, 'left over');
    await expect(compareSessions(a, b, seed, 300)).rejects.toThrow('differ after step');
  });

  it.each([0, 1])('see no difference between Redis and respd (run %i)', { timeout: 120_000 }, async (run) => {
    const [a, b] = await start(startRedis(), startRespd());
    await compareSessions(a, b, seed + run, steps);
  });
});
