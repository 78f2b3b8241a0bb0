import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExpiryCycle } from '../../src/keyspace/expiry-cycle.ts';
import { Keyspace } from '../../src/keyspace/keyspace.ts';
import { ManualClock } from '../../src/lib/clock.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Slice } from '../../src/lib/slice.ts';
import { ParanoidHeap } from '../../src/memory/paranoid-heap.ts';

/** A clock whose time passes by being looked at. */
class WearyClock extends ManualClock {
  stepMs = 0;

  override monotonicMs(): number {
    this.advance(this.stepMs);
    return super.monotonicMs();
  }
}

const ALWAYS = 1000;
const VALUE = Slice.from('value');

let clock: WearyClock;
let keyspace: Keyspace;
let cycle: ExpiryCycle;
let startMs: number;

beforeEach(() => {
  clock = new WearyClock();
  startMs = clock.nowMs();
  const heap = new ParanoidHeap();
  heap.mutableWord = () => 2;
  keyspace = new Keyspace({ clock, random: new Xoshiro128(1), hashSeed: [1, 2], databases: 4, heap });
  cycle = new ExpiryCycle(keyspace);
});

function set(database: number, name: string, deadlineMs: number): void {
  keyspace.databases[database].setString(Slice.from(name), VALUE, deadlineMs);
}

/** `count` keys whose deadlines are `ttl(i)` after the start; 0 for none. */
function fill(database: number, count: number, ttl: (i: number) => number): void {
  for (let i = 0; i < count; i++) set(database, `key:${i}`, ttl(i) === 0 ? 0 : startMs + ttl(i));
}

function run(): boolean {
  return cycle.run(clock.nowMs(), ALWAYS);
}

