/**
 * How often caches of respd and of real Redis hit, each held against an exact one of its own capacity: the limit is of
 * bytes, and a key does not take as many in both.
 */
import { expect, it } from 'vitest';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { RespClient } from '../support/resp-client.ts';
import { startRespd } from '../support/respd-server.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { exactLruHits, ZipfKeys } from './eviction-model.ts';

const KEYS = 8000;
const KEPT = 2000;
const SKEW = 0.9;
const BATCH = 100;
const MISS = '$-1\r\n';
const VALUE = 'x'.repeat(32);
/** The same accesses give no two hit ratios that differ by more, whatever is drawn. */
const TOLERANCE = 0.015;

interface Course {
  /** Hits, by the number of an access. */
  readonly hits: Uint8Array;
  readonly capacity: number;
}

/** Reads keys in order, and writes those that are missing, over about so many milliseconds. */
async function follow(server: ServerProcess, accesses: Uint32Array, durationMs: number): Promise<Course> {
  await using client = await RespClient.connect({ path: server.socketPath });
  const hits = new Uint8Array(accesses.length);
  const beginMs = performance.now();
  for (let first = 0; first < accesses.length; first += BATCH) {
    const batch = [...accesses.subarray(first, first + BATCH)];
    const replies = await client.send(batch.map((key) => ['GET', `key:${key}`]));
    const missing = batch.filter((_, i) => replies[i].toString('latin1') === MISS);
    replies.forEach((reply, i) => {
      if (reply.toString('latin1') !== MISS) hits[first + i] = 1;
    });
    await client.send(missing.map((key) => ['SET', `key:${key}`, VALUE]));
    const earlyMs = beginMs + (durationMs * first) / accesses.length - performance.now();
    if (earlyMs > 0) await new Promise((resolve) => setTimeout(resolve, earlyMs));
  }
  return { hits, capacity: Number(await client.call('DBSIZE')) };
}

/** Sets the limit to what so many keys take, and the policy. */
async function limit(server: ServerProcess, policy: string): Promise<void> {
  await using client = await RespClient.connect({ path: server.socketPath });
  await client.send(Array.from({ length: KEPT }, (_, i) => ['SET', `old:${i}`, VALUE]));
  const used = /used_memory:(\d+)/.exec(String(await client.call('INFO', 'memory')));
  await client.call('CONFIG', 'SET', 'maxmemory-policy', policy, 'maxmemory', String(used?.[1]));
}

function ratio(hits: Uint8Array, first: number): number {
  return hits.subarray(first).reduce((sum, hit) => sum + hit, 0) / (hits.length - first);
}

it.skipIf(!hasReferenceRedis).concurrent.each([
  // The clock of LRU has seconds, in both: keys have to stay for several.
  ['allkeys-lru', 16_000, 8000],
  ['allkeys-lfu', 60_000, 0],
])('hits under %s as often as Redis, or more often', async (policy, count, durationMs) => {
  const zipf = new ZipfKeys(KEYS, SKEW, new Xoshiro128(7));
  const accesses = Uint32Array.from({ length: count }, () => zipf.next());
  const measured = accesses.length >> 1;
  const servers = await Promise.all([startRespd(), startRedis()]);
  try {
    const gaps = await Promise.all(
      servers.map(async (server) => {
        await limit(server, policy);
        const { hits, capacity } = await follow(server, accesses, durationMs);
        const exact = exactLruHits(accesses, capacity) - exactLruHits(accesses.subarray(0, measured), capacity);
        return exact / (accesses.length - measured) - ratio(hits, measured);
      }),
    );
    expect(gaps[0]).toBeLessThan(gaps[1] + TOLERANCE);
  } finally {
    for (const server of servers) await server.stop();
  }
});
