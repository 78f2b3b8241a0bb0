import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import type { Pointer } from '../../src/memory/layout.ts';
import { SegmentBounds } from '../../src/structures/segment-bounds.ts';
import { SEGMENT_ID } from '../../src/structures/table-layout.ts';
import { HEAPS, pattern } from '../memory/heap-fixtures.ts';
import { TableSubject } from './table-fixtures.ts';

describe('bounds of segments', () => {
  it('go to both halves of a split, and the lower one stays after a merge', () => {
    const bounds = new SegmentBounds();
    const whole = bounds.acquire(0);
    expect(bounds.deadline(whole)).toBe(Number.POSITIVE_INFINITY);
    bounds.lower(whole, 500);
    bounds.lower(whole, 700);
    const upper = bounds.split(whole, 0);
    expect(bounds.firstHash(upper)).toBe(0x80000000);
    const quarter = bounds.split(upper, 1);
    expect(bounds.firstHash(quarter)).toBe(0xc0000000);
    expect([whole, upper, quarter].map((id) => bounds.deadline(id))).toEqual([500, 500, 500]);
    bounds.set(upper, 900);
    bounds.set(quarter, 300);
    expect(bounds.merge(quarter, upper, 2)).toBe(upper);
    expect(bounds.deadline(upper)).toBe(300);
    expect(bounds.deadline(quarter)).toBe(Number.POSITIVE_INFINITY);
    expect(bounds.merge(whole, upper, 1)).toBe(whole);
    expect([bounds.deadline(whole), bounds.firstHash(whole)]).toEqual([300, 0]);
  });

  it('use ids again', () => {
    const bounds = new SegmentBounds();
    const first = bounds.acquire(0);
    for (let round = 0; round < 100; round++) {
      const ids = [bounds.split(first, 0)];
      for (let depth = 1; depth < 20; depth++) ids.push(bounds.split(ids[depth - 1], depth));
      expect(new Set(ids).size).toBe(20);
      bounds.lower(ids[19], round);
      for (let depth = 20; depth > 1; depth--)
        expect(bounds.merge(ids[depth - 1], ids[depth - 2], depth)).toBe(ids[depth - 2]);
      expect(bounds.merge(first, ids[0], 1)).toBe(first);
      expect(bounds.deadline(first)).toBe(round);
      bounds.set(first, Number.POSITIVE_INFINITY);
    }
    expect(bounds.length).toBe(21);
  });
});

describe.each(HEAPS)('the bounds of a table on a $name', ({ make }) => {
  const keyOf = (i: number) => pattern(i + 1, 9);

  function checkBounds(subject: TableSubject, bounds: SegmentBounds): number {
    const slice = new Slice(new Uint8Array(0), 0, 0);
    const ids = new Set<number>();
    let tight = 0;
    const visit = (segment: Pointer) => {
      const id = subject.heap.word(segment, SEGMENT_ID);
      expect(ids.has(id)).toBe(false);
      ids.add(id);
      let earliest = Number.POSITIVE_INFINITY;
      subject.table.forEachInSegment(segment, (entry) => {
        const deadline = subject.model.get(subject.entries.key(entry, slice).toLatin1()) as number;
        earliest = Math.min(earliest, deadline);
      });
      expect(bounds.deadline(id)).toBeLessThanOrEqual(earliest);
      if (bounds.deadline(id) === earliest) tight++;
    };
    subject.table.forEachSegment(subject.root, visit);
    for (let id = 0; id < bounds.length; id++) {
      if (!ids.has(id)) expect(bounds.deadline(id)).toBe(Number.POSITIVE_INFINITY);
    }
    return tight;
  }

  it('stay lower bounds through splits, merges and snapshots', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ target: fc.nat({ max: 2500 }), deadline: fc.nat({ max: 1e6 }), freeze: fc.boolean() }), {
          minLength: 4,
          maxLength: 8,
        }),
        (steps) => {
          const bounds = new SegmentBounds();
          const subject = new TableSubject(make(), undefined, bounds);
          let count = 0;
          for (const step of steps) {
            if (step.freeze) subject.freeze();
            while (count < step.target) {
              const key = keyOf(count);
              const deadline = step.deadline + (count % 1000);
              subject.set(key, deadline);
              const { hash } = subject.lookup(key);
              subject.table.noteDeadline(subject.root, hash, deadline);
              count++;
            }
            while (count > step.target) subject.remove(keyOf(--count));
            checkBounds(subject, bounds);
          }
          subject.check();
          subject.end();
        },
      ),
      { numRuns: 4 },
    );
  });

  it('are close while nothing is removed', () => {
    const bounds = new SegmentBounds();
    const subject = new TableSubject(make(), undefined, bounds);
    for (let i = 0; i < 5000; i++) {
      const key = keyOf(i);
      subject.set(key, 5000 - i);
      subject.table.noteDeadline(subject.root, subject.lookup(key).hash, 5000 - i);
    }
    // Both halves of a split keep the bound of the whole, but younger keys here have ever lower ones.
    expect(checkBounds(subject, bounds)).toBe(subject.depths.length);
  });
});
