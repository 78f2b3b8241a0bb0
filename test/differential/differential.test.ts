/**
 * respd against real Redis: the same random commands, compared reply by reply.
 *
 * `DIFF_SEED` repeats a run, `DIFF_COMMANDS` sets its length. The harness itself is checked with Redis on both
 * sides, where nothing may differ, and with replies that were tampered with, which must be noticed.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedCommands, type GeneratorSpec } from '../support/docs-syntax.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { startRespd } from '../support/respd-server.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { Generator } from './generator.ts';
import { DifferenceError, type Peer, runDifferential } from './runner.ts';

// In CI always the same commands: what is found there was brought in by the change at hand.
const seed = Number(process.env['DIFF_SEED'] ?? (process.env['CI'] === 'true' ? 1 : Date.now() % 1_000_000));
const commands = Number(process.env['DIFF_COMMANDS'] ?? (process.env['CI'] === 'true' ? 300_000 : 20_000));
const harnessCommands = Math.min(commands, 10_000);
const timeoutMs = 30_000 + commands * 3;

type Protocol = 2 | 3;

/** Limits under which nearly every collection takes its large form, and the ones they replace. */
const LIMITS = {
  small: {
    'hash-max-listpack-entries': 3,
    'hash-max-listpack-value': 6,
    'set-max-intset-entries': 3,
    'zset-max-listpack-entries': 3,
    'zset-max-listpack-value': 6,
    'list-max-listpack-size': 3,
  },
  default: {
    'hash-max-listpack-entries': 128,
    'hash-max-listpack-value': 64,
    'set-max-intset-entries': 512,
    'zset-max-listpack-entries': 128,
    'zset-max-listpack-value': 64,
    'list-max-listpack-size': -2,
  },
} as const;

async function peer(server: ServerProcess, protocol: Protocol, limits: keyof typeof LIMITS = 'default'): Promise<Peer> {
  const client = await server.connect();
  await client.call('FLUSHALL');
  for (const [name, value] of Object.entries(LIMITS[limits])) await client.call('CONFIG', 'SET', name, String(value));
  if (protocol === 3) await client.call('HELLO', '3');
  return { name: server.name, send: (batch) => client.send(batch) };
}

/** Changes one byte in the middle of the reply to the command at `index`. */
function tampering(inner: Peer, index: number): Peer {
  let seen = 0;
  return {
    name: `${inner.name}, tampered with`,
    async send(batch) {
      const replies = await inner.send(batch);
      const at = index - seen;
      seen += batch.length;
      return replies.map((reply, i) => (i === at ? Buffer.from('+tampered\r\n') : reply));
    },
  };
}

describe.skipIf(!hasReferenceRedis)('the differential harness', () => {
  let left: ServerProcess;
  let right: ServerProcess;
  let specs: readonly GeneratorSpec[];

  beforeAll(async () => {
    [left, right] = await Promise.all([startRedis(), startRedis()]);
    specs = await documentedCommands(await left.connect());
  });
  afterAll(async () => {
    await Promise.all([left?.stop(), right?.stop()]);
  });

  it('knows the commands of every data type', () => {
    const { names } = new Generator(specs, seed);
    expect(names).toEqual(expect.arrayContaining(['set', 'lpush', 'sadd', 'hset', 'zadd', 'xadd', 'geoadd', 'pfadd']));
    expect(names.length).toBeGreaterThan(150);
  });

  it('makes the same commands from the same seed', () => {
    const [a, b] = [new Generator(specs, seed), new Generator([...specs].reverse(), seed)];
    for (let i = 0; i < 500; i++) expect(a.next()).toEqual(b.next());
  });

  it.each([2, 3] as const)(
    'finds no difference between Redis and itself (RESP%i)',
    { timeout: timeoutMs },
    async (version) => {
      const options = { seed, commands: harnessCommands };
      const [a, b] = [await peer(left, version), await peer(right, version)];
      await runDifferential(new Generator(specs, seed), a, b, options);
    },
  );

  it('finds a reply that was changed', async () => {
    const options = { seed, commands: 2000 };
    const [a, b] = [await peer(left, 2), tampering(await peer(right, 2), 150)];
    await expect(runDifferential(new Generator(specs, seed), a, b, options)).rejects.toThrow(DifferenceError);
  });

  it('finds data that was changed', async () => {
    const [a, b] = [await peer(left, 2), await peer(right, 2)];
    await b.send([['SET', 'other', 'value']]);
    const generator = new Generator(specs, seed);
    const run = runDifferential(generator, a, b, { seed, commands: 0 });
    await expect(run).rejects.toThrow(/the data of .* differ[\s\S]*"other"/);
  });
});

/**
 * Redis 7.0's SORT does not clear `errno` before it reads a number, so that after any number out of range, in whatever
 * command, it may refuse elements that are numbers. SORT has tests of its own.
 */
const FAULTY_IN_REDIS: ReadonlySet<string> = new Set(['sort', 'sort_ro']);

const families = fileURLToPath(new URL('../../src/commands/index.ts', import.meta.url));

describe.skipIf(!hasReferenceRedis)('respd and Redis', () => {
  let redis: ServerProcess;
  let respd: ServerProcess;
  let specs: readonly GeneratorSpec[];

  beforeAll(async () => {
    expect(existsSync(families), `${families} exports the commands`).toBe(true);
    const module = (await import(families)) as { readonly families: readonly (readonly GeneratorSpec[])[] };
    specs = module.families.flat().filter(({ name }) => !FAULTY_IN_REDIS.has(name));
    [redis, respd] = await Promise.all([startRedis(), startRespd()]);
  });
  afterAll(async () => {
    await Promise.all([redis?.stop(), respd?.stop()]);
  });

  it.each([
    { version: 2, limits: 'default' },
    { version: 3, limits: 'default' },
    { version: 2, limits: 'small' },
    { version: 3, limits: 'small' },
  ] as const)('answer the same to random commands: $version, $limits', { timeout: timeoutMs }, async (run) => {
    const options = { seed, commands: Math.ceil(commands / 4) };
    const [a, b] = [await peer(redis, run.version, run.limits), await peer(respd, run.version, run.limits)];
    await runDifferential(new Generator(specs, seed + run.version + (run.limits === 'small' ? 2 : 0)), a, b, options);
  });
});
