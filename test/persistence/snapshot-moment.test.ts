import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rounds } from '../support/long-tests.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { LoadedKeyspace } from './rdb/loaded-keyspace.ts';
import { RedisLoader } from './rdb/redis-loader.ts';
import { SavingServer, SLOW } from './saving-server.ts';

describe('whatever changes during a save', () => {
  it('is not in the file, which shows the moment it began', async () => {
    await using subject = await SavingServer.start({ ...SLOW, databases: '4', 'enable-debug-command': 'yes' });
    const fields = Array.from({ length: 600 }, (_, i) => [`member ${i}`, i]).flat();
    const deadlineMs = Date.now() + 10 ** 7;
    for (const database of [2, 1, 0]) {
      await subject.call('SELECT', database);
      await subject.fill(100);
      await subject.call('HSET', 'hash', ...fields);
      await subject.call('SADD', 'set', ...fields);
      await subject.call('ZADD', 'zset', ...fields.toReversed());
      await subject.call('RPUSH', 'list', ...fields);
      await subject.call('SET', 'long', 'x'.repeat(200_000));
      await subject.call('SET', 'late', database, 'PXAT', deadlineMs);
      await subject.call('SET', 'over soon', database, 'PXAT', deadlineMs);
    }
    const digest = await subject.call('DEBUG', 'DIGEST');
    await subject.call('BGSAVE');
    const used = Number(await subject.info('used_memory'));
    await subject.call('PEXPIRE', 'over soon', 1);
    await subject.call('SWAPDB', 0, 3);
    await subject.call('SELECT', 1);
    await subject.call('FLUSHDB');
    await subject.call('SET', 'new', '1');
    await subject.call('SELECT', 2);
    for (const key of ['key:1', 'hash', 'set', 'zset', 'list', 'long', 'late'])
      await subject.call('RENAME', key, `${key}'`);
    await subject.call('APPEND', "long'", 'more');
    await subject.call('HDEL', "hash'", 'member 1');
    await subject.call('LPOP', "list'", 500);
    await subject.call('ZREMRANGEBYRANK', "zset'", 0, 100);
    await subject.call('SPOP', "set'", 100);
    await subject.call('PERSIST', "late'");
    await subject.call('EXPIRE', 'key:2', 0);
    await subject.call('SELECT', 3);
    await vi.waitFor(async () => expect(await subject.call('DBSIZE')).toBe('106'), { timeout: 5000 });
    await subject.call('FLUSHDB', 'SYNC');
    // What is kept for the save alone is not counted as the data set's.
    expect(Number(await subject.info('used_memory'))).toBeLessThan(used);
    await subject.idle();
    expect(Number(await subject.info('rdb_last_cow_size'))).toBeGreaterThan(200_000);

    const loaded = new LoadedKeyspace();
    const { keys } = loaded.load(await subject.file(), { nowMs: 0 });
    expect(keys).toBe(3 * 107);
    expect(loaded.digest).toBe(digest);
    await subject.released();
    subject.server.engine.keyspace.verify();
  });

  it('does not have keys evicted for what is kept for the file, nor evicted ones left out of it', async () => {
    await using subject = await SavingServer.start({
      ...SLOW,
      'maxmemory-policy': 'allkeys-random',
      'enable-debug-command': 'yes',
    });
    const write = (name: string, text: string): Promise<unknown> =>
      subject.client.send(Array.from({ length: 300 }, (_, i) => ['SET', `${name}:${i}`, text.repeat(1000)]));
    await write('key', 'a');
    const digest = await subject.call('DEBUG', 'DIGEST');
    const used = Number(await subject.info('used_memory'));
    await subject.call('BGSAVE');
    await subject.call('CONFIG', 'SET', 'maxmemory', used + 200_000);
    for (const text of ['b', 'c', 'd']) await write('key', text);
    expect(await subject.info('evicted_keys')).toBe('0');
    await write('other', 'e');
    await vi.waitFor(async () => expect(Number(await subject.info('evicted_keys'))).toBeGreaterThan(50));
    await subject.idle();
    expect(Number(await subject.info('rdb_last_cow_size'))).toBeGreaterThan(300_000);
    const loaded = new LoadedKeyspace();
    loaded.load(await subject.file());
    expect(loaded.digest).toBe(digest);
    await subject.released();
    subject.server.engine.keyspace.verify();
  });
});

describe.skipIf(!hasReferenceRedis)('snapshots under load', () => {
  let redis: RedisLoader;

  beforeAll(async () => {
    redis = await RedisLoader.start();
  });

  afterAll(() => redis[Symbol.asyncDispose]());

  it('show one moment each', async () => {
    await using subject = await SavingServer.start();
    const keys = 1000;
    let stop = false;
    let written = 0;
    const writer = await subject.connect();
    // In every moment the keys hold one number up to some key, and the number before from there on.
    const writing = (async () => {
      for (let counter = 1; !stop; counter++) {
        for (let i = 0; i < keys; i += 100) {
          await writer.send(Array.from({ length: 100 }, (_, k) => ['SET', `counter:${i + k}`, counter]));
        }
        written = counter;
      }
    })();
    const seen = new Set<string>();
    await vi.waitFor(() => expect(written).toBeGreaterThan(0));
    for (let round = 0; round < rounds(10, 50); round++) {
      await subject.call(round % 2 === 0 ? 'BGSAVE' : 'SAVE');
      await subject.idle();
      await redis.load(await subject.file());
      const names = Array.from({ length: keys }, (_, i) => `counter:${i}`);
      const values = ((await redis.client.call('MGET', ...names)) as string[]).map(Number);
      const changes = values.flatMap((value, i) => (i > 0 && value !== values[i - 1] ? [values[i - 1] - value] : []));
      expect([[], [1]]).toContainEqual(changes);
      seen.add(values.join());
    }
    stop = true;
    await writing;
    expect(seen.size).toBeGreaterThan(1);
    await subject.released();
    subject.server.engine.keyspace.verify();
  }, 600_000);
});
