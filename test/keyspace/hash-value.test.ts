import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/keyspace/database.ts';
import { HASH_LISTPACK, HASH_TABLE, HASH_WIDE, type HashValue } from '../../src/keyspace/hash-value.ts';
import { encodingOf, structureOf } from '../../src/keyspace/key-entry.ts';
import type { Keyspace, KeyspaceSnapshot } from '../../src/keyspace/keyspace.ts';
import { Slice } from '../../src/lib/slice.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import { NULL, type Pointer } from '../../src/memory/layout.ts';
import { ByteStringReader } from '../../src/structures/byte-string.ts';
import { EntryReader } from '../../src/structures/entry.ts';
import { FieldReader } from '../../src/structures/field-reader.ts';
import * as listpack from '../../src/structures/listpack.ts';
import { ListpackElement } from '../../src/structures/listpack-element.ts';
import { packedBase } from '../../src/structures/packed-block.ts';
import { TableReader } from '../../src/structures/table-reader.ts';
import { pattern } from '../memory/heap-fixtures.ts';
import { freeze, KEYSPACES } from './keyspace-fixtures.ts';

const LIMITS = [
  { entries: 512, valueBytes: 64 },
  { entries: 5, valueBytes: 64 },
  { entries: 512, valueBytes: 12 },
  { entries: 0, valueBytes: 64 },
  // More than a block can hold.
  { entries: 5000, valueBytes: 30_000 },
];

const NAMES = ['a', 'b', 'c'];

function fieldOf(number: number): Slice {
  const kinds = [
    String(number % 30),
    String(BigInt(number % 30) ** 12n - 2n ** 62n),
    `field ${number % 40}`,
    pattern(number % 40, 1 + (number % 12)),
    pattern(number % 6, 60 + (number % 10)),
    pattern(number % 3, 1024 + (number % 2)),
  ];
  return Slice.from(kinds[(number >>> 2) % kinds.length]);
}

function valueFor(number: number): Slice {
  const kinds = [
    '',
    String((number % 100_000) - 50_000),
    String(2n ** 63n - BigInt(number)),
    pattern(number, number % 13),
    pattern(number, 60 + (number % 10)),
    pattern(number, 505 + (number % 16)),
    pattern(number, 2000),
    pattern(number, 20_000 + (number % 3) * 30_000),
  ];
  // Long values now and then.
  return Slice.from(kinds[number % 31 === 30 ? 7 : (number >>> 2) % 7]);
}

interface Model {
  readonly fields: Map<string, string>;
  isListpack: boolean;
}

/** Hashes under a few keys beside what they should be. */
class Subject {
  readonly keyspace: Keyspace;
  readonly database: Database;
  readonly models = new Map<string, Model>();
  private readonly limits: (typeof LIMITS)[number];
  private readonly frozen: { snapshot: KeyspaceSnapshot; hashes: Map<string, string[]> }[] = [];

  constructor(keyspace: Keyspace, limits: (typeof LIMITS)[number]) {
    this.keyspace = keyspace;
    this.database = keyspace.databases[1];
    this.limits = limits;
    Object.assign(keyspace.limits.hash, limits);
  }

  open(name: string): HashValue | null {
    const key = Slice.from(name);
    const entry = this.database.find(key);
    return entry === NULL ? null : this.keyspace.hash.open(this.database, key, entry);
  }

  set(name: string, field: Slice, value: Slice): void {
    const model = this.models.get(name) ?? { fields: new Map(), isListpack: true };
    this.models.set(name, model);
    const text = field.toLatin1();
    const isNew = !model.fields.has(text);
    model.fields.set(text, value.toLatin1());
    const { entries, valueBytes } = this.limits;
    if (field.length > valueBytes || value.length > valueBytes || model.fields.size > entries) model.isListpack = false;
    const hash = this.open(name) ?? this.keyspace.hash.createFor(this.database, Slice.from(name), field, value);
    expect(hash.has(field)).toBe(!isNew);
    expect(hash.set(field, value)).toBe(isNew);
    expect(hash.get(field)).toBe(true);
    expect(hash.found.toLatin1()).toBe(value.toLatin1());
  }

  delete(name: string, field: Slice): void {
    const hash = this.open(name);
    const model = this.models.get(name);
    expect(hash === null).toBe(model === undefined);
    if (hash === null || model === undefined) return;
    expect(hash.delete(field)).toBe(model.fields.delete(field.toLatin1()));
    expect([hash.get(field), hash.has(field), hash.valueLength(field)]).toEqual([false, false, 0]);
    expect(hash.removeIfEmpty()).toBe(model.fields.size === 0);
    if (model.fields.size === 0) this.models.delete(name);
  }

