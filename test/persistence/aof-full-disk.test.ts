/** The append-only file on a disk that is full: what was acknowledged is kept, and writing goes on when there is room. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtProgram } from '../support/built-program.ts';
import { REDIS_PROGRAM } from '../support/redis-server.ts';
import type { Command, RespClient } from '../support/resp-client.ts';
import { type Program, ServerProcess } from '../support/server-process.ts';
import { diskKinds, SmallDisk } from '../support/small-disk.ts';
import { testsRedis } from '../support/subject.ts';

const DISK_BYTES = 256 * 1024;
const VALUE = 'v'.repeat(1000);
/** What both servers log when it is full. */
const FULL = /writing to the AOF file: /;

let program: Program;
beforeAll(async () => {
  program = testsRedis ? REDIS_PROGRAM : await builtProgram();
});

/** Writes until a command is refused, or waits because the disk is full; answers how many were acknowledged. */
async function writeUntilFull(
  server: ServerProcess,
  commandOf: (number: number) => Command,
): Promise<{ acknowledged: number; last: Promise<string> }> {
  const client = await server.connect();
  for (let number = 1; ; number++) {
    let reply = '';
    const last = client.raw(...commandOf(number)).then((raw) => {
      reply = String(raw);
      return reply;
    });
    // It may be that the connection is closed in the end.
    last.catch(() => undefined);
    while (reply === '' && !FULL.test(server.output)) await Promise.race([last, sleep(50)]);
    if (reply === '') await Promise.race([last, sleep(300)]);
    if (reply !== '+OK\r\n') return { acknowledged: number - 1, last };
  }
}

/** Waits until INFO's section on persistence has a line, and nothing is rewritten. */
async function untilInfo(client: RespClient, line: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const info = String(await client.call('INFO', 'persistence'));
    if (info.includes(line) && info.includes('aof_rewrite_in_progress:0')) return;
    if (Date.now() > deadline) throw new Error(`no ${line}:\n${info}`);
    await sleep(20);
  }
}

/** Kills the server and starts another one on a copy of its files, since the disk goes with the process. */
async function restartElsewhere(disk: SmallDisk): Promise<{ server: ServerProcess } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'respd-disk-copy-'));
  process.kill(disk.server.pid, 'SIGSTOP');
  await cp(disk.path, directory, { recursive: true });
  process.kill(disk.server.pid, 'SIGKILL');
  const server = await ServerProcess.start(program, { directory, config: { appendonly: 'yes' } });
  return {
    server,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describe.each(diskKinds)('a disk that is full (%s)', (kind) => {
  // Redis gives up under always.
  it.each(testsRedis ? ['everysec'] : ['everysec', 'always'])('under %s', async (appendfsync) => {
    await using disk = await SmallDisk.start(kind, DISK_BYTES, program, {
      config: { appendonly: 'yes', appendfsync, 'auto-aof-rewrite-percentage': 0 },
    });
    const { server } = disk;
    const { acknowledged, last } = await writeUntilFull(server, (number) => ['SET', `key:${number}`, VALUE]);
    expect(acknowledged).toBeGreaterThan(100);
    expect(acknowledged).toBeLessThan(300);

    if (appendfsync === 'everysec') {
      const other = await server.connect();
      await expect(other.call('SET', 'refused', '1')).rejects.toThrow(/^MISCONF Errors writing to the AOF file: /);
      await expect(other.call('DEL', 'key:1')).rejects.toThrow(/^MISCONF /);
      expect(await other.call('GET', 'key:1')).toBe(VALUE);
      await untilInfo(other, 'aof_last_write_status:err');
    }

    disk.enlarge();
    const later = await server.connect();
    const deadline = Date.now() + 20_000;
    while (String(await later.raw('SET', 'later', '1')) !== '+OK\r\n') {
      if (Date.now() > deadline) throw new Error(`writing does not resume:\n${server.output}`);
      await sleep(50);
    }
    // What was waiting is answered too, or refused, or its connection closed: it is never forgotten.
    const lastReply = await last.catch(() => 'closed');
    expect(lastReply).toMatch(/^(\+OK|-MISCONF .*|closed)/);
    const written = lastReply.startsWith('+OK') ? acknowledged + 1 : acknowledged;
    await untilInfo(later, 'aof_last_write_status:ok');
    const rooms = Array.from({ length: 20 }, (_, i) => `room:${i}`);
    for (const name of rooms) await later.call('SET', name, VALUE);

    await using restarted = await restartElsewhere(disk);
    const client = await restarted.server.connect();
    const names = Array.from({ length: written }, (_, i) => `key:${i + 1}`);
    expect(await client.call('EXISTS', ...names)).toBe(written);
    expect(await client.call('EXISTS', 'later', ...rooms)).toBe(21);
    expect(await client.call('EXISTS', 'refused', `key:${written + 2}`)).toBe(0);
  });
});

describe('a rewrite', () => {
  it.skipIf(!diskKinds.includes('tmpfs'))('that finds no room leaves the files that were there', async () => {
    await using disk = await SmallDisk.start('tmpfs', DISK_BYTES, program, {
      config: { appendonly: 'yes', 'auto-aof-rewrite-percentage': 0, rdbcompression: 'no' },
    });
    const client = await disk.server.connect();
    const names = Array.from({ length: 150 }, (_, i) => `key:${i}`);
    for (const name of names) await client.call('SET', name, VALUE);
    await client.call('BGREWRITEAOF');
    await untilInfo(client, 'aof_last_bgrewrite_status:err');
    expect(await client.call('SET', 'after the failure', '1')).toBe('OK');
    disk.enlarge();
    await client.call('BGREWRITEAOF');
    await untilInfo(client, 'aof_last_bgrewrite_status:ok');
    expect(await client.call('SET', 'after the success', '1')).toBe('OK');
    await using restarted = await restartElsewhere(disk);
    const other = await restarted.server.connect();
    expect(await other.call('EXISTS', ...names, 'after the failure', 'after the success')).toBe(names.length + 2);
  });

  it.skipIf(testsRedis)('makes room where a file has become too large', async () => {
    await using disk = await SmallDisk.start('file limit', DISK_BYTES, program, {
      config: { appendonly: 'yes', 'auto-aof-rewrite-percentage': 0 },
    });
    const { acknowledged } = await writeUntilFull(disk.server, (number) => ['SET', 'key', `${VALUE}${number}`]);
    const other = await disk.server.connect();
    await untilInfo(other, 'aof_last_write_status:err');
    await other.call('BGREWRITEAOF');
    await untilInfo(other, 'aof_last_write_status:ok');
    expect(await other.call('SET', 'after', '1')).toBe('OK');
    await using restarted = await restartElsewhere(disk);
    const reader = await restarted.server.connect();
    expect(await reader.call('GET', 'after')).toBe('1');
    const found = String(await reader.call('GET', 'key')).slice(VALUE.length);
    expect([String(acknowledged), String(acknowledged + 1)]).toContain(found);
  });
});
