import { mkdir, rename } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import workerThreads, { type Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { rememberThreads } from './remembered-threads.ts';
import { SavingServer, SLOW } from './saving-server.ts';

const threads = rememberThreads();

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
