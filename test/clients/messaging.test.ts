/**
 * Publish/subscribe, keyspace notifications, client-side caching, transactions and MONITOR, as client libraries have
 * them. One server for all.
 */
import { Redis } from 'ioredis';
import { BasicClientSideCache, createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../support/server-process.ts';
import { startSubject, testsRedis } from '../support/subject.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startSubject({ tcp: true });
});
afterAll(() => server?.stop());

const opened: (() => void)[] = [];

afterEach(() => {
  for (const close of opened.splice(0)) close();
});

function openIoredis(options: { monitor?: boolean } = {}): Redis {
  const redis = new Redis(server.port, '127.0.0.1', options);
  opened.push(() => redis.disconnect());
  return redis;
}

async function openNodeRedis(options: Omit<NonNullable<Parameters<typeof createClient>[0]>, 'url'> = {}) {
  const client = createClient({ ...options, url: `redis://127.0.0.1:${server.port}` });
  client.on('error', () => undefined);
  opened.push(() => client.destroy());
  await client.connect();
  return client;
}

describe('ioredis', () => {
  it('subscribes to channels, patterns and shard channels', async () => {
    const [subscriber, publisher] = [openIoredis(), openIoredis()];
    const got: string[] = [];
    subscriber.on('message', (channel, message) => got.push(`${channel}: ${message}`));
    subscriber.on('pmessage', (pattern, channel, message) => got.push(`${pattern} ${channel}: ${message}`));
    subscriber.on('smessage', (channel, message) => got.push(`shard ${channel}: ${message}`));
    expect(await subscriber.subscribe('news', 'weather')).toBe(2);
    expect(await subscriber.psubscribe('n*')).toBe(3);
    expect(await subscriber.ssubscribe('news')).toBe(1);
    expect(await publisher.publish('news', 'värde')).toBe(2);
    expect(await publisher.publish('other', 'x')).toBe(0);
    expect(await publisher.spublish('news', 's')).toBe(1);
    expect(await publisher.pubsub('NUMSUB', 'news', 'other')).toEqual(['news', 1, 'other', 0]);
    await expect.poll(() => got).toEqual(['news: värde', 'n* news: värde', 'shard news: s']);
    expect(await subscriber.unsubscribe('news', 'weather')).toBe(1);
    expect(await subscriber.punsubscribe('n*')).toBe(0);
    expect(await subscriber.sunsubscribe('news')).toBe(0);
    expect(await subscriber.get('k')).toBeNull();
  });

  it('is told of keys that expire', async () => {
    const [subscriber, redis] = [openIoredis(), openIoredis()];
    await redis.config('SET', 'notify-keyspace-events', 'Ex');
    const expired = new Promise((resolve) => subscriber.once('message', (_channel, key) => resolve(key)));
    await subscriber.subscribe('__keyevent@0__:expired');
    await redis.set('session', 'x', 'PX', 20);
    expect(await expired).toBe('session');
    await redis.config('SET', 'notify-keyspace-events', '');
  });

  it('fails transactions whose keys have changed', async () => {
    const [redis, other] = [openIoredis(), openIoredis()];
    await redis.set('watched', '1');
    await redis.watch('watched');
    await other.incr('watched');
    expect(await redis.multi().set('watched', 'x').exec()).toBeNull();
    expect(await redis.multi().get('watched').incr('watched').exec()).toEqual([
      [null, '2'],
      [null, 3],
    ]);
  });

  it('monitors', async () => {
    const redis = openIoredis();
    const monitor = await redis.monitor();
    opened.push(() => monitor.disconnect());
    const seen = new Promise((resolve) => {
      monitor.on('monitor', (_time: string, args: string[], _source: string, database: string) => {
        if (args[0] === 'set') resolve([args, database]);
      });
    });
    await redis.set('monitored', 'a "b"');
    expect(await seen).toEqual([['set', 'monitored', 'a "b"'], '0']);
  });
});

describe('node-redis', () => {
  it('subscribes', async () => {
    const [subscriber, publisher] = [await openNodeRedis(), await openNodeRedis()];
    const got: string[] = [];
    await subscriber.subscribe('channel', (message, channel) => got.push(`${channel}: ${message}`));
    await subscriber.pSubscribe('ch*', (message, channel) => got.push(`pattern ${channel}: ${message}`));
    await subscriber.sSubscribe('shard', (message, channel) => got.push(`${channel}: ${message}`));
    expect(await publisher.publish('channel', 'hello')).toBe(2);
    expect(await publisher.sPublish('shard', 'hello')).toBe(1);
    await expect.poll(() => got).toEqual(['channel: hello', 'pattern channel: hello', 'shard: hello']);
    await subscriber.unsubscribe();
    await subscriber.pUnsubscribe();
    await subscriber.sUnsubscribe();
    expect(await publisher.publish('channel', 'hello')).toBe(0);
  });

  // Redis 7.0 writes the messages into EXEC's reply, which breaks the connection.
  it.skipIf(testsRedis)('goes on with commands while it is subscribed, where RESP3 lets it', async () => {
    const client = await openNodeRedis({ RESP: 3 });
    const got: string[] = [];
    await client.subscribe('own', (message) => got.push(message));
    await client.set('k', 'v');
    expect(await client.multi().publish('own', '1').get('k').publish('own', '2').exec()).toEqual([1, 'v', 1]);
    await expect.poll(() => got).toEqual(['1', '2']);
  });

  it('keeps its client-side cache right', async () => {
    const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, evictPolicy: 'LRU' });
    const [client, other] = [await openNodeRedis({ RESP: 3, clientSideCache: cache }), await openNodeRedis()];
    await other.set('cached', '1');
    expect([await client.get('cached'), await client.get('cached'), await client.get('cached')]).toEqual([
      '1',
      '1',
      '1',
    ]);
    expect(cache.stats()).toMatchObject({ hitCount: 2, missCount: 1 });
    await other.set('cached', '2');
    await expect.poll(() => client.get('cached')).toBe('2');
    expect(await client.mGet(['cached', 'missing'])).toEqual(['2', null]);
    await other.hSet('hash', 'f', 'v');
    expect({ ...(await client.hGetAll('hash')) }).toEqual({ f: 'v' });
    await other.hSet('hash', 'f', 'w');
    await expect.poll(async () => ({ ...(await client.hGetAll('hash')) })).toEqual({ f: 'w' });
    await other.flushAll();
    await expect.poll(() => client.get('cached')).toBeNull();
    await client.set('cached', 'own');
    expect(await client.get('cached')).toBe('own');
    await other.set('cached', 'short', { expiration: { type: 'PX', value: 30 } });
    await expect.poll(() => client.get('cached')).toBe('short');
    await expect.poll(() => client.get('cached')).toBeNull();
  });

  it('monitors', async () => {
    const [monitor, client] = [await openNodeRedis(), await openNodeRedis()];
    const seen: string[] = [];
    await monitor.monitor((line) => seen.push(String(line)));
    await client.set('k', 'v');
    await expect.poll(() => seen.some((line) => / \[0 127\.0\.0\.1:\d+\] "SET" "k" "v"$/.test(line))).toBe(true);
  });
});
