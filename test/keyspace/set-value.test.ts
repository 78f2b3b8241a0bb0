import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/keyspace/database.ts';
import { encodingOf, structureOf } from '../../src/keyspace/key-entry.ts';
import type { Keyspace, KeyspaceSnapshot } from '../../src/keyspace/keyspace.ts';
import { SET_INTEGER_TABLE, SET_INTSET, SET_LISTPACK, SET_TABLE, SetReader } from '../../src/keyspace/set-reader.ts';
import type { SetValue } from '../../src/keyspace/set-value.ts';
import { Slice } from '../../src/lib/slice.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import { NULL } from '../../src/memory/layout.ts';
import { ByteStringReader } from '../../src/structures/byte-string.ts';
import { EntryReader } from '../../src/structures/entry.ts';
import { TableReader } from '../../src/structures/table-reader.ts';
import { pattern } from '../memory/heap-fixtures.ts';
import { freeze, KEYSPACES } from './keyspace-fixtures.ts';

/** What sets of integers may hold, and listpacks: how many, and how long. */
const LIMITS = [
  { intsetEntries: 512, entries: 128, valueBytes: 64 },
  { intsetEntries: 4, entries: 128, valueBytes: 64 },
  { intsetEntries: 6, entries: 5, valueBytes: 25 },
  { intsetEntries: 0, entries: 0, valueBytes: 64 },
  { intsetEntries: 8, entries: 128, valueBytes: 10 },
  { intsetEntries: 2 ** 40, entries: 128, valueBytes: 64 },
];

const NAMES = ['a', 'b', 'c'];

/** A member by its number: integers of all widths, near-integers, texts of all lengths. */
function memberOf(number: number): Slice {
  const kinds = [
    String((number % 40) - 20),
    String(BigInt(number % 64) ** 10n - 2n ** 60n),
    ['-0', '01', '+1', '', ' 1', '9223372036854775807', '9223372036854775808', '-9223372036854775808'][number % 8],
    `member ${number % 60}`,
    pattern(number % 50, 1 + (number % 30)),
    pattern(number % 7, 60 + (number % 10)),
    pattern(number % 3, 1024 + (number % 2)),
    pattern(1, 20_000),
  ];
  return Slice.from(kinds[number % 100 === 99 ? 7 : (number >>> 3) % 7]);
}

interface Model {
  readonly members: Set<string>;
  isIntset: boolean;
}

/** Sets under a few keys beside what they should be. */
class Subject {
  readonly keyspace: Keyspace;
  readonly database: Database;
  readonly models = new Map<string, Model>();
  private readonly frozen: { snapshot: KeyspaceSnapshot; members: Map<string, string[]> }[] = [];
  private readonly intsetEntries: number;

  constructor(keyspace: Keyspace, limits: (typeof LIMITS)[number]) {
    this.keyspace = keyspace;
    this.database = keyspace.databases[1];
    this.intsetEntries = limits.intsetEntries;
    Object.assign(keyspace.limits.set, limits);
  }

  open(name: string): SetValue | null {
    const key = Slice.from(name);
    const entry = this.database.find(key);
    return entry === NULL ? null : this.keyspace.set.open(this.database, key, entry);
  }

  add(name: string, member: Slice): void {
    const isInteger = integerOf(member) !== null;
    let model = this.models.get(name);
    if (model === undefined) {
      model = { members: new Set(), isIntset: isInteger };
      this.models.set(name, model);
    }
    const text = member.toLatin1();
    const isNew = !model.members.has(text);
    model.members.add(text);
    if (isNew && (!isInteger || model.members.size > this.intsetEntries)) model.isIntset = false;
    const set = this.open(name) ?? this.keyspace.set.createFor(this.database, Slice.from(name), member);
    expect(set.has(member)).toBe(!isNew);
    expect(set.add(member)).toBe(isNew);
    expect(set.has(member)).toBe(true);
  }

