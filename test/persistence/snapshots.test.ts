import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import workerThreads, { type Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { rounds } from '../support/long-tests.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { LoadedKeyspace } from './rdb/loaded-keyspace.ts';
import { RedisLoader } from './rdb/redis-loader.ts';
import { SavingServer } from './saving-server.ts';

/** The threads that were started, so that a test can end one. */
const threads: Worker[] = [];
const remember = (thread: Worker): number => threads.push(thread);

beforeAll(() => void process.on('worker', remember));
afterAll(() => void process.off('worker', remember));
beforeEach(() => {
  threads.length = 0;
});

/** Slow enough for anything to happen during a save of some hundred keys. */
const SLOW = { 'rdb-key-save-delay': '4000' };
const BUSY = 'ERR Background save already in progress';

describe('SAVE', () => {
  it('answers when the file is in place, and keeps nothing frozen', async () => {
    await using subject = await SavingServer.start();
    await subject.fill(1000);
    expect(await subject.info('rdb_changes_since_last_save')).toBe('1000');
    expect(await subject.call('SAVE')).toBe('OK');
    expect((await subject.file()).subarray(0, 9).toString()).toBe('REDIS0010');
    expect(await subject.temporaryFiles()).toEqual([]);
    expect(await subject.info('rdb_changes_since_last_save')).toBe('0');
    expect(await subject.info('rdb_saves')).toBe('1');
    expect(subject.log).toContain('DB saved on disk');
    await subject.released();
  });

  it('lets other clients go on meanwhile, and counts what they change', async () => {
    await using subject = await SavingServer.start(SLOW);
    await subject.fill(300);
    const other = await subject.connect();
    let saved = false;
    const save = subject.client.call('SAVE').then(() => {
      saved = true;
    });
    for (let i = 0; i < 50; i++) await other.call('SET', 'key:1', i);
    expect(saved).toBe(false);
    await save;
    expect(await subject.info('rdb_changes_since_last_save')).toBe('50');
  });

  it('waits for its turn behind another one', async () => {
    await using subject = await SavingServer.start(SLOW);
    await subject.fill(300);
    const other = await subject.connect();
    const first = subject.client.call('SAVE');
    const second = other.call('SAVE');
    expect(await Promise.all([first, second])).toEqual(['OK', 'OK']);
    expect(await subject.info('rdb_saves')).toBe('2');
  });

  it('is refused while a save in the background is under way', async () => {
    await using subject = await SavingServer.start(SLOW);
    await subject.fill(300);
    await subject.call('BGSAVE');
    expect(await subject.call('SAVE')).toBe(BUSY);
    expect(await subject.call('BGSAVE')).toBe(BUSY);
    expect(await subject.call('BGSAVE', 'SCHEDULE')).toBe(BUSY);
  });
});

describe('BGSAVE', () => {
  it('tells how far it is, and how it ended', async () => {
    await using subject = await SavingServer.start(SLOW);
    await subject.fill(512);
    expect(await subject.call('BGSAVE')).toBe('Background saving started');
    expect(await subject.info('rdb_bgsave_in_progress')).toBe('1');
    expect(await subject.info('current_save_keys_total')).toBe('512');
    await subject.until('current_save_keys_processed', '256');
    expect(await subject.info('current_fork_perc')).toBe('50.00');
    await subject.call('SET', 'key:1', 'new');
    expect(Number(await subject.info('current_cow_size'))).toBeGreaterThan(0);
    await subject.idle();
    expect(await subject.info('current_save_keys_processed')).toBe('0');
    expect(await subject.info('rdb_last_bgsave_status')).toBe('ok');
    expect(await subject.info('rdb_changes_since_last_save')).toBe('1');
    expect(Number(await subject.info('rdb_last_bgsave_time_sec'))).toBeGreaterThanOrEqual(1);
    expect(Number(await subject.info('rdb_last_cow_size'))).toBeGreaterThan(0);
    expect(await subject.info('total_forks')).toBe('1');
    expect(await subject.call('LASTSAVE')).toBe(await subject.info('rdb_last_save_time'));
    expect(subject.log).toEqual(
      expect.arrayContaining([
        `Background saving started by pid ${process.pid}`,
        'DB saved on disk',
        'Background saving terminated with success',
      ]),
    );
    await subject.released();
  });

  it('is scheduled within a transaction', async () => {
    await using subject = await SavingServer.start();
    await subject.fill(10);
    await subject.call('MULTI');
    await subject.call('BGSAVE');
    expect(await subject.call('EXEC')).toBe('Background saving scheduled');
    await subject.until('rdb_saves', '1');
    await subject.idle();
    expect((await subject.file()).length).toBeGreaterThan(100);
  });

  it('and a rewrite of the append-only file wait for each other', async () => {
    await using subject = await SavingServer.start({ ...SLOW, appendonly: 'yes' });
    await subject.fill(300);
    expect(await subject.call('BGREWRITEAOF')).toBe('Background append only file rewriting started');
    await subject.until('aof_rewrite_in_progress', '1');
    expect(await subject.call('BGSAVE')).toMatch(
      /^ERR Another child process is active \(AOF\?\): can't BGSAVE right now/,
    );
    expect(await subject.call('BGREWRITEAOF')).toBe('ERR Background append only file rewriting already in progress');
    expect(await subject.call('BGSAVE', 'SCHEDULE')).toBe('Background saving scheduled');
    expect(await subject.info('rdb_bgsave_in_progress')).toBe('0');
    await subject.until('rdb_bgsave_in_progress', '1');
    expect(await subject.info('aof_rewrite_in_progress')).toBe('0');
    expect(await subject.call('BGREWRITEAOF')).toBe('Background append only file rewriting scheduled');
    expect(await subject.info('aof_rewrite_scheduled')).toBe('1');
    await subject.idle();
    await subject.until('aof_rewrites', '2');
    await subject.until('aof_rewrite_in_progress', '0');
    expect(await subject.info('aof_last_bgrewrite_status')).toBe('ok');
    expect((await subject.file()).length).toBeGreaterThan(1000);
    await subject.released();
  });

  it('takes no other word than SCHEDULE', async () => {
    await using subject = await SavingServer.start();
    expect(await subject.call('BGSAVE', 'now')).toBe('ERR syntax error');
    expect(await subject.call('BGSAVE', 'schedule', 'schedule')).toBe('ERR syntax error');
  });
});

describe('save points', () => {
  it('have the data set saved', async () => {
    await using subject = await SavingServer.start({ save: '1 5' });
    await subject.fill(4);
    await subject.call('SET', 'key:5', '');
    await subject.until('rdb_saves', '1');
    await subject.idle();
    expect(await subject.info('rdb_changes_since_last_save')).toBe('0');
    expect(subject.log).toContain('5 changes in 1 seconds. Saving...');
  });
});

const MISCONF = /^MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk\./;

describe('a save that fails', () => {
  it('leaves the old file alone, and refuses writes until one succeeds', async () => {
    await using subject = await SavingServer.start({ save: '3600 1', 'enable-protected-configs': 'yes' });
    await subject.fill(10);
    await subject.call('SAVE');
    const before = await subject.file();
    await subject.call('SET', 'another', '1');
    await mkdir(join(subject.directory, 'occupied', 'inside'), { recursive: true });
    await subject.call('CONFIG', 'SET', 'dbfilename', 'occupied');
    expect(await subject.call('SAVE')).toBe('ERR');
    expect(await subject.call('SET', 'k', 'v')).toBe('OK');
    await subject.call('MULTI');
    await subject.call('SET', 'k', 'w');
    expect(await subject.call('BGSAVE')).toBe('QUEUED');
    await subject.call('DISCARD');
    expect(await subject.call('BGSAVE')).toBe('Background saving started');
    const other = await subject.connect();
    await other.call('MULTI');
    await other.call('SET', 'k', 'w');
    await subject.idle();
    expect(await subject.info('rdb_last_bgsave_status')).toBe('err');
    expect(subject.log).toContainEqual(
      expect.stringMatching(
        /^Error moving temp DB file temp-\d+(-\d+)?\.rdb on the final destination occupied \(in server root dir .*\): /,
      ),
    );
    expect(subject.log).toContain('Background saving error');
    expect(await subject.call('SET', 'k', 'x')).toMatch(MISCONF);
    expect(await subject.call('PING')).toMatch(MISCONF);
    expect(await subject.call('GET', 'k')).toBe('v');
    await expect(other.call('EXEC')).rejects.toThrow(/^EXECABORT Transaction discarded because of: MISCONF /);
    await other.call('MULTI');
    await other.call('EVAL', '#!lua flags=no-writes\nreturn 1', '0');
    expect(await other.call('EXEC')).toEqual([1]);
    await other.call('MULTI');
    await expect(other.call('EVAL', '#!lua\nreturn 1', '0')).rejects.toThrow(MISCONF);
    await expect(other.call('EXEC')).rejects.toThrow(/^EXECABORT /);
    expect(await subject.temporaryFiles()).toEqual([]);
    expect(Buffer.compare(await subject.file(), before)).toBe(0);
    await subject.released();

    await subject.call('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no');
    expect(await subject.call('SET', 'k', 'x')).toBe('OK');
    await subject.call('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'yes');
    expect(await subject.call('SET', 'k', 'y')).toMatch(MISCONF);
    await subject.call('CONFIG', 'SET', 'dbfilename', 'dump.rdb');
    expect(await subject.call('SAVE')).toBe('OK');
    expect(await subject.call('SET', 'k', 'y')).toBe('OK');
    expect(Buffer.compare(await subject.file(), before)).not.toBe(0);
  });

  it('says that the directory is gone, and works again when it is back', async () => {
    await using subject = await SavingServer.start();
    await subject.fill(10);
    await rename(subject.directory, `${subject.directory}-away`);
    expect(await subject.call('SAVE')).toBe('ERR');
    expect(subject.log).toContainEqual(
      expect.stringMatching(/^Failed opening the temp RDB file temp-.* for saving: No such file or directory$/),
    );
    await rename(`${subject.directory}-away`, subject.directory);
    expect(await subject.call('SAVE')).toBe('OK');
  });

  it.each(['FLUSHALL', 'SAVE'])('says the same of an empty file (%s)', async (command) => {
    await using subject = await SavingServer.start({ save: '3600 1' });
    await rename(subject.directory, `${subject.directory}-away`);
    expect(await subject.call(command)).toBe(command === 'SAVE' ? 'ERR' : 'OK');
    expect(subject.log).toContainEqual(expect.stringMatching(/^Failed opening the temp RDB file .*: No such file/));
    await rename(`${subject.directory}-away`, subject.directory);
  });

  it('is noticed when its thread ends', async () => {
    await using subject = await SavingServer.start(SLOW);
    await subject.fill(600);
    await subject.call('SAVE').then(() => undefined);
    const before = await subject.file();
    await subject.call('SET', 'k', 'v');
    await subject.call('BGSAVE');
    await subject.until('current_save_keys_processed', '256');
    expect(await subject.temporaryFiles()).toHaveLength(1);
    await threads[1].terminate();
    await subject.idle();
    expect(await subject.info('rdb_last_bgsave_status')).toBe('err');
    expect(subject.log).toContainEqual(expect.stringMatching(/^Background saving terminated: its thread ended/));
    expect(await subject.temporaryFiles()).toEqual([]);
    expect(Buffer.compare(await subject.file(), before)).toBe(0);
    await subject.released();
    await subject.call('CONFIG', 'SET', 'rdb-key-save-delay', '0');
    expect(await subject.call('SAVE')).toBe('OK');
  });
});

describe('a save whose thread can not be started', () => {
  const { Worker: Thread } = workerThreads;

  /** What `new Worker` gives from now on, in all modules. */
  function setThread(thread: typeof Worker): void {
    workerThreads.Worker = thread;
    syncBuiltinESMExports();
  }

  afterEach(() => setThread(Thread));

  it('fails, keeps nothing frozen, and is tried again', async () => {
    await using subject = await SavingServer.start({ save: '3600 1' });
    await subject.fill(10);
    setThread(
      class {
        constructor() {
          throw new Error('no thread is left');
        }
      } as unknown as typeof Worker,
    );
    expect(await subject.call('BGSAVE')).toBe('ERR');
    expect(subject.log).toContain("Can't save in background: no thread is left");
    expect(await subject.info('rdb_last_bgsave_status')).toBe('err');
    expect(await subject.call('SET', 'k', 'v')).toMatch(MISCONF);
    expect(await subject.call('SAVE')).toBe('ERR');
    expect(await subject.info('rdb_saves')).toBe('2');
    await subject.released();
    setThread(Thread);
    expect(await subject.call('BGSAVE')).toBe('Background saving started');
    await subject.idle();
    expect(await subject.call('SET', 'k', 'v')).toBe('OK');
  });
});

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

describe('FLUSHALL', () => {
  it('ends a save in the background, which then replaces nothing', async () => {
    await using subject = await SavingServer.start(SLOW);
    await subject.fill(600);
    await writeFile(join(subject.directory, 'dump.rdb'), 'old');
    await subject.call('BGSAVE');
    await subject.until('current_save_keys_processed', '256');
    expect(await subject.call('FLUSHALL')).toBe('OK');
    expect(await subject.info('rdb_bgsave_in_progress')).toBe('0');
    expect(await subject.info('rdb_last_bgsave_status')).toBe('ok');
    await subject.released();
    await vi.waitFor(async () => expect(await subject.temporaryFiles()).toEqual([]));
    expect((await subject.file()).toString()).toBe('old');
  });

  it('writes an empty file where there are save points', async () => {
    await using subject = await SavingServer.start({ ...SLOW, save: '3600 1' });
    await subject.fill(600);
    await subject.call('BGSAVE');
    await subject.until('current_save_keys_processed', '256');
    expect(await subject.call('FLUSHALL')).toBe('OK');
    expect((await subject.file()).length).toBeLessThan(100);
    expect(await subject.info('rdb_changes_since_last_save')).toBe('0');
    await subject.released();
    expect((await subject.file()).length).toBeLessThan(100);
  });

  it('does so behind a SAVE that was sent before', async () => {
    await using subject = await SavingServer.start({ ...SLOW, save: '3600 1' });
    await subject.fill(300);
    const other = await subject.connect();
    const save = other.call('SAVE');
    await subject.until('rdb_bgsave_in_progress', '1');
    const flush = subject.client.call('FLUSHALL');
    expect(await Promise.all([save, flush])).toEqual(['OK', 'OK']);
    expect((await subject.file()).length).toBeLessThan(100);
  });

  it('leaves a file that changes no more, at whatever moment of a save it comes', async () => {
    await using subject = await SavingServer.start();
    await subject.fill(2000);
    const startMs = performance.now();
    await subject.call('BGSAVE');
    await subject.idle();
    const saveMs = performance.now() - startMs;
    for (let round = 0; round < 10; round++) {
      await subject.fill(2000);
      await writeFile(join(subject.directory, 'dump.rdb'), 'old');
      await subject.call('BGSAVE');
      await sleep(saveMs * (0.55 + round * 0.05));
      expect(await subject.call('FLUSHALL')).toBe('OK');
      const file = await subject.file();
      await subject.released();
      await vi.waitFor(() => expect(threads.every(({ threadId }) => threadId === -1)).toBe(true));
      expect(Buffer.compare(await subject.file(), file)).toBe(0);
    }
  });

  it('answers within a transaction at once', async () => {
    await using subject = await SavingServer.start({ save: '3600 1' });
    await subject.fill(10);
    await subject.call('MULTI');
    await subject.call('FLUSHALL');
    await subject.call('DBSIZE');
    expect(await subject.call('EXEC')).toBe('OK,0');
    await subject.idle();
    expect((await subject.file()).length).toBeLessThan(100);
  });
});

describe('a server that closes', () => {
  it('leaves no thread, no temporary file and no new file', async () => {
    const subject = await SavingServer.start(SLOW);
    await subject.fill(600);
    await subject.call('BGSAVE');
    await subject.until('current_save_keys_processed', '256');
    await subject.client.close();
    await subject.server.close();
    expect(await subject.temporaryFiles()).toEqual([]);
    await expect(subject.file()).rejects.toThrow('ENOENT');
    expect(threads[0].threadId).toBe(-1);
    await rm(subject.directory, { recursive: true });
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
