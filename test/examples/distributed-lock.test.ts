import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { startRespd } from '../support/respd-server.ts';
import { freePort } from '../support/server-process.ts';
import { ExampleProgram, examples } from './example-program.ts';

interface Lock {
  tryAcquire(): Promise<boolean>;
  extend(): Promise<boolean>;
  release(): Promise<boolean>;
}

type LockClass = new (redis: Redis, name: string, ttlMs: number) => Lock;

const PROCESSES = 4;
const COINS = 8;

it('lets one process at a time do something, by either kind of lock, and survives a restart', async () => {
  const { Lock } = (await import(`${examples}distributed-lock/lock.js`)) as { Lock: LockClass };
  const directory = mkdtempSync(join(tmpdir(), 'respd-lock-'));
  const port = await freePort();
  const options = { directory, config: { port, appendonly: 'yes' } };
  let server = await startRespd(options);
  const redis = new Redis(port, '127.0.0.1');
  redis.on('error', () => {});
  try {
    const depositors: ExampleProgram[] = [];
    for (let i = 0; i < PROCESSES; i++) {
      const env = { REDIS_URL: `redis://127.0.0.1:${port}`, LOCK: i % 2 === 0 ? 'own' : 'redlock' };
      depositors.push(new ExampleProgram('distributed-lock/deposit.js', env, [String(COINS)]));
    }
    for (const depositor of depositors) await depositor.printed(/deposited/);
    expect(await redis.get('balance')).toBe(String(PROCESSES * COINS));

    const [mine, theirs] = [new Lock(redis, 'restart', 60_000), new Lock(redis, 'restart', 60_000)];
    expect([await mine.tryAcquire(), await theirs.tryAcquire()]).toEqual([true, false]);
    await server.stop('SIGKILL');
    server = await startRespd(options);
    expect(await theirs.tryAcquire()).toBe(false);
    expect(await redis.pttl('lock:restart')).toBeGreaterThan(0);
    expect([await mine.extend(), await mine.release(), await theirs.tryAcquire()]).toEqual([true, true, true]);
    // It is somebody else's now.
    expect([await mine.extend(), await mine.release(), await theirs.release()]).toEqual([false, false, true]);
  } finally {
    redis.disconnect();
    await server.stop();
    rmSync(directory, { recursive: true });
  }
});