  delete(name: string, member: Slice): void {
    const set = this.open(name);
    const model = this.models.get(name);
    expect(set === null).toBe(model === undefined);
    if (set === null || model === undefined) return;
    const text = member.toLatin1();
    expect(set.delete(member)).toBe(model.members.delete(text));
    expect(set.has(member)).toBe(false);
    expect(set.removeIfEmpty()).toBe(model.members.size === 0);
    if (model.members.size === 0) this.models.delete(name);
  }

  /** Takes out a member that lies in the set itself. */
  pop(name: string): void {
    const set = this.open(name);
    const model = this.models.get(name);
    if (set === null || model === undefined) return;
    const member = set.pick();
    expect(model.members.delete(member.toLatin1())).toBe(true);
    expect(set.delete(member)).toBe(true);
    expect(set.removeIfEmpty()).toBe(model.members.size === 0);
    if (model.members.size === 0) this.models.delete(name);
  }

  copy(from: string, to: string): void {
    const model = this.models.get(from);
    if (model === undefined || from === to) return;
    this.database.delete(Slice.from(to));
    this.database.copy(Slice.from(from), Slice.from(to), this.database);
    this.models.set(to, { members: new Set(model.members), isIntset: model.isIntset });
  }

  /** Keeps about half of the members, as SPOP does with many. */
  thin(name: string): void {
    const set = this.open(name);
    const model = this.models.get(name);
    if (set === null || model === undefined || model.members.size < 2) return;
    const builder = this.keyspace.setBuilder.begin();
    const kept = new Set<string>();
    set.sample(model.members.size >>> 1, (member) => {
      kept.add(member.toLatin1());
      expect(builder.reserve(member)).toBe(true);
      expect(builder.add(member)).toBe(true);
    });
    expect(kept.size).toBe(model.members.size >>> 1);
    set.takeOver(builder);
    const areIntegers = [...kept].every((text) => integerOf(Slice.from(Buffer.from(text, 'latin1'))) !== null);
    this.models.set(name, { members: kept, isIntset: areIntegers && kept.size <= this.intsetEntries });
  }

  freeze(): void {
    const members = new Map([...this.models].map(([name, model]) => [name, [...model.members].sort()]));
    this.frozen.push({ snapshot: freeze(this.keyspace), members });
  }

  release(place: number): void {
    const [{ snapshot, members }] = this.frozen.splice(place % this.frozen.length, 1);
    const { keyspace } = this;
    const view = new HeapView(snapshot.snapshot.segments);
    const entries = new EntryReader(view, new ByteStringReader(view));
    const table = new TableReader(view, entries, keyspace.hasher);
    const reader = new SetReader(view, entries, new TableReader(view, entries, keyspace.hasher));
    const seen = new Map<string, string[]>();
    for (const { root } of snapshot.roots.databases) {
      table.forEach(root, (entry) => {
        const all: string[] = [];
        reader.forEach(encodingOf(view, entry), structureOf(view, entry), (member) => all.push(member.toLatin1()));
        seen.set(entries.key(entry, new Slice(new Uint8Array(0), 0, 0)).toLatin1(), all.sort());
      });
    }
    expect(seen).toEqual(members);
    keyspace.release(snapshot);
  }

  check(): void {
    expect(this.database.size).toBe(this.models.size);
    for (const [name, model] of this.models) {
      const set = this.open(name) as SetValue;
      const expected = [...model.members].sort();
      const all: string[] = [];
      set.forEach((member) => {
        all.push(member.toLatin1());
      });
      expect(all.sort()).toEqual(expected);
      expect(set.length).toBe(expected.length);
      expect(this.keyspace.kinds.encodingName(set.entry)).toBe(model.isIntset ? 'intset' : 'hashtable');
      const scanned: string[] = [];
      let cursor = 0;
      do cursor = set.scan(cursor, (member) => scanned.push(member.toLatin1()));
      while (cursor !== 0);
      expect(scanned.sort()).toEqual(expected);
      const sampled = new Set<string>();
      const wanted = expected.length >>> 2;
      set.sample(wanted, (member) => sampled.add(member.toLatin1()));
      set.random((member) => expect(model.members.has(member.toLatin1())).toBe(true));
      expect(sampled.size).toBe(wanted);
      expect([...sampled].every((text) => model.members.has(text))).toBe(true);
    }
    this.keyspace.verify();
  }

