/** Snapshots of a server in a process of its own: what signals, limits and sudden ends do to them. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isLong, rounds } from '../support/long-tests.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { RespClient } from '../support/resp-client.ts';
import { respdProgram, startRespd } from '../support/respd-server.ts';
import { diskKinds, SmallDisk } from '../support/small-disk.ts';
import { RedisLoader } from './rdb/redis-loader.ts';

async function fill(client: RespClient, count: number, value: string): Promise<void> {
  await client.send(Array.from({ length: count }, (_, i) => ['SET', `key:${i}`, value]));
}

async function temporaryFiles(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('temp-'));
}

describe('the last save', () => {
  it.each([
    ['SIGTERM with save points', '3600 1', 'SIGTERM', true],
    ['SIGTERM without', '', 'SIGTERM', false],
    ['SHUTDOWN with save points', '3600 1', ['SHUTDOWN'], true],
    ['SHUTDOWN without', '', ['SHUTDOWN'], false],
    ['SHUTDOWN SAVE', '', ['SHUTDOWN', 'SAVE'], true],
    ['SHUTDOWN NOSAVE', '3600 1', ['SHUTDOWN', 'NOSAVE'], false],
  ])('%s', async (_name, save, how, saves) => {
    const server = await startRespd({ config: { save } });
    try {
      const client = await server.connect();
      await fill(client, 10, 'value');
      if (typeof how === 'string') process.kill(server.pid, how);
      else await client.call(...how).catch(() => undefined);
      expect(await server.exit()).toBe(0);
      expect((await readdir(server.directory)).includes('dump.rdb')).toBe(saves);
      expect(await temporaryFiles(server.directory)).toEqual([]);
      if (saves) expect(server.output).toContain('Saving the final RDB snapshot before exiting.');
    } finally {
      await server.stop();
    }
  });

  it('takes the place of one in the background', async () => {
    const server = await startRespd({ config: { save: '3600 1', 'rdb-key-save-delay': 2000 } });
    try {
      const client = await server.connect();
      await fill(client, 512, 'value');
      await client.call('BGSAVE');
      await client.call('CONFIG', 'SET', 'rdb-key-save-delay', '0');
      await client.call('SET', 'last', '1');
      process.kill(server.pid, 'SIGTERM');
      expect(await server.exit()).toBe(0);
      expect(server.output).toContain('There is a child saving an .rdb. Killing it!');
      expect((await readFile(join(server.directory, 'dump.rdb'))).includes('last')).toBe(true);
      expect(await temporaryFiles(server.directory)).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it('that fails lets the server go on, unless it is forced', async () => {
    const server = await startRespd({ config: { save: '3600 1' } });
    const { directory } = server;
    try {
      const client = await server.connect();
      await fill(client, 10, 'value');
      await rm(directory, { recursive: true });
      await expect(client.call('SHUTDOWN')).rejects.toThrow('ERR Errors trying to SHUTDOWN. Check logs.');
      expect(server.output).toContain("Error trying to save the DB, can't exit.");
      expect(await client.call('SET', 'k', 'v')).toBe('OK');
      await client.call('SHUTDOWN', 'FORCE').catch(() => undefined);
      expect(await server.exit()).toBe(0);
      expect(server.output).toContain('Error trying to save the DB. Exit anyway.');
    } finally {
      await server.stop();
    }
  });
});

/** Waits until the last save in the background has failed. */
async function failedSave(client: RespClient): Promise<void> {
  await client.call('BGSAVE');
  for (;;) {
    const info = String(await client.call('INFO', 'persistence'));
    if (info.includes('rdb_bgsave_in_progress:0') && info.includes('rdb_last_bgsave_status:err')) return;
    await sleep(20);
  }
}

describe.each(diskKinds)('a disk that is full (%s)', (kind) => {
  it('fails the save and leaves the old file, until there is room', async () => {
    await using disk = await SmallDisk.start(kind, 128 * 1024, respdProgram(), {
      config: { save: '3600 1', rdbcompression: 'no' },
    });
    const { server } = disk;
    const client = await server.connect();
    const old = join(disk.path, 'dump.rdb');
    await fill(client, 10, 'value');
    expect(await client.call('SAVE')).toBe('OK');
    const before = await readFile(old);
    await fill(client, 1000, 'x'.repeat(1000));
    await expect(client.call('SAVE')).rejects.toThrow('ERR');
    const reason = kind === 'tmpfs' ? 'No space left on device' : 'File too large';
    expect(server.output).toContain(`Write error saving DB on disk(write): ${reason}`);
    expect(await temporaryFiles(disk.path)).toEqual([]);
    await failedSave(client);
    await expect(client.call('SET', 'k', 'v')).rejects.toThrow('MISCONF');
    expect(await client.call('GET', 'key:1')).toHaveLength(1000);
    expect(Buffer.compare(await readFile(old), before)).toBe(0);
    expect(await temporaryFiles(disk.path)).toEqual([]);
    disk.enlarge();
    expect(await client.call('SAVE')).toBe('OK');
    expect(await client.call('SET', 'k', 'v')).toBe('OK');
    expect((await readFile(old)).length).toBeGreaterThan(1_000_000);
  });
});

