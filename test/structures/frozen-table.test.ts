import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startWorker } from '../../src/lib/worker-url.ts';
import { KeyHasher } from '../../src/structures/hash.ts';
import { HEAPS, sweepAll } from '../memory/heap-fixtures.ts';
import { frozenKey } from './frozen-key.ts';
import type { FrozenTable } from './frozen-table-worker.ts';
import { TableSubject } from './table-fixtures.ts';

describe.each(HEAPS)('a frozen table on a $name', ({ make, paranoid }) => {
  const keys = paranoid ? 10_000 : 100_000;

  it('is read by another thread while everything in it is overwritten and deleted', async () => {
    const seed: [number, number] = [123, 456];
    const subject = new TableSubject(make(), new KeyHasher(seed));
    const { heap } = subject;
    for (let i = 0; i < keys; i++) subject.set(frozenKey(i), i);
    const snapshot = heap.freeze();
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const workerData: FrozenTable = { segments: snapshot.segments, root: subject.root, seed, keys, stop };
    const worker = startWorker(new URL('./frozen-table-worker.ts', import.meta.url), { workerData });
    const messages: unknown[] = [];
    worker.on('message', (message) => messages.push(message));
    const ended = once(worker, 'exit'); // rejects when the worker fails
    for (let round = 0; round < (paranoid ? 2 : 1); round++) {
      for (let i = 0; i < keys; i++) {
        subject.set(frozenKey(i), i + 1);
        if (i % 5000 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      for (let i = 0; i < keys; i++) subject.remove(frozenKey((i * 7919) % keys));
    }
    if (messages.length === 0) await once(worker, 'message');
    for (let i = 0; i < keys; i += 3) subject.set(frozenKey(i), i + 2);
    Atomics.store(stop, 0, 1);
    await ended;
    expect(messages).toEqual(['reading', { rounds: expect.any(Number), wrong: 0 }]);
    heap.release(snapshot);
    sweepAll(heap);
    expect(heap.snapshotBytes).toBe(0);
    subject.check();
  });
});
