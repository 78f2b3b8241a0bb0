/**
 * A worker: does tasks until it is told to stop. Start as many as you like, and kill any of them.
 *
 *     node worker.js
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Queue } from './queue.js';

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const worker = randomUUID();
// One connection waits for tasks; the other must never have to wait for that.
const [waiting, prompt] = [new Redis(url), new Redis(url)];
for (const redis of [waiting, prompt]) redis.on('error', (error) => console.error(`respd: ${error.message}`));
const [tasks, care] = [new Queue(waiting), new Queue(prompt)];

let stopping = false;
process.on('SIGTERM', () => {
  stopping = true;
});

await care.beat(worker);
const timer = setInterval(() => {
  Promise.all([care.beat(worker), care.recover()]).catch((error) => console.error(error.message));
}, 500);

while (!stopping) {
  const task = await tasks.take(worker);
  if (task === null) continue;
  const { id, n } = JSON.parse(task);
  await sleep(10);
  await care.finish(worker, task, { square: n * n });
  console.log(`task ${id} done`);
}
clearInterval(timer);
waiting.disconnect();
prompt.disconnect();
