/**
 * Puts money into an account, one coin at a time, in a way that goes wrong unless nobody else does so meanwhile: it reads
 * the balance, thinks, and writes a new one.
 *
 *     node deposit.js 20
 *
 * With LOCK=redlock the lock is that of the redlock package, which is the same for one server, and works with several.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import Redlock from 'redlock';
import { Lock } from './lock.js';

const TTL_MS = 5000;

const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
const redlock = new Redlock([redis], { retryCount: 10_000, retryDelay: 10, retryJitter: 10 });

async function withLock(action) {
  if (process.env.LOCK === 'redlock') {
    const lock = await redlock.lock('lock:account', TTL_MS);
    await action();
    await lock.unlock();
  } else {
    const lock = new Lock(redis, 'account', TTL_MS);
    await lock.acquire();
    await action();
    if (!(await lock.release())) throw new Error('the lock was held for too long');
  }
}

for (let coin = 0; coin < Number(process.argv[2] ?? 1); coin++) {
  await withLock(async () => {
    const balance = Number(await redis.get('balance'));
    await sleep(1);
    await redis.set('balance', balance + 1);
  });
}
console.log('deposited');
redis.disconnect();