  copy(from: string, to: string): void {
    const model = this.models.get(from);
    if (model === undefined || from === to) return;
    this.database.delete(Slice.from(to));
    this.database.copy(Slice.from(from), Slice.from(to), this.database);
    this.models.set(to, { fields: new Map(model.fields), isListpack: model.isListpack });
  }

  freeze(): void {
    const hashes = new Map([...this.models].map(([name, { fields }]) => [name, pairsOf(fields)]));
    this.frozen.push({ snapshot: freeze(this.keyspace), hashes });
  }

  release(place: number): void {
    const [{ snapshot, hashes }] = this.frozen.splice(place % this.frozen.length, 1);
    expect(readFrozenHashes(this.keyspace, snapshot)).toEqual(hashes);
    this.keyspace.release(snapshot);
  }

  check(): void {
    expect(this.database.size).toBe(this.models.size);
    for (const [name, { fields, isListpack }] of this.models) {
      const hash = this.open(name) as HashValue;
      const expected = pairsOf(fields);
      expect(collected((visit) => hash.forEach(visit))).toEqual(expected);
      expect(hash.length).toBe(expected.length);
      expect(this.keyspace.kinds.encodingName(hash.entry)).toBe(isListpack ? 'listpack' : 'hashtable');
      const scanned = collected((visit) => {
        let cursor = 0;
        do cursor = hash.scan(cursor, visit);
        while (cursor !== 0);
      });
      expect(scanned).toEqual(expected);
      const wanted = expected.length >>> 2;
      const sampled = new Set(collected((visit) => hash.sample(wanted, visit)));
      expect(sampled.size).toBe(wanted);
      for (const pair of [...sampled, ...collected((visit) => hash.random(visit))]) expect(expected).toContain(pair);
      for (const [text, value] of fields) {
        const field = Slice.from(Buffer.from(text, 'latin1'));
        expect(hash.get(field)).toBe(true);
        expect(hash.found.toLatin1()).toBe(value);
        expect(hash.valueLength(field)).toBe(value.length);
        expect(found(hash, field)).toBe(value);
      }
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

/** A field's value put together from its pieces. */
function found(hash: HashValue, field: Slice): string {
  expect(hash.find(field)).toBe(true);
  if (!hash.isInPieces) return hash.found.toLatin1();
  let value = '';
  while (value.length < hash.foundLength) {
    hash.seekPiece(value.length);
    value += hash.found.toLatin1();
  }
  return value;
}

function pairsOf(fields: ReadonlyMap<string, string>): string[] {
  return [...fields].map(([field, value]) => pairOf(field, value)).sort();
}

/** A field and its value in one text; long ones shortened, so that differences can be read. */
function pairOf(field: string, value: string): string {
  return JSON.stringify([
    field,
    value.length > 100 ? `${value.slice(0, 50)}…${value.length}…${value.slice(-50)}` : value,
  ]);
}

function collected(go: (visit: (field: Slice, value: Slice) => void) => void): string[] {
  const pairs: string[] = [];
  go((field, value) => {
    pairs.push(pairOf(field.toLatin1(), value.toLatin1()));
  });
  return pairs.sort();
}

/** What the hashes of a snapshot hold, read as a thread with nothing but it would. */
function readFrozenHashes(keyspace: Keyspace, { snapshot, roots }: KeyspaceSnapshot): Map<string, string[]> {
  const view = new HeapView(snapshot.segments);
  const strings = new ByteStringReader(view);
  const entries = new EntryReader(view, strings);
  const table = new TableReader(view, entries, keyspace.hasher);
  const reader = new FieldReader(view, entries, strings);
  const [name, field, value] = [0, 1, 2].map(() => new Slice(new Uint8Array(0), 0, 0));
  const [first, second] = [new ListpackElement(), new ListpackElement()];
  const readValue = (entry: Pointer, visit: (field: Slice, value: Slice) => void): void => {
    const pointer = structureOf(view, entry);
    if (encodingOf(view, entry) !== HASH_LISTPACK) {
      table.forEach(pointer, (each) => visit(reader.field(each, field), reader.value(each, value)));
      return;
    }
    const bytes = view.bytesOf(pointer);
    const base = packedBase(view, pointer);
    for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; ) {
      const valueAt = listpack.next(bytes, base, at);
      visit(first.read(bytes, base, at).toSlice(field), second.read(bytes, base, valueAt).toSlice(value));
      at = listpack.next(bytes, base, valueAt);
    }
  };
  const hashes = new Map<string, string[]>();
  for (const { root } of roots.databases) {
    table.forEach(root, (entry) => {
      hashes.set(
        entries.key(entry, name).toLatin1(),
        collected((visit) => readValue(entry, visit)),
      );
    });
  }
  return hashes;
}

const anyName = fc.constantFrom(...NAMES);
const number = fc.nat({ max: 5000 });
const anyStep = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom('set' as const, 'setMany' as const, 'delete' as const),
      name: anyName,
      number,
      value: number,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('deleteMany' as const), name: anyName, number: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('copy' as const), name: anyName, to: anyName }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('freeze' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), place: fc.nat(4) }) },
);