  end(): void {
    while (this.frozen.length > 0) this.release(0);
    this.check();
    for (const name of NAMES) this.database.delete(Slice.from(name));
    this.keyspace.verify();
    expect(this.keyspace.heap.snapshotBytes).toBe(0);
  }

  get snapshots(): number {
    return this.frozen.length;
  }
}

/** The integer that a member canonically spells, or null. */
function integerOf(member: Slice): bigint | null {
  const text = member.toLatin1();
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return null;
  const value = BigInt(text);
  return value === BigInt.asIntN(64, value) ? value : null;
}

const anyName = fc.constantFrom(...NAMES);
const anyStep = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom('add' as const, 'addMany' as const, 'integers' as const, 'delete' as const, 'pop' as const),
      name: anyName,
      number: fc.nat({ max: 5000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('deleteMany' as const), name: anyName, number: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('copy' as const), name: anyName, to: anyName }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('thin' as const), name: anyName }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('freeze' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), place: fc.nat(4) }) },
);

function take(subject: Subject, step: typeof anyStep extends fc.Arbitrary<infer Step> ? Step : never): void {
  switch (step.kind) {
    case 'add':
      subject.add(step.name, memberOf(step.number));
      return;
    case 'addMany':
      for (let i = 0; i < 60; i++) subject.add(step.name, memberOf(step.number + i * 17));
      return;
    case 'integers':
      for (let i = 0; i < step.number % 40; i++) subject.add(step.name, Slice.from(String(step.number * 7 + i)));
      return;
    case 'delete':
      subject.delete(step.name, memberOf(step.number));
      return;
    case 'pop':
      for (let i = 0; i < step.number % 5; i++) subject.pop(step.name);
      return;
    case 'deleteMany':
      [...(subject.models.get(step.name)?.members ?? [])].forEach((text, i) => {
        if (i % 3 !== step.number) subject.delete(step.name, Slice.from(Buffer.from(text, 'latin1')));
      });
      return;
    case 'copy':
      subject.copy(step.name, step.to);
      return;
    case 'thin':
      subject.thin(step.name);
      return;
    case 'freeze':
      subject.freeze();
      return;
    case 'release':
      if (subject.snapshots > 0) subject.release(step.place);
  }
}

