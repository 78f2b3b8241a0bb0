import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Database, KEEP_DEADLINE } from '../../src/keyspace/database.ts';
import {
  deadlineOf,
  encodingOf,
  STRING_AUTO,
  STRING_RAW,
  STRING_TEXT,
  TYPE_LIST,
  TYPE_STRING,
  typeOf,
} from '../../src/keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../src/keyspace/key-table.ts';
import type { Keyspace, KeyspaceSnapshot } from '../../src/keyspace/keyspace.ts';
import type { ManualClock } from '../../src/lib/clock.ts';
import { Slice } from '../../src/lib/slice.ts';
import { NULL, type Pointer } from '../../src/memory/layout.ts';
import { pattern } from '../memory/heap-fixtures.ts';
import { type FrozenKey, freeze, KEYSPACES, readFrozen } from './keyspace-fixtures.ts';

/** Keys of every kind: empty, short, just inside and outside of the entry, of one leaf and of several. */
const KEYS = [
  ...Array.from({ length: 12 }, (_, i) => Buffer.from(`key:${i}`)),
  Buffer.alloc(0),
  Buffer.from(pattern(1, 1024)),
  Buffer.from(pattern(2, 1025)),
  Buffer.from(pattern(3, 50_000)),
];

const NONE = Number.POSITIVE_INFINITY;

interface Value {
  readonly bytes: Buffer;
  readonly deadlineMs: number;
  readonly encoding: number;
}

const database = fc.nat({ max: 2 });
const key = fc.nat({ max: KEYS.length - 1 });
const length = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 700 }), fc.constantFrom(511, 512, 513, 5000, 50_000));
const seed = fc.nat({ max: 1e6 });
/** Milliseconds from now; `none` and `keep` are what {@link NO_DEADLINE} and {@link KEEP_DEADLINE} say. */
const deadline = fc.oneof(fc.integer({ min: -5, max: 300 }), fc.constantFrom('none' as const, 'keep' as const));

const anyStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      database,
      key,
      length,
      seed,
      deadline,
      encoding: fc.constantFrom(STRING_AUTO, STRING_TEXT),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      database,
      key,
      length: length.filter((bytes) => bytes > 0),
      seed,
      offset: fc.oneof(fc.nat({ max: 700 }), fc.constantFrom(22_000, 60_000), fc.constant('end' as const)),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('expire' as const), database, key, deadline }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('lookup' as const, 'delete' as const), database, key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('move' as const), database, key, to: key, target: database }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('swap' as const), database, other: database }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), database }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 120 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'freeze' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), place: fc.nat({ max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reclaim' as const), steps: fc.nat({ max: 5 }) }) },
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

class Subject {
  readonly keyspace: Keyspace;
  private readonly clock: ManualClock;
  private models = [0, 1, 2].map(() => new Map<string, Value>());
  private readonly frozen: { snapshot: KeyspaceSnapshot; model: Map<number, Map<string, FrozenKey>> }[] = [];
  private expired = 0;

  constructor({ keyspace, clock }: { keyspace: Keyspace; clock: ManualClock }) {
    this.keyspace = keyspace;
    this.clock = clock;
  }

  /** The value of a live key; one past its deadline goes away here as it does there. */
  private live(index: number, key: Buffer): Value | undefined {
    const name = key.toString('latin1');
    const value = this.models[index].get(name);
    if (value === undefined || value.deadlineMs >= this.clock.nowMs()) return value;
    this.models[index].delete(name);
    this.expired++;
    return undefined;
  }

  private put(index: number, key: Buffer, value: Value): void {
    this.models[index].set(key.toString('latin1'), value);
  }

  private deadlineAfter(deadline: number | 'none' | 'keep', old: number): number {
    if (deadline === 'none') return NONE;
    return deadline === 'keep' ? old : this.clock.nowMs() + deadline;
  }

  take(step: Step): void {
    const { keyspace } = this;
    switch (step.kind) {
      case 'set': {
        const key = KEYS[step.key];
        const bytes = Buffer.from(pattern(step.seed, step.length));
        const old = this.live(step.database, key);
        const deadlineMs = this.deadlineAfter(step.deadline, old?.deadlineMs ?? NONE);
        const given = step.deadline === 'keep' ? KEEP_DEADLINE : deadlineMs === NONE ? NO_DEADLINE : deadlineMs;
        keyspace.databases[step.database].setString(Slice.from(key), Slice.from(bytes), given, step.encoding);
        this.put(step.database, key, { bytes, deadlineMs, encoding: step.encoding });
        return;
      }
      case 'wait':
        this.clock.advance(step.ms);
        return;
      case 'swap': {
        keyspace.swap(step.database, step.other);
        const { models } = this;
        [models[step.database], models[step.other]] = [models[step.other], models[step.database]];
        return;
      }
      case 'flush':
        expect(keyspace.databases[step.database].flush()).toBe(this.models[step.database].size);
        this.models[step.database].clear();
        expect(keyspace.databases[step.database].size).toBe(0);
        return;
      case 'freeze':
        this.freeze();
        return;
      case 'release':
        if (this.frozen.length > 0) this.release(step.place % this.frozen.length);
        return;
      case 'reclaim':
        for (let i = 0; i < step.steps; i++) keyspace.reclaimer.step();
        return;
      default:
        this.takeOnKey(step, keyspace.databases[step.database], KEYS[step.key]);
    }
  }

  private takeOnKey(
    step: Extract<Step, { kind: 'write' | 'expire' | 'lookup' | 'delete' | 'move' }>,
    database: Database,
    key: Buffer,
  ): void {
    const name = Slice.from(key);
    const old = this.live(step.database, key);
    if (step.kind === 'delete') {
      expect(database.delete(name)).toBe(old !== undefined);
      this.models[step.database].delete(key.toString('latin1'));
      return;
    }
    const { hits, misses } = this.keyspace.stats;
    const entry = step.kind === 'lookup' ? database.lookup(name) : database.lookupForWrite(name);
    const counted = step.kind === 'lookup' ? 1 : 0;
    expect(this.keyspace.stats.hits - hits).toBe(old === undefined ? 0 : counted);
    expect(this.keyspace.stats.misses - misses).toBe(old === undefined ? counted : 0);
    expect(entry !== NULL).toBe(old !== undefined);
    if (old === undefined) return;
    this.checkEntry(entry, old);
    if (step.kind === 'expire') {
      const deadlineMs = this.deadlineAfter(step.deadline, old.deadlineMs);
      const fresh = database.setDeadlineFound(entry, deadlineMs === NONE ? NO_DEADLINE : deadlineMs);
      this.put(step.database, key, { ...old, deadlineMs });
      this.checkEntry(fresh, { ...old, deadlineMs });
    }
    if (step.kind === 'write') {
      const offset = step.offset === 'end' ? old.bytes.length : step.offset;
      const value = pattern(step.seed, step.length);
      const bytes = Buffer.alloc(Math.max(old.bytes.length, offset + value.length));
      bytes.set(old.bytes);
      bytes.set(value, offset);
      database.writeStringFound(entry, offset, Slice.from(value));
      this.put(step.database, key, { ...old, bytes, encoding: STRING_RAW });
    }
    if (step.kind === 'move') {
      const to = KEYS[step.to];
      if (step.database === step.target && step.key === step.to) return;
      const target = this.keyspace.databases[step.target];
      this.live(step.target, to);
      target.delete(Slice.from(to));
      database.move(name, Slice.from(to), target);
      this.models[step.database].delete(key.toString('latin1'));
      this.put(step.target, to, old);
    }
  }

  private checkEntry(entry: Pointer, value: Value): void {
    const { heap, stringValues } = this.keyspace;
    expect(typeOf(heap, entry)).toBe(TYPE_STRING);
    expect(encodingOf(heap, entry)).toBe(value.encoding);
    expect(deadlineOf(heap, entry)).toBe(value.deadlineMs);
    expect(stringValues.length(entry)).toBe(value.bytes.length);
    expect(value.bytes.equals(stringValues.copy(entry, 0, value.bytes.length))).toBe(true);
    const slice = new Slice(new Uint8Array(0), 0, 0);
    expect(value.bytes.equals(stringValues.slice(entry, slice).copy())).toBe(true);
  }

  /** Meets every key, so that none past its deadline is left, and compares all. */
  check(): void {
    const { databases } = this.keyspace;
    databases.forEach((database, index) => {
      for (const key of KEYS) {
        const value = this.live(index, key);
        const entry = database.find(Slice.from(key));
        expect(entry !== NULL).toBe(value !== undefined);
        if (value !== undefined) this.checkEntry(entry, value);
      }
      const values = [...this.models[index].values()];
      expect(database.size).toBe(values.length);
      expect(database.expiring).toBe(values.filter(({ deadlineMs }) => deadlineMs !== NONE).length);
    });
    expect(this.keyspace.stats.expired).toBe(this.expired);
    this.keyspace.verify();
  }

  private freeze(): void {
    this.check();
    const model = new Map<number, Map<string, FrozenKey>>();
    this.models.forEach((values, index) => {
      const keys = new Map<string, FrozenKey>();
      for (const [name, { bytes, deadlineMs }] of values) {
        keys.set(name, { value: bytes.toString('latin1'), deadlineMs });
      }
      if (keys.size > 0) model.set(index, keys);
    });
    this.frozen.push({ snapshot: freeze(this.keyspace), model });
  }

  private release(index: number): void {
    const [{ snapshot, model }] = this.frozen.splice(index, 1);
    const actual = readFrozen(this.keyspace, snapshot);
    expect([...actual.keys()]).toEqual([...model.keys()]);
    for (const [database, keys] of model) {
      const found = actual.get(database) as Map<string, FrozenKey>;
      expect(found.size).toBe(keys.size);
      for (const [name, { value, deadlineMs }] of keys) {
        expect(found.get(name)?.deadlineMs).toBe(deadlineMs);
        expect(found.get(name)?.value === value).toBe(true);
      }
    }
    this.keyspace.release(snapshot);
  }

  end(): void {
    while (this.frozen.length > 0) this.release(0);
    this.check();
    expect(this.keyspace.heap.snapshotBytes).toBe(0);
    const { heap } = this.keyspace;
    for (const database of this.keyspace.databases) database.flush();
    expect(this.keyspace.keyCount).toBe(0);
    this.keyspace.verify();
    expect(this.keyspace.reclaimer.isIdle).toBe(true);
    // A root and a small segment for each database.
    expect(heap.usedBytes).toBeLessThan(3 * 200);
  }
}

describe.each(KEYSPACES)('databases on a $name', ({ make }) => {
  it('hold what Maps hold, with deadlines, frozen or not', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80, size: 'max' }), (steps) => {
        const subject = new Subject(make());
        steps.forEach((step, i) => {
          subject.take(step);
          if (i % 10 === 9) subject.check();
        });
        subject.end();
      }),
      { numRuns: 50 },
    );
  });

  describe('setting a string', () => {
    const lengths = [0, 1, 20, 512, 513, 30_000];
    const deadlines = ['none', 'keep', 50, 90] as const;
    const cases = lengths.flatMap((before) => lengths.map((after) => [before, after] as const));

    it.each([false, true])(
      'of any length over any other, with any deadline over any other (frozen: %s)',
      (isFrozen) => {
        const subject = new Subject(make());
        const set = (length: number, deadline: (typeof deadlines)[number], seed: number) => {
          const step = { kind: 'set', database: 0, key: 14, length, seed, deadline, encoding: STRING_AUTO } as const;
          subject.take(step);
        };
        for (const [before, after] of cases) {
          for (const first of ['none', 40] as const) {
            for (const second of deadlines) {
              subject.take({ kind: 'delete', database: 0, key: 14 });
              set(before, first === 'none' ? 'none' : 50, before);
              if (isFrozen) subject.take({ kind: 'freeze' });
              set(after, second, after);
              if (isFrozen) subject.take({ kind: 'release', place: 0 });
              else subject.take({ kind: 'lookup', database: 0, key: 14 });
            }
          }
        }
        subject.end();
      },
    );
  });

  it('answer a key at its deadline and not after it', () => {
    const { keyspace, clock } = make();
    const [database] = keyspace.databases;
    const key = Slice.from('k');
    database.setString(key, Slice.from('v'), clock.nowMs() + 10);
    clock.advance(10);
    expect(database.lookup(key)).not.toBe(NULL);
    clock.advance(1);
    expect(database.lookup(key)).toBe(NULL);
    expect([database.size, database.expiring, keyspace.stats.expired]).toEqual([0, 0, 1]);
    keyspace.verify();
  });

  it('do not give a new value the deadline of one that is over', () => {
    const { keyspace, clock } = make();
    const [database] = keyspace.databases;
    const key = Slice.from('k');
    for (const keeps of [false, true]) {
      database.setString(key, Slice.from('old'), clock.nowMs() + 10);
      clock.advance(11);
      keyspace.keepsExpired = keeps;
      database.setString(key, Slice.from('new'), KEEP_DEADLINE);
      expect(deadlineOf(keyspace.heap, database.lookup(key))).toBe(NONE);
      expect([database.size, database.expiring]).toEqual([1, 0]);
      keyspace.keepsExpired = false;
      keyspace.verify();
    }
  });

  it('have one entry for a key even while those past their deadline stay', () => {
    const { keyspace, clock } = make();
    const [database, other] = keyspace.databases;
    const [key, source] = [Slice.from('k'), Slice.from('source')];
    const makers = [
      () => database.addString(key, Slice.from('new'), NO_DEADLINE),
      () => database.setString(key, Slice.from('new'), NO_DEADLINE),
      () => void database.insertValue(key, TYPE_LIST, 0, keyspace.heap.allocate(200)),
      () => other.move(source, key, database),
    ];
    for (const make of makers) {
      other.setString(source, Slice.from('moved'), NO_DEADLINE);
      database.setString(key, Slice.from('old'), clock.nowMs() + 10);
      clock.advance(11);
      keyspace.keepsExpired = true;
      expect(database.find(key)).toBe(NULL);
      expect(database.size).toBe(1);
      make();
      expect(database.find(key)).not.toBe(NULL);
      expect([database.size, database.expiring]).toEqual([1, 0]);
      keyspace.verify();
      keyspace.keepsExpired = false;
      database.delete(key);
    }
  });

  it('replace values of other types, and free them', () => {
    const { keyspace } = make();
    const [database] = keyspace.databases;
    const key = Slice.from('k');
    const { heap } = keyspace;
    expect(database.find(key)).toBe(NULL);
    const entry = database.insertValue(key, TYPE_LIST, 3, heap.allocate(200));
    expect([typeOf(heap, entry), encodingOf(heap, entry)]).toEqual([TYPE_LIST, 3]);
    keyspace.verify();
    const snapshot = freeze(keyspace);
    const dated = database.setDeadlineFound(database.find(key), 2e12);
    expect([typeOf(heap, dated), encodingOf(heap, dated), deadlineOf(heap, dated)]).toEqual([TYPE_LIST, 3, 2e12]);
    const value = heap.pointer(database.find(key), 3);
    const updated = database.updateValueFound(database.find(key), 5, heap.writable(value));
    expect([typeOf(heap, updated), encodingOf(heap, updated), deadlineOf(heap, updated)]).toEqual([TYPE_LIST, 5, 2e12]);
    keyspace.verify();
    database.setString(key, Slice.from('text'), KEEP_DEADLINE);
    expect(deadlineOf(heap, database.find(key))).toBe(2e12);
    expect(typeOf(heap, database.find(key))).toBe(TYPE_STRING);
    keyspace.release(snapshot);
    keyspace.verify();
  });

  it('tell observers what expired, by a name that outlives the entry', () => {
    const { keyspace, clock } = make();
    const [, database] = keyspace.databases;
    const told: string[] = [];
    keyspace.events.add({
      deleted: (index, key, reason) => void told.push(`${index} ${key} ${reason}`),
      event: (_, name, index, key) => void told.push(`${index} ${key} ${name}`),
      modified: (index, key) => void told.push(`${index} ${key} modified`),
    });
    const key = Slice.from('soon over');
    database.setString(key, Slice.from('v'), clock.nowMs() + 5);
    told.length = 0;
    clock.advance(6);
    // Named by the entry itself, as the active cycle may do.
    const entry = database.peek(key);
    database.expireFound(entry, keyspace.entries.key(entry, new Slice(new Uint8Array(0), 0, 0)));
    // Deleted for a reason, an event, a change.
    expect(told.sort()).toEqual(['1 soon over expired', '1 soon over expired', '1 soon over modified']);
    expect(database.lookup(key)).toBe(NULL);
    expect(told).toContain('1 soon over keymiss');
  });
});
