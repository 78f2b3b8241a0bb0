import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** The threads that the current test has started, so that it can end one. */
export function rememberThreads(): readonly Worker[] {
  const threads: Worker[] = [];
  const remember = (thread: Worker): number => threads.push(thread);
  beforeAll(() => void process.on('worker', remember));
  afterAll(() => void process.off('worker', remember));
  beforeEach(() => {
    threads.length = 0;
  });
  return threads;
}
