/**
 * Client libraries that log in as users with limits.
 */
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../support/server-process.ts';
import { startSubject } from '../support/subject.ts';

describe('a user with limits', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startSubject({
      tcp: true,
      config: {
        // The command line takes the rules of a user as one line of the file.
        user: ['app', 'on', '>s3cret', '~app:*', 'resetchannels', '+@all', '-@dangerous', '+info'],
        requirepass: 'admin',
      },
    });
  });
  afterAll(() => server.stop());

  it('works with ioredis', async () => {
    const redis = new Redis({ port: server.port, username: 'app', password: 's3cret' });
    try {
      expect(await redis.set('app:a', '1')).toBe('OK');
      expect(await redis.acl('WHOAMI')).toBe('app');
      await expect(redis.set('other', '1')).rejects.toThrow('NOPERM this user has no permissions to access one of');
      await expect(redis.flushall()).rejects.toThrow(
        "NOPERM this user has no permissions to run the 'flushall' command",
      );
      const results = await redis.multi().incr('app:a').get('app:a').exec();
      expect(results?.map(([, value]) => value)).toEqual([2, '2']);
    } finally {
      redis.disconnect();
    }
    const wrong = new Redis({ port: server.port, username: 'app', password: 'wrong', retryStrategy: () => null });
    const error = await new Promise<Error>((resolve) => wrong.once('error', resolve));
    expect(error.message).toContain('WRONGPASS');
    wrong.disconnect();
  });

  it('works with node-redis, in both protocols', async () => {
    for (const RESP of [2, 3] as const) {
      const url = `redis://app:s3cret@127.0.0.1:${server.port}`;
      const redis = createClient({ url, RESP }).on('error', () => undefined);
      await redis.connect();
      try {
        expect(await redis.aclWhoAmI()).toBe('app');
        expect(await redis.set('app:b', 'x')).toBe('OK');
        await expect(redis.get('other')).rejects.toThrow('NOPERM');
        await expect(redis.aclList()).rejects.toThrow(
          "NOPERM this user has no permissions to run the 'acl|list' command",
        );
      } finally {
        redis.destroy();
      }
    }
  });

  it('is managed by node-redis', async () => {
    const redis = createClient({ url: `redis://:admin@127.0.0.1:${server.port}` }).on('error', () => undefined);
    await redis.connect();
    try {
      expect(await redis.aclSetUser('new', ['on', '>pw', '+get', '(~x +set)'])).toBe('OK');
      expect(await redis.aclUsers()).toEqual(['app', 'default', 'new']);
      expect(await redis.aclGetUser('new')).toMatchObject({
        flags: ['on'],
        commands: '-@all +get',
        keys: '',
        channels: '',
        selectors: [{ commands: '-@all +set', keys: '~x', channels: '' }],
      });
      expect(await redis.aclDryRun('new', ['SET', 'x', '1'])).toBe('OK');
      expect(await redis.aclDryRun('new', ['SET', 'y', '1'])).toBe(
        "This user has no permissions to access the 'y' key",
      );
      expect((await redis.aclLog()).map(({ reason, username }) => [reason, username])).toContainEqual(['key', 'app']);
      expect(await redis.aclCat('transaction')).toContain('multi');
      expect(await redis.aclDelUser('new')).toBe(1);
    } finally {
      redis.destroy();
    }
  });
});
