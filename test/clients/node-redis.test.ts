import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../support/server-process.ts';
import { startSubject } from '../support/subject.ts';

type Client = ReturnType<typeof connect>;

function connect(port: number) {
  return createClient({ url: `redis://127.0.0.1:${port}` }).on('error', () => undefined);
}

describe('node-redis', () => {
  let server: ServerProcess;
  let redis: Client;

  beforeEach(async () => {
    server = await startSubject({ tcp: true });
    redis = connect(server.port);
    await redis.connect();
  });
  afterEach(async () => {
    redis?.destroy();
    await server?.stop();
  });

  it('stores strings and other types', async () => {
    expect(await redis.set('k', 'värde')).toBe('OK');
    expect(await redis.get('k')).toBe('värde');
    expect(await redis.get('missing')).toBeNull();
    expect(await redis.hSet('h', { f: 'v', g: 'w' })).toBe(2);
    expect({ ...(await redis.hGetAll('h')) }).toEqual({ f: 'v', g: 'w' });
    await redis.zAdd('z', [
      { score: 1.5, value: 'a' },
      { score: Infinity, value: 'b' },
    ]);
    expect(await redis.zRangeWithScores('z', 0, -1)).toEqual([
      { score: 1.5, value: 'a' },
      { score: Infinity, value: 'b' },
    ]);
    expect(await redis.sAdd('s', ['x', 'y'])).toBe(2);
    expect([...(await redis.sMembers('s'))].sort()).toEqual(['x', 'y']);
  });

  it('rejects with the error reply', async () => {
    await redis.set('k', 'v');
    await expect(redis.lPush('k', 'v')).rejects.toThrow(
      'WRONGTYPE Operation against a key holding the wrong kind of value',
    );
  });

  it('pipelines and runs transactions', async () => {
    const numbers = await Promise.all(Array.from({ length: 100 }, () => redis.incr('n')));
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(await redis.multi().set('a', '1').incr('a').get('a').exec()).toEqual(['OK', 2, '2']);
  });

  it('lets keys expire', async () => {
    // At once, so that it is still there when it is asked for, on however busy a machine.
    const set = redis.set('k', 'v', { expiration: { type: 'PX', value: 60 } });
    const [, leftMs] = await Promise.all([set, redis.pTTL('k')]);
    expect(leftMs).toBeGreaterThan(0);
    await expect.poll(() => redis.exists('k'), { interval: 20, timeout: 10_000 }).toBe(0);
    await redis.set('k', 'v', { expiration: { type: 'EX', value: 1000 } });
    expect(await redis.persist('k')).toBe(1);
    expect(await redis.ttl('k')).toBe(-1);
  });

  it('iterates a scan', async () => {
    await Promise.all(Array.from({ length: 500 }, (_, i) => redis.set(`key:${i}`, String(i))));
    const found = new Set<string>();
    for await (const keys of redis.scanIterator({ MATCH: 'key:*', COUNT: 50 })) {
      for (const key of keys) found.add(key);
    }
    expect(found.size).toBe(500);
  });

  it('reconnects when its connection is killed', async () => {
    await redis.set('k', 'v');
    const other = redis.duplicate();
    other.on('error', () => undefined);
    await other.connect();
    try {
      const reconnected = new Promise((resolve) => redis.once('ready', resolve));
      const id = await redis.clientId();
      await other.sendCommand(['CLIENT', 'KILL', 'ID', String(id)]);
      await reconnected;
      expect(await redis.get('k')).toBe('v');
    } finally {
      other.destroy();
    }
  });
});
