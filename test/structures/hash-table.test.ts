import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../../src/lib/random.ts';
import type { Snapshot } from '../../src/memory/heap.ts';
import { HEAPS, pattern, sweepAll } from '../memory/heap-fixtures.ts';
import { HASHERS, keyOf, TableSubject } from './table-fixtures.ts';

type Step =
  | { kind: 'set' | 'remove' | 'setMany' | 'removeMany'; key: number; value: number }
  | { kind: 'expect'; entries: number }
  | { kind: 'freeze' }
  | { kind: 'release'; place: number }
  | { kind: 'sweep' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'set' as const,
        'set' as const,
        'remove' as const,
        'setMany' as const,
        'removeMany' as const,
      ),
      key: fc.nat({ max: 1500 }),
      value: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'freeze' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expect' as const), entries: fc.nat({ max: 20_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), place: fc.nat({ max: 10 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'sweep' as const }) },
);

function take(subject: TableSubject, step: Step): void {
  switch (step.kind) {
    case 'set':
      subject.set(keyOf(step.key), step.value);
      return;
    case 'remove':
      subject.remove(keyOf(step.key));
      return;
    case 'setMany':
      for (let i = 0; i < 200; i++) subject.set(keyOf((step.key + i * 7) % 1500), step.value + i);
      return;
    case 'removeMany':
      for (let i = 0; i < 200; i++) subject.remove(keyOf((step.key + i * 7) % 1500));
      return;
    case 'expect':
      subject.table.expect(step.entries);
      return;
    case 'freeze':
      subject.freeze();
      return;
    case 'release':
      if (subject.frozen.length > 0) subject.release(step.place % subject.frozen.length);
      return;
    case 'sweep':
      subject.heap.sweep(100);
  }
}

describe.each(HEAPS)('a hash table on a $name', ({ make, paranoid }) => {
  describe.each(HASHERS)('with $hashes', (hasher) => {
    it('holds what a Map holds, frozen or not', () => {
      fc.assert(
        fc.property(fc.array(anyStep, { maxLength: 60, size: 'max' }), (steps) => {
          const subject = new TableSubject(make(), hasher.make());
          steps.forEach((step, i) => {
            take(subject, step);
            if (i % 20 === 19) subject.check();
          });
          subject.end();
        }),
        { numRuns: 4 },
      );
    });
  });

  it.each(HASHERS)('takes 3,000 keys with $hashes, and gives them back', (hasher) => {
    const subject = new TableSubject(make(), hasher.make());
    const key = (i: number) => pattern(i, 4 + (i % 20));
    const keys = Array.from({ length: 3000 }, (_, i) => i + 1);
    for (const i of keys) {
      subject.set(key(i), i);
      if (i === 1500) subject.freeze();
    }
    subject.freeze();
    for (const i of keys) if (i % 3 !== 0) subject.remove(key(i));
    subject.check();
    for (const i of keys) if (i % 2 === 0) subject.set(key(i), -i >>> 0);
    subject.release(1);
    subject.end();
  });

  const large = paranoid ? 12_000 : 200_000;

  it(`grows from nothing to ${large} keys and back, with a snapshot at every size`, () => {
    const subject = new TableSubject(make());
    const empty = subject.heap.usedBytes;
    const key = (i: number) => new TextEncoder().encode(`key:${i}`);
    const random = new Xoshiro128(7);
    const order = Array.from({ length: large }, (_, i) => i);
    for (let i = large - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    const step = Math.floor(large / 4);
    for (let i = 0; i < large; i++) {
      subject.set(key(i), i);
      if (i % step === step - 1) subject.freeze();
    }
    const grown = subject.heap.usedBytes;
    expect(Math.max(...subject.depths)).toBeGreaterThan(paranoid ? 3 : 8);
    for (let i = 0; i < large; i++) {
      subject.remove(key(order[i]));
      if (i % step === step - 1) {
        subject.release(subject.frozen.length > 2 ? 1 : 0);
        sweepAll(subject.heap);
        if (i < 3 * step) subject.check();
      }
    }
    subject.end();
    expect(subject.model.size).toBe(0);
    expect(grown).toBeGreaterThan(large * 32);
    expect(subject.depths.length).toBeLessThan(16);
    expect(subject.heap.usedBytes - empty).toBeLessThan(100_000);
    // And once more from there.
    for (let i = 0; i < 3000; i++) subject.set(key(i), i);
    subject.check();
  });

  it('shrinks its pages while it empties', () => {
    const subject = new TableSubject(make());
    const count = paranoid ? 6000 : 15_000;
    const bytes: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < count; i++) subject.set(pattern(i + 1, 8), i);
      for (let i = 0; i < count; i++) subject.remove(pattern(i + 1, 8));
      subject.check();
      bytes.push(subject.heap.usedBytes);
    }
    expect(bytes[2]).toBe(bytes[0]);
  });

  it('goes on from the last look-up through several changes of one entry', () => {
    const subject = new TableSubject(make());
    for (let i = 0; i < 50; i++) subject.set(keyOf(i), i);
    subject.freeze();
    const { table, heap, entries } = subject;
    // A replacement, another one, and a removal after one and the same look-up.
    const found = subject.lookup(keyOf(9));
    const first = entries.recreate(found.entry, 1, 0, 0);
    subject.root = table.replaceFound(subject.root, first, found.hash);
    heap.free(found.entry);
    subject.freeze();
    const second = entries.recreate(first, 1, 0, 0);
    subject.root = table.replaceFound(subject.root, second, found.hash);
    heap.free(first);
    subject.root = table.removeFound(subject.root, found.hash);
    entries.free(second);
    subject.model.delete('key:9');
    subject.check();
    subject.release();
    subject.heap.release(subject.frozen.pop()?.snapshot as Snapshot);
    subject.end();
  });

  it('copies little of itself for a change while it is frozen', () => {
    const subject = new TableSubject(make());
    for (let i = 0; i < (paranoid ? 4000 : 100_000); i++) subject.set(pattern(i + 1, 8), i);
    subject.freeze();
    const before = subject.heap.copiedBytes;
    subject.set(pattern(1, 8), 7);
    // The root, two pages of at most 4 KiB, and one segment.
    expect(subject.heap.copiedBytes - before).toBeLessThan(14_000);
    subject.release();
  });
});
