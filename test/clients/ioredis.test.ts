import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../support/server-process.ts';
import { startSubject } from '../support/subject.ts';

describe('ioredis', () => {
  let server: ServerProcess;
  let redis: Redis;

  beforeEach(async () => {
    server = await startSubject({ tcp: true });
    redis = new Redis(server.port, '127.0.0.1');
  });
  afterEach(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  it('stores strings and bytes', async () => {
    expect(await redis.set('k', 'värde')).toBe('OK');
    expect(await redis.get('k')).toBe('värde');
    expect(await redis.get('missing')).toBeNull();
    const bytes = Buffer.from([0, 13, 10, 255]);
    await redis.set('bytes', bytes);
    expect(await redis.getBuffer('bytes')).toEqual(bytes);
    expect(await redis.mget('k', 'missing')).toEqual(['värde', null]);
    expect(await redis.incrby('n', 41)).toBe(41);
  });

  it('rejects with the error reply', async () => {
    await redis.set('k', 'v');
    await expect(redis.lpush('k', 'v')).rejects.toThrow(
      'WRONGTYPE Operation against a key holding the wrong kind of value',
    );
  });

  it('pipelines and runs transactions', async () => {
    const replies = await redis.pipeline().set('a', '1').incr('a').lpush('a', 'x').get('a').exec();
    expect(replies?.map(([error, value]) => error?.message ?? value)).toEqual([
      'OK',
      2,
      'WRONGTYPE Operation against a key holding the wrong kind of value',
      '2',
    ]);
    expect(await redis.multi().hset('h', { f: 'v', g: 'w' }).hgetall('h').exec()).toEqual([
      [null, 2],
      [null, { f: 'v', g: 'w' }],
    ]);
  });

  it('lets keys expire', async () => {
    // At once, so that it is still there when it is asked for, on however busy a machine.
    const [, leftMs] = await Promise.all([redis.set('k', 'v', 'PX', 60), redis.pttl('k')]);
    expect(leftMs).toBeGreaterThan(0);
    await expect.poll(() => redis.exists('k'), { interval: 20, timeout: 10_000 }).toBe(0);
    await redis.set('k', 'v', 'EX', 1000);
    expect(await redis.persist('k')).toBe(1);
    expect(await redis.ttl('k')).toBe(-1);
  });

  it('streams a scan', async () => {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 500; i++) pipeline.set(`key:${i}`, i);
    await pipeline.exec();
    const found = new Set<string>();
    for await (const keys of redis.scanStream({ match: 'key:*', count: 50 })) {
      for (const key of keys as readonly string[]) found.add(key);
    }
    expect(found.size).toBe(500);
  });

  it('reconnects when its connection is killed', async () => {
    await redis.set('k', 'v');
    const other = redis.duplicate();
    try {
      const reconnected = new Promise((resolve) => redis.once('reconnecting', resolve));
      await other.client('KILL', 'ID', await redis.client('ID'));
      await reconnected;
      expect(await redis.get('k')).toBe('v');
    } finally {
      other.disconnect();
    }
  });
});
