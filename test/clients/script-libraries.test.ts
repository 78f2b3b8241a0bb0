/**
 * Libraries that consist of scripts: locks, rate limits and a queue.
 */
import Queue from 'bee-queue';
import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import Redlock from 'redlock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../support/server-process.ts';
import { startSubject } from '../support/subject.ts';

describe('libraries of scripts', () => {
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

  it("run by ioredis's defineCommand", async () => {
    const script = "return {redis.call('incrby', KEYS[1], ARGV[1]), ARGV[2]}";
    redis.defineCommand('addAndEcho', { numberOfKeys: 1, lua: script });
    const addAndEcho = Reflect.get(redis, 'addAndEcho') as (...words: unknown[]) => Promise<unknown>;
    expect(await addAndEcho.call(redis, 'n', 5, 'värde')).toEqual([5, 'värde']);
    // The script is cached now, and after this no more.
    await redis.script('FLUSH');
    expect(await addAndEcho.call(redis, 'n', 5, 'x')).toEqual([10, 'x']);
    const replies = await redis.pipeline().set('n', 1).eval(script, 1, 'n', 1, 'y').exec();
    expect(replies).toEqual([
      [null, 'OK'],
      [null, [2, 'y']],
    ]);
  });

  it('lock with redlock', async () => {
    const redlock = new Redlock([redis], { retryCount: 0 });
    const lock = await redlock.lock('resource', 60_000);
    await expect(redlock.lock('resource', 60_000)).rejects.toThrow('Exceeded 0 attempts to lock the resource');
    const extended = await lock.extend(120_000);
    expect(await redis.pttl('resource')).toBeGreaterThan(60_000);
    await extended.unlock();
    expect(await redis.exists('resource')).toBe(0);
    await (await redlock.lock('resource', 60_000)).unlock();
  });

  it('limit rates with rate-limiter-flexible', async () => {
    const limiter = new RateLimiterRedis({ storeClient: redis, points: 2, duration: 60 });
    expect((await limiter.consume('client')).remainingPoints).toBe(1);
    expect((await limiter.consume('client')).remainingPoints).toBe(0);
    const refusal: unknown = await limiter.consume('client').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RateLimiterRes);
    expect((await limiter.get('client'))?.consumedPoints).toBe(3);
    await limiter.delete('client');
    expect(await limiter.get('client')).toBeNull();
  });

  it('queue with bee-queue', async () => {
    const queue = new Queue<{ n: number }>('numbers', { redis: { host: '127.0.0.1', port: server.port } });
    try {
      queue.process(async (job: { data: { n: number } }) => {
        if (job.data.n < 0) throw new Error('negative');
        return job.data.n * 2;
      });
      const results = [1, 2, -3].map(async (n) => {
        const job = queue.createJob({ n });
        const ended = new Promise((resolve, reject) => {
          job.on('succeeded', resolve);
          job.on('failed', reject);
        });
        await job.save();
        return ended;
      });
      const settled = await Promise.allSettled(results);
      expect(settled.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason)))).toEqual([
        2,
        4,
        'Error: negative',
      ]);
      expect(await queue.checkHealth()).toMatchObject({ waiting: 0, active: 0, succeeded: 2, failed: 1 });
    } finally {
      await queue.close(1000);
    }
  });
});
