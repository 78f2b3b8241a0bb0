import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Slice } from '../../src/lib/slice.ts';
import { NULL, type Pointer } from '../../src/memory/layout.ts';
import { HEAPS, pattern } from '../memory/heap-fixtures.ts';
import { HASHERS, keyOf, TableSubject } from './table-fixtures.ts';

const key = (i: number) => pattern(i + 1, 10);

/** One whole iteration; `between` runs after each call. Answers how often each key was returned. */
function scanAll(subject: TableSubject, between: () => void): Map<string, number> {
  const seen = new Map<string, number>();
  const slice = new Slice(new Uint8Array(0), 0, 0);
  let cursor = 0;
  do {
    const before = cursor;
    cursor = subject.table.scan(subject.root, cursor, (entry) => {
      const name = subject.entries.key(entry, slice).toLatin1();
      seen.set(name, (seen.get(name) ?? 0) + 1);
    });
    expect(cursor === 0 || cursor > before).toBe(true);
    between();
  } while (cursor !== 0);
  return seen;
}

describe.each(HEAPS)('an iteration of a table on a $name', ({ make, paranoid }) => {
  it.each(HASHERS)('returns each key once, with $hashes', (hasher) => {
    const subject = new TableSubject(make(), hasher.make());
    for (const count of [0, 1, 5, 40, 300, 900]) {
      while (subject.model.size < count) subject.set(keyOf(subject.model.size), 0);
      const seen = scanAll(subject, () => {});
      expect(seen.size).toBe(count);
      for (const name of subject.model.keys()) expect(seen.get(name)).toBe(1);
    }
  });

  it.each(HASHERS)('returns each key that stays once, whatever comes and goes meanwhile, with $hashes', (hasher) => {
    const isGood = hasher.hashes === 'good hashes';
    const most = !isGood ? 700 : paranoid ? 1200 : 3000;
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 60 }), (seed, stable) => {
        const random = new Xoshiro128(seed);
        const subject = new TableSubject(make(), hasher.make());
        for (let i = 0; i < stable * 10; i++) subject.set(key(i), i);
        const staying = [...subject.model.keys()];
        let passing = 0;
        let calls = 0;
        const seen = scanAll(subject, () => {
          // The table swells and shrinks in turn, so that segments split and merge under the cursor.
          if (calls++ > 40) return;
          if (calls % 5 === 0) subject.freeze();
          if (calls % 7 === 0) subject.release();
          const target = random.below(2) * random.below(most);
          while (passing < target) subject.set(key(10_000 + passing), passing++);
          while (passing > target) subject.remove(key(10_000 + --passing));
        });
        for (const name of staying) expect(seen.get(name)).toBe(1);
        for (const times of seen.values()) expect(times).toBe(1);
      }),
      { numRuns: isGood ? 6 : 2 },
    );
  });
});

describe('random entries', () => {
  /** Chi square over its degrees of freedom: 1 for a uniform choice, give or take. */
  function unevenness(subject: TableSubject, draws: number, seed: number): number {
    const random = new Xoshiro128(seed);
    const times = new Map<Pointer, number>();
    for (let i = 0; i < draws; i++) {
      const entry = subject.table.random(subject.root, random);
      times.set(entry, (times.get(entry) ?? 0) + 1);
    }
    const count = subject.model.size;
    const expected = draws / count;
    let sum = (count - times.size) * expected;
    for (const drawn of times.values()) sum += (drawn - expected) ** 2 / expected;
    return sum / (count - 1);
  }

  it('are none in an empty table, and the one in a table of one', () => {
    const subject = new TableSubject(HEAPS[0].make());
    const random = new Xoshiro128(1);
    expect(subject.table.random(subject.root, random)).toBe(NULL);
    subject.set(key(1), 1);
    expect(subject.table.random(subject.root, random)).toBe(subject.lookup(key(1)).entry);
  });

  it.each([2, 10, 100, 700, 3000, 9000])('are uniform among %i', (count) => {
    const subject = new TableSubject(HEAPS[0].make());
    for (let i = 0; i < count; i++) subject.set(key(i), i);
    const draws = Math.max(20_000, count * 20);
    // Six standard deviations of chi square.
    expect(Math.abs(unevenness(subject, draws, count) - 1)).toBeLessThan(6 * Math.sqrt(2 / (count - 1)));
  });

  it('are uniform while a large table empties', () => {
    const subject = new TableSubject(HEAPS[0].make());
    const count = 16_000;
    for (let i = 0; i < count; i++) subject.set(key(i), i);
    const worst: number[] = [];
    for (const left of [9000, 7000, 6500, 6000, 5500, 5000, 4500, 4000, 3500, 3200, 3000, 2500, 2000, 1000]) {
      for (let i = subject.model.size - 1; i >= left; i--) subject.remove(key(i));
      worst.push(unevenness(subject, left * 20, left));
    }
    expect(Math.max(...worst)).toBeLessThan(1.15);
  });

  it('come out of overflow chains too', () => {
    const subject = new TableSubject(HEAPS[0].make(), HASHERS[1].make());
    for (let i = 0; i < 170; i++) subject.set(key(i), i);
    expect(unevenness(subject, 20_000, 5)).toBeLessThan(1.6);
  });
});
