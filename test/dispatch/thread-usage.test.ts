import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { threadUsage } from '../../src/dispatch/thread-usage.ts';

it.runIf(process.platform === 'linux')('counts this thread, and no other', async () => {
  const before = threadUsage();
  expect(before).not.toBeNull();
  if (before === null) return;
  const started = process.cpuUsage();
  const worker = new Worker('const end = Date.now() + 200; while (Date.now() < end);', { eval: true });
  await new Promise((resolve) => worker.once('exit', resolve));
  const all = process.cpuUsage(started);
  const own = threadUsage() ?? before;
  const ownUs = own.user + own.system - before.user - before.system;
  expect(ownUs).toBeGreaterThanOrEqual(0);
  expect(ownUs).toBeLessThan(all.user + all.system);
});