describe.each(KEYSPACES)('sets on a $name', ({ make }) => {
  it.each(LIMITS)(
    'hold what Sets hold and are encoded as in Redis, with $intsetEntries, $entries, $valueBytes',
    (limits) => {
      fc.assert(
        fc.property(fc.array(anyStep, { maxLength: 40, size: 'max' }), (steps) => {
          const subject = new Subject(make().keyspace, limits);
          steps.forEach((step, i) => {
            take(subject, step);
            if (i % 15 === 14) subject.check();
          });
          subject.end();
        }),
        { numRuns: 6 },
      );
    },
  );

  it('take the form that fits what they hold', () => {
    const subject = new Subject(make().keyspace, LIMITS[0]);
    const encoding = () => subject.open('a')?.encoding;
    for (let i = 0; i < 512; i++) subject.add('a', Slice.from(String(i * i * i)));
    expect(encoding()).toBe(SET_INTSET);
    subject.add('a', Slice.from('-1'));
    expect(encoding()).toBe(SET_TABLE);
    subject.delete('a', Slice.from('-1'));
    subject.check();
    subject.database.delete(Slice.from('a'));
    subject.models.clear();
    for (let i = 0; i < 127; i++) subject.add('a', Slice.from(String(i)));
    subject.add('a', Slice.from('text'));
    expect(encoding()).toBe(SET_LISTPACK);
    subject.add('a', Slice.from('128'));
    expect(encoding()).toBe(SET_TABLE);
    subject.end();
  });

  it('stay sets of integers beyond what a block holds where the limits ask for it', () => {
    const subject = new Subject(make().keyspace, { intsetEntries: 9000, entries: 128, valueBytes: 64 });
    const { database, keyspace } = subject;
    const key = Slice.from('a');
    const add = (member: bigint) => {
      const slice = Slice.from(String(member));
      return (subject.open('a') ?? keyspace.set.createFor(database, key, slice)).add(slice);
    };
    for (let i = 0n; i < 9000n; i++) add(2n ** 62n - i);
    const set = subject.open('a') as SetValue;
    expect([set.length, set.encoding]).toEqual([9000, SET_INTEGER_TABLE]);
    expect(keyspace.kinds.encodingName(set.entry)).toBe('intset');
    expect(add(2n ** 62n)).toBe(false);
    expect(set.encoding).toBe(SET_INTEGER_TABLE);
    database.copy(key, Slice.from('b'), database);
    expect(subject.open('b')?.add(Slice.from('text'))).toBe(true);
    expect(subject.open('b')?.encoding).toBe(SET_TABLE);
    expect(add(1n)).toBe(true);
    expect(subject.open('a')?.encoding).toBe(SET_TABLE);
    keyspace.verify();
  });

  it('are freed in slices when they are large', () => {
    const { keyspace } = make();
    const [database] = keyspace.databases;
    const key = Slice.from('large');
    const set = keyspace.set.createFor(database, key, Slice.from('m0'));
    for (let i = 0; i < 3000; i++) set.add(Slice.from(`m${i}`));
    database.delete(key);
    expect(keyspace.reclaimer.pending).toBe(3000);
    for (let before = 3000; keyspace.reclaimer.step(); before = keyspace.reclaimer.pending) {
      expect(before - keyspace.reclaimer.pending).toBeLessThan(800);
    }
    keyspace.verify();
    expect(database.lookup(key)).toBe(NULL);
  });

  it('are stored in the place of any other value', () => {
    const { keyspace } = make();
    const [database] = keyspace.databases;
    for (const [name, old] of [
      ['short', 'text'],
      ['long', 'x'.repeat(5000)],
      ['k'.repeat(2000), 'text'],
    ]) {
      const key = Slice.from(name);
      database.setString(key, Slice.from(old), 2e12);
      const builder = keyspace.setBuilder.begin();
      builder.add(Slice.from('member'));
      builder.attach(database, key);
      const set = keyspace.set.open(database, key, database.find(key));
      expect([set.length, set.has(Slice.from('member')), database.expiring]).toEqual([1, true, 0]);
    }
    keyspace.verify();
  });
});

it('samples members fairly in all forms', () => {
  const { keyspace } = KEYSPACES[0].make();
  const [database] = keyspace.databases;
  const rounds = 3000;
  for (const [name, members, wanted] of [
    ['intset', Array.from({ length: 20 }, (_, i) => String(i)), 5],
    ['listpack', Array.from({ length: 20 }, (_, i) => `m${i}`), 15],
    ['dense table', Array.from({ length: 200 }, (_, i) => `m${i}`), 100],
    ['sparse table', Array.from({ length: 200 }, (_, i) => `m${i}`), 10],
  ] as const) {
    const key = Slice.from(name);
    const set = keyspace.set.createFor(database, key, Slice.from(members[0]));
    for (const member of members) set.add(Slice.from(member));
    const counts = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      set.sample(wanted, (member) => {
        counts.set(member.toLatin1(), (counts.get(member.toLatin1()) ?? 0) + 1);
      });
    }
    expect(counts.size).toBe(members.length);
    const expected = (rounds * wanted) / members.length;
    // Six standard deviations of a binomial count.
    const tolerance = 6 * Math.sqrt(expected * (1 - wanted / members.length));
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(tolerance);
    expect(keyspace.kinds.encodingName(set.entry)).toBe(name === 'intset' ? 'intset' : 'hashtable');
  }
});
