import { describe, expect, it } from 'vitest';
import { NULL } from '../../src/memory/layout.ts';
import { TableDrain } from '../../src/structures/table-drain.ts';
import { HEAPS, sweepAll, verifyEmpty } from '../memory/heap-fixtures.ts';
import { HASHERS, keyOf, TableSubject } from './table-fixtures.ts';

describe.each(HEAPS)('draining a table on a $name', ({ make, paranoid }) => {
  const large = paranoid ? 4000 : 40_000;

  /** Frees the table; `between` runs after each segment. */
  function drain(subject: TableSubject, between: (segments: number) => void): number {
    const drain = new TableDrain(subject.heap, subject.root);
    let freed = 0;
    let segments = 0;
    for (;;) {
      const segment = drain.next();
      if (segment === NULL) break;
      subject.table.forEachInSegment(segment, (entry) => {
        subject.entries.free(entry);
        freed++;
      });
      subject.table.freeSegment(segment);
      between(++segments);
    }
    expect(drain.next()).toBe(NULL);
    return freed;
  }

  it.each([0, 1, 30, 700, 2500, large])('of %i keys frees everything', (count) => {
    const subject = new TableSubject(make());
    for (let i = 0; i < count; i++) subject.set(keyOf(i), i);
    expect(drain(subject, () => {})).toBe(count);
    verifyEmpty(subject.heap);
  });

  it.each(HASHERS)('with $hashes frees everything', (hasher) => {
    const subject = new TableSubject(make(), hasher.make());
    for (let i = 0; i < 900; i++) subject.set(keyOf(i), i);
    expect(drain(subject, () => {})).toBe(900);
    verifyEmpty(subject.heap);
  });

  it('leaves snapshots taken before it and during it as they were', () => {
    const subject = new TableSubject(make());
    for (let i = 0; i < large; i++) subject.set(keyOf(i), i);
    subject.freeze();
    subject.set(keyOf(3), 0);
    const later: ReturnType<typeof subject.heap.freeze>[] = [];
    const freed = drain(subject, (segments) => {
      if (segments === 3) later.push(subject.heap.freeze());
      if (segments === 5) subject.heap.sweep(100);
    });
    expect(freed).toBe(large);
    expect(subject.heap.usedBytes).toBe(0);
    verifyEmpty(subject.heap);
    for (const snapshot of later) subject.heap.release(snapshot);
    sweepAll(subject.heap);
    subject.release();
    sweepAll(subject.heap);
    verifyEmpty(subject.heap);
    expect(subject.heap.snapshotBytes).toBe(0);
  });
});