function take(subject: Subject, step: typeof anyStep extends fc.Arbitrary<infer Step> ? Step : never): void {
  switch (step.kind) {
    case 'set':
      subject.set(step.name, fieldOf(step.number), valueFor(step.value));
      return;
    case 'setMany':
      for (let i = 0; i < 40; i++) subject.set(step.name, fieldOf(step.number + i * 7), valueFor(step.value + i * 5));
      return;
    case 'delete':
      subject.delete(step.name, fieldOf(step.number));
      return;
    case 'deleteMany':
      [...(subject.models.get(step.name)?.fields.keys() ?? [])].forEach((text, i) => {
        if (i % 3 !== step.number) subject.delete(step.name, Slice.from(Buffer.from(text, 'latin1')));
      });
      return;
    case 'copy':
      subject.copy(step.name, step.to);
      return;
    case 'freeze':
      subject.freeze();
      return;
    case 'release':
      if (subject.snapshots > 0) subject.release(step.place);
  }
}

describe.each(KEYSPACES)('hashes on a $name', ({ make }) => {
  it.each(LIMITS)('hold what Maps hold and are encoded as in Redis, with $entries, $valueBytes', (limits) => {
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
  });

  it('take the form that fits what they hold', () => {
    const subject = new Subject(make().keyspace, LIMITS[0]);
    const fill = (name: string, fields: number, length: number) => {
      for (let i = 0; i < fields; i++) {
        subject.set(name, Slice.from(String(i).padStart(length, 'f')), Slice.from('v'.repeat(length)));
      }
      return subject.open(name)?.encoding;
    };
    expect(fill('a', 512, 10)).toBe(HASH_LISTPACK);
    expect(fill('a', 513, 10)).toBe(HASH_TABLE);
    // Within the limits, and yet too large for one block.
    expect(fill('b', 512, 64)).toBe(HASH_WIDE);
    subject.check();
    subject.copy('b', 'c');
    subject.set('b', Slice.from('one more'), Slice.from('v'));
    subject.set('c', Slice.from('0'.padStart(64, 'f')), Slice.from('v'.repeat(65)));
    expect([subject.open('b')?.encoding, subject.open('c')?.encoding]).toEqual([HASH_TABLE, HASH_TABLE]);
    subject.end();
  });

  it('become large with the next field set once the limits were lowered, new or not', () => {
    const { keyspace } = make();
    const subject = new Subject(keyspace, { entries: 5, valueBytes: 64 });
    for (const text of ['a', 'b', 'c']) subject.set('a', Slice.from(text), Slice.from('v'));
    Object.assign(keyspace.limits.hash, { entries: 2 });
    expect(subject.open('a')?.set(Slice.from('a'), Slice.from('w'))).toBe(false);
    expect(subject.open('a')?.encoding).toBe(HASH_TABLE);
    keyspace.verify();
  });

  it('are freed in slices when they are large', () => {
    const { keyspace } = make();
    const [database] = keyspace.databases;
    const key = Slice.from('large');
    const hash = keyspace.hash.createFor(database, key, Slice.from('f0'), Slice.from('v'.repeat(2000)));
    for (let i = 0; i < 3000; i++) hash.set(Slice.from(`f${i}`), Slice.from(i % 100 === 0 ? 'v'.repeat(2000) : 'v'));
    const frozen = freeze(keyspace);
    database.delete(key);
    expect(keyspace.reclaimer.pending).toBe(3000);
    for (let before = 3000; keyspace.reclaimer.pending > 0; before = keyspace.reclaimer.pending) {
      keyspace.reclaimer.step();
      expect(before - keyspace.reclaimer.pending).toBeLessThan(800);
    }
    keyspace.verify();
    expect(readFrozenHashes(keyspace, frozen).get('large')?.length).toBe(3000);
    keyspace.release(frozen);
    keyspace.verify();
    expect(keyspace.heap.snapshotBytes).toBe(0);
  });

  it('keep a long field whatever becomes of its value', () => {
    const subject = new Subject(make().keyspace, LIMITS[1]);
    const field = Slice.from(pattern(1, 3000));
    for (const length of [1, 2, 600, 5, 40_000, 60_000, 512, 513]) {
      subject.set('a', field, Slice.from(pattern(length, length)));
      subject.freeze();
      subject.set('a', field, Slice.from(pattern(length + 1, length)));
      subject.check();
    }
    subject.end();
  });
});