describe('the expiry cycle', () => {
  it('deletes what is due, in all databases, and nothing else', () => {
    fill(0, 5000, (i) => [10, 1000, 0][i % 3]);
    fill(3, 100, () => 10);
    clock.advance(11);
    expect(run()).toBe(false);
    expect(keyspace.databases.map(({ size }) => size)).toEqual([3333, 0, 0, 0]);
    expect(keyspace.databases.map(({ expiring }) => expiring)).toEqual([1667, 0, 0, 0]);
    expect(keyspace.stats.expired).toBe(1767);
    keyspace.verify();
    clock.advance(1000);
    expect(run()).toBe(false);
    expect(keyspace.databases[0].size).toBe(1666);
    keyspace.verify();
  });

  it('keeps a key up to its very deadline', () => {
    set(0, 'k', startMs + 10);
    cycle.run(startMs + 10, ALWAYS);
    expect(keyspace.databases[0].size).toBe(1);
    cycle.run(startMs + 11, ALWAYS);
    expect(keyspace.databases[0].size).toBe(0);
  });

  it('empties a large table down to its last segment', () => {
    fill(0, 20_000, () => 10);
    clock.advance(11);
    expect(run()).toBe(false);
    expect(keyspace.databases[0].size).toBe(0);
    keyspace.verify();
  });

  it('stops when its time is over and goes on where it stopped', () => {
    fill(0, 5000, () => 10);
    fill(2, 5000, () => 10);
    clock.advance(11);
    clock.stepMs = 0.1;
    const nowMs = clock.nowMs();
    let runs = 0;
    let left = keyspace.keyCount;
    while (cycle.run(nowMs, 1)) {
      runs++;
      expect(left - keyspace.keyCount).toBeGreaterThan(0);
      expect(left - keyspace.keyCount).toBeLessThanOrEqual(64 * 11);
      left = keyspace.keyCount;
    }
    expect(keyspace.keyCount).toBe(0);
    expect(runs).toBeGreaterThan(10);
    expect(keyspace.stats.expireTimeCapReached).toBe(runs);
    keyspace.verify();
  });

  it('deletes something even with no time at all', () => {
    fill(0, 1000, () => 10);
    clock.advance(11);
    expect(cycle.run(clock.nowMs(), 0)).toBe(true);
    expect(keyspace.databases[0].size).toBe(1000 - 64);
  });

  it('makes the bounds exact', () => {
    fill(0, 3000, (i) => (i % 2 === 0 ? 10 : 5000 + i));
    for (let i = 0; i < 3000; i += 4) keyspace.databases[0].delete(Slice.from(`key:${i}`));
    clock.advance(11);
    run();
    const [{ bounds, table, root }] = keyspace.databases;
    const earliest = new Set<number>();
    for (let id = 0; id < bounds.length; id++) earliest.add(bounds.deadline(id));
    expect(Math.min(...earliest)).toBeGreaterThanOrEqual(startMs + 5000);
    expect(table.count(root)).toBe(1500);
    keyspace.verify();
  });

  it('leaves frozen data alone', () => {
    fill(0, 3000, (i) => (i % 3 === 0 ? 0 : 10));
    const frozen = keyspace.freeze();
    clock.advance(11);
    expect(run()).toBe(false);
    expect(keyspace.databases[0].size).toBe(1000);
    const { table } = keyspace.databases[0];
    const names = new Set<string>();
    const key = new Slice(new Uint8Array(0), 0, 0);
    table.forEach(frozen.roots.databases[0].root, (entry) => {
      names.add(keyspace.entries.key(entry, key).toLatin1());
    });
    expect(names.size).toBe(3000);
    keyspace.release(frozen);
    keyspace.verify();
  });

  it('takes names of any length', () => {
    const names = ['', 'n'.repeat(2000), 'm'.repeat(70_000), 'o'.repeat(200_000), 'short'];
    for (const name of names) set(0, name, startMs + 10);
    fill(0, 300, () => 10);
    clock.advance(11);
    expect(run()).toBe(false);
    expect(keyspace.keyCount).toBe(0);
    keyspace.verify();
  });

  it('tells of every key', () => {
    const told: string[] = [];
    keyspace.events.add({
      deleted: (database, key, reason) => told.push(`${database} ${key} ${reason}`),
    });
    set(1, 'a', startMs + 10);
    set(1, 'b', startMs + 20);
    clock.advance(11);
    run();
    expect(told).toEqual(['1 a expired']);
  });

  it('does nothing while it is switched off or keys must stay', () => {
    fill(0, 10, () => 10);
    clock.advance(11);
    cycle.enabled = false;
    expect(run()).toBe(false);
    cycle.enabled = true;
    keyspace.keepsExpired = true;
    expect(run()).toBe(false);
    expect(keyspace.databases[0].size).toBe(10);
    keyspace.keepsExpired = false;
    run();
    expect(keyspace.databases[0].size).toBe(0);
  });

  it('survives databases that are exchanged and emptied while it is on its way', () => {
    clock.stepMs = 1;
    fill(0, 2000, () => 10);
    fill(1, 10, () => 10);
    clock.advance(11);
    expect(run()).toBe(false);
    fill(0, 2000, () => 10);
    expect(cycle.run(clock.nowMs(), 5)).toBe(true);
    keyspace.swap(0, 1);
    cycle.run(clock.nowMs(), 5);
    keyspace.databases[1].flush();
    fill(2, 500, () => 10);
    while (run());
    expect(keyspace.keyCount).toBe(0);
    keyspace.verify();
  });

  it('finds all that is due, whatever was done before', () => {
    const operation = fc.record({
      kind: fc.constantFrom('set', 'set', 'set', 'delete', 'persist', 'run', 'pass', 'swap'),
      key: fc.integer({ min: 0, max: 3000 }),
      count: fc.integer({ min: 1, max: 600 }),
      ttlMs: fc.integer({ min: 0, max: 500 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const local = new ManualClock();
        const space = new Keyspace({
          clock: local,
          random: new Xoshiro128(1),
          hashSeed: [3, 4],
          databases: 2,
          heap: new ParanoidHeap(),
        });
        const expiry = new ExpiryCycle(space);
        const models = [new Map<string, number>(), new Map<string, number>()];
        for (const { kind, key, count, ttlMs } of operations) {
          if (kind === 'pass') local.advance(ttlMs);
          else if (kind === 'swap') {
            space.swap(0, 1);
            models.reverse();
          } else if (kind === 'run') {
            expect(expiry.run(local.nowMs(), ALWAYS)).toBe(false);
            for (const [index, model] of models.entries()) {
              for (const [name, deadline] of model) if (deadline < local.nowMs()) model.delete(name);
              expect(space.databases[index].size).toBe(model.size);
            }
            space.verify();
          } else {
            for (let i = key; i < key + count; i++) {
              const name = Slice.from(`key:${i}`);
              const entry = space.databases[0].peek(name);
              const deadline = ttlMs === 0 ? 0 : local.nowMs() + ttlMs;
              if (kind === 'set') {
                space.databases[0].setString(name, VALUE, deadline);
                models[0].set(`key:${i}`, deadline === 0 ? Number.POSITIVE_INFINITY : deadline);
              } else if (models[0].has(`key:${i}`)) {
                if (kind === 'delete') space.databases[0].removeFound(entry);
                else space.databases[0].setDeadlineFound(entry, 0);
                if (kind === 'delete') models[0].delete(`key:${i}`);
                else models[0].set(`key:${i}`, Number.POSITIVE_INFINITY);
              }
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the statistics of the expiry cycle', () => {
  it('say what share of the keys looked at was due', () => {
    fill(0, 400, (i) => (i % 4 === 0 ? 10 : 10_000));
    clock.advance(11);
    run();
    expect(keyspace.stats.stalePercent).toBeCloseTo(25 * 0.05);
    clock.advance(100);
    run();
    expect(keyspace.stats.stalePercent).toBeCloseTo(25 * 0.05 * 0.95);
  });

  it('sample the mean time to live, as Redis rounds it', () => {
    fill(0, 500, () => 100_000);
    fill(1, 500, () => 0);
    run();
    expect(keyspace.databases.map(({ averageTtlMs }) => averageTtlMs)).toEqual([100_000, 0, 0, 0]);
    fill(0, 500, () => 50_100);
    clock.advance(100);
    run();
    expect(keyspace.databases[0].averageTtlMs).toBe((100_000 / 50) * 49 + 50_000 / 50);
    keyspace.databases[0].clear();
    clock.advance(100);
    run();
    expect(keyspace.databases[0].averageTtlMs).toBe(0);
  });
});

describe('a slice', () => {
  it('is a quarter of all time, more with more effort', () => {
    expect(cycle.sliceMs(1.5)).toBeCloseTo(0.5);
    cycle.effort = 10;
    expect(cycle.sliceMs(1)).toBeCloseTo(0.43 / 0.57);
  });

  it('is as long as the others had while much is due', () => {
    fill(0, 1000, () => 10);
    clock.advance(11);
    cycle.run(clock.nowMs(), 0);
    expect(cycle.sliceMs(0.6)).toBeCloseTo(0.6);
    while (run());
    run();
    expect(cycle.sliceMs(0.6)).toBeCloseTo(0.2);
  });

  it('is never nothing, and never long', () => {
    expect(cycle.sliceMs(0)).toBeGreaterThan(0);
    expect(cycle.sliceMs(1000)).toBe(1);
  });
});