describe('a directory that can not be written to', () => {
  it.skipIf(!diskKinds.includes('tmpfs'))('fails the save, until it can', async () => {
    await using disk = await SmallDisk.start('tmpfs', 2 ** 20, respdProgram(), { config: { save: '3600 1' } });
    const { server } = disk;
    const client = await server.connect();
    await fill(client, 10, 'value');
    expect(await client.call('SAVE')).toBe('OK');
    const before = await readFile(join(disk.path, 'dump.rdb'));
    disk.setReadOnly(true);
    await failedSave(client);
    expect(server.output).toMatch(/Failed opening the temp RDB file temp-.* for saving: Read-only file system/);
    await expect(client.call('SET', 'k', 'v')).rejects.toThrow('MISCONF');
    expect(await client.call('GET', 'key:1')).toBe('value');
    await expect(client.call('SHUTDOWN')).rejects.toThrow('Errors trying to SHUTDOWN');
    expect(Buffer.compare(await readFile(join(disk.path, 'dump.rdb')), before)).toBe(0);
    disk.setReadOnly(false);
    expect(await client.call('SAVE')).toBe('OK');
    expect(await client.call('SET', 'k', 'v')).toBe('OK');
  });

  it.skipIf(process.platform !== 'linux')('fails the save at once (sysfs)', async () => {
    await using server = await startRespd({ config: { 'enable-protected-configs': 'yes' } });
    const client = await server.connect();
    await fill(client, 10, 'value');
    await client.call('CONFIG', 'SET', 'dir', '/sys');
    await expect(client.call('SAVE')).rejects.toThrow('ERR');
    expect(server.output).toMatch(/Failed opening the temp RDB file temp-.* \(in server root dir \/sys\) for saving: /);
    await client.call('CONFIG', 'SET', 'dir', server.directory);
    expect(await client.call('SAVE')).toBe('OK');
  });
});

describe.skipIf(!hasReferenceRedis)('a dump.rdb', () => {
  it('holds all that was acknowledged before the server ended', async () => {
    const server = await startRespd({ config: { save: '3600 1', 'rdb-key-save-delay': 500 } });
    await using redis = await RedisLoader.start();
    try {
      const client = await server.connect();
      await fill(client, 1000, 'value');
      const writer = await server.connect();
      let acknowledged = 0;
      const writing = (async () => {
        for (;;) {
          await writer.call('SET', 'counter', acknowledged + 1);
          acknowledged++;
        }
      })().catch(() => undefined);
      while (acknowledged < 10) await sleep(5);
      await client.call('SHUTDOWN').catch(() => undefined);
      await Promise.all([server.exit(), writing]);
      await redis.load(await readFile(join(server.directory, 'dump.rdb')));
      expect(Number(await redis.client.call('GET', 'counter'))).toBeGreaterThanOrEqual(acknowledged);
    } finally {
      await server.stop();
    }
  });

  it('is the old or the new one, whole, whenever the server is killed', async () => {
    await using redis = await RedisLoader.start();
    const keys = Array.from({ length: 3000 }, (_, i) => `key:${i}`);
    const count = rounds(10, 100);
    const directory = await mkdtemp(join(tmpdir(), 'respd-kills-'));
    let known = 0;
    let saveMs = 0;
    let replaced = 0;
    try {
      for (let round = 1; round <= count; round++) {
        const server = await startRespd({ directory, config: { 'rdb-key-save-delay': 50 } });
        const client = await server.connect();
        await client.call('FLUSHALL');
        await fill(client, keys.length, `${round} ${'text '.repeat(50)}`);
        if (round === 1) {
          const startMs = performance.now();
          await client.call('SAVE');
          saveMs = performance.now() - startMs;
          known = round;
        } else {
          await client.call('BGSAVE');
          await sleep(Math.random() * saveMs * 1.2);
        }
        process.kill(server.pid, 'SIGKILL');
        await server.exit();
        await redis.load(await readFile(join(directory, 'dump.rdb')));
        const values = (await redis.client.call('MGET', ...keys)) as string[];
        const found = new Set(values.map((value) => Number.parseInt(value, 10)));
        expect(found.size).toBe(1);
        const [number] = found;
        expect([known, round]).toContain(number);
        if (round > 1 && number === round) replaced++;
        known = number;
      }
      if (isLong) {
        expect(replaced).toBeGreaterThan(0);
        expect(replaced).toBeLessThan(count - 1);
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }, 600_000);
});
