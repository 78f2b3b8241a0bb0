/** The append-only file on a disk that is full: what was acknowledged is kept, and writing goes on when there is room. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtProgram } from '../support/built-program.ts';
import { REDIS_PROGRAM } from '../support/redis-server.ts';
import type { RespClient } from '../support/resp-client.ts';
import { type Program, ServerProcess } from '../support/server-process.ts';
import { diskKinds, SmallDisk } from '../support/small-disk.ts';
import { testsRedis } from '../support/subject.ts';

const DISK_BYTES = 256 * 1024;
const VALUE = 'v'.repeat(1000);
/** What is not answered for so long waits for the disk. */
const WAIT_MS = 1000;

let program: Program;
beforeAll(async () => {
  program = testsRedis ? REDIS_PROGRAM : await builtProgram();
});

/** Writes numbered keys until one is refused, or not answered; answers how many were acknowledged. */
async function writeUntilFull(client: RespClient): Promise<{ acknowledged: number; last: Promise<string> }> {
  for (let number = 1; ; number++) {
    const last = client.raw('SET', `key:${number}`, VALUE).then(String);
    // It may be that the connection is closed in the end.
    last.catch(() => undefined);
    const reply = await Promise.race([last, sleep(WAIT_MS, 'waits')]);
    if (reply !== '+OK\r\n') return { acknowledged: number - 1, last };
  }
}

describe.each(diskKinds)('a disk that is full (%s)', (kind) => {
  it.each(['everysec', 'always'])(
    'under %s',
    async (appendfsync) => {
      // Redis gives up there.
      if (testsRedis && appendfsync === 'always') return;
      await using disk = await SmallDisk.start(kind, DISK_BYTES, program, {
        config: { appendonly: 'yes', appendfsync, 'auto-aof-rewrite-percentage': 0 },
      });
      const { server } = disk;
      const writer = await server.connect();
      const { acknowledged, last } = await writeUntilFull(writer);
      expect(acknowledged).toBeGreaterThan(100);
      expect(acknowledged).toBeLessThan(300);

      if (appendfsync === 'everysec') {
        const other = await server.connect();
        await expect(other.call('SET', 'refused', '1')).rejects.toThrow(/^MISCONF Errors writing to the AOF file: /);
        await expect(other.call('DEL', 'key:1')).rejects.toThrow(/^MISCONF /);
        expect(await other.call('GET', 'key:1')).toBe(VALUE);
        expect(String(await other.call('INFO', 'persistence'))).toContain('aof_last_write_status:err');
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
      expect(String(await later.call('INFO', 'persistence'))).toContain('aof_last_write_status:ok');
      for (let i = 0; i < 20; i++) await later.call('SET', `room:${i}`, VALUE);

      const copy = await mkdtemp(join(tmpdir(), 'respd-disk-copy-'));
      try {
        // The disk goes with the process.
        process.kill(server.pid, 'SIGSTOP');
        await cp(disk.path, copy, { recursive: true });
        process.kill(server.pid, 'SIGKILL');
        await using restarted = await ServerProcess.start(program, { directory: copy, config: { appendonly: 'yes' } });
        const client = await restarted.connect();
        const names = Array.from({ length: written }, (_, i) => `key:${i + 1}`);
        expect(await client.call('EXISTS', ...names)).toBe(written);
        expect(await client.call('EXISTS', 'later', ...Array.from({ length: 20 }, (_, i) => `room:${i}`))).toBe(21);
        expect(await client.call('EXISTS', 'refused', `key:${written + 2}`)).toBe(0);
      } finally {
        await rm(copy, { recursive: true, force: true });
      }
    },
    120_000,
  );
});
