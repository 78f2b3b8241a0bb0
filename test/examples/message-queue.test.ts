import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startRespd } from '../support/respd-server.ts';
import { freePort } from '../support/server-process.ts';
import { ExampleProgram } from './example-program.ts';

const TASKS = 200;
const WORKERS = 3;
const KILLS = 4;

it('loses no task and leaves none behind when workers are killed, and the server too', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'respd-queue-'));
  const port = await freePort();
  const options = { directory, config: { port, appendonly: 'yes' } };
  let server = await startRespd(options);
  const workers: ExampleProgram[] = [];
  const startWorker = (): ExampleProgram =>
    new ExampleProgram('message-queue/worker.js', { REDIS_URL: `redis://127.0.0.1:${port}` });
  try {
    let client = await server.connect();
    const tasks = Array.from({ length: TASKS }, (_, n) => JSON.stringify({ id: `t${n}`, n }));
    await client.call('LPUSH', 'tasks', ...tasks);
    for (let i = 0; i < WORKERS; i++) workers.push(startWorker());
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = Math.floor(Math.random() * WORKERS);
      // In the middle of its work, wherever that is.
      await workers[victim].printed(/done/);
      await workers[victim].stop('SIGKILL');
      workers[victim] = startWorker();
      if (kill !== KILLS / 2) continue;
      await server.stop('SIGKILL');
      server = await startRespd(options);
      client = await server.connect();
    }
    const done = async (): Promise<number> => Number(await client.call('HLEN', 'results'));
    while ((await done()) < TASKS) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await client.call('HGET', 'results', 't12')).toBe('{"square":144}');
    // A task may be done twice: until its list is put back and found done again, something is left.
    const left = async (): Promise<string[]> => (await client.call('KEYS', 'tasks*')) as string[];
    await expect.poll(left, { timeout: 30_000, interval: 50 }).toEqual([]);
    expect(await done()).toBe(TASKS);
  } finally {
    for (const worker of workers) await worker.stop('SIGKILL');
    await server.stop();
    rmSync(directory, { recursive: true });
  }
});
