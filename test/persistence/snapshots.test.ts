import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { rememberThreads } from './remembered-threads.ts';
import { SavingServer, SLOW } from './saving-server.ts';

const threads = rememberThreads();
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
