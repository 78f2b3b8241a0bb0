import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/keyspace/database.ts';
import { TYPE_LIST, valuePointer } from '../../src/keyspace/key-entry.ts';
import type { Keyspace, KeyspaceSnapshot } from '../../src/keyspace/keyspace.ts';
import { ListKind } from '../../src/keyspace/list-kind.ts';
import type { ListValue } from '../../src/keyspace/list-value.ts';
import { Slice } from '../../src/lib/slice.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import { NULL } from '../../src/memory/layout.ts';
import { ByteStringReader } from '../../src/structures/byte-string.ts';
import { EntryReader } from '../../src/structures/entry.ts';
import { leafLimits } from '../../src/structures/list-leaf-editor.ts';
import { ListCursor } from '../../src/structures/list-tree-cursor.ts';
import { TableReader } from '../../src/structures/table-reader.ts';
import { pattern } from '../memory/heap-fixtures.ts';
import { encodeListpack } from '../structures/listpack-fixtures.ts';
import { freeze, KEYSPACES } from './keyspace-fixtures.ts';

const NAMES = ['a', 'b', 'c'];
/** Settings of `list-max-listpack-size`. */
const LEAF_SIZES = [-2, -5, -1, 1, 3, 128];

/** An element by its number: integers, near-integers, texts of all lengths, few enough to come again. */
function elementOf(number: number): string {
  if (number % 90 === 0) return text(number % 4, 5000 + (number % 70_000));
  const kinds = [
    String((number % 40) - 20),
    ['-0', '01', '', '9223372036854775807', '9223372036854775808', '-9223372036854775808'][number % 6],
    `element ${number % 9}`,
    text(number % 5, number % 300),
  ];
  return kinds[(number >>> 4) % 4];
}

function text(seed: number, length: number): string {
  return Slice.from(pattern(seed, length)).toLatin1();
}

function latin1(text: string): Slice {
  return Slice.from(Buffer.from(text, 'latin1'));
}

/** Lists under a few keys beside arrays. */
class Subject {
  readonly keyspace: Keyspace;
  readonly database: Database;
  readonly models = new Map<string, string[]>();
  readonly frozen: { snapshot: KeyspaceSnapshot; lists: Map<string, string[]> }[] = [];

  constructor(keyspace: Keyspace, leafSize: number) {
    this.keyspace = keyspace;
    this.database = keyspace.databases[1];
    keyspace.kinds.add(TYPE_LIST, new ListKind(keyspace, keyspace.listTree));
    keyspace.listTree.setLimits(leafLimits(leafSize));
  }

  open(name: string): ListValue | null {
    const key = Slice.from(name);
    const entry = this.database.find(key);
    return entry === NULL ? null : this.keyspace.list.open(this.database, key, entry);
  }

  push(name: string, numbers: readonly number[], atHead: boolean): void {
    const list = this.open(name) ?? this.keyspace.list.create(this.database, Slice.from(name));
    const model = this.models.get(name) ?? [];
    this.models.set(name, model);
    for (const number of numbers) {
      const element = elementOf(number);
      if (atHead) {
        list.pushHead(latin1(element));
        model.unshift(element);
      } else {
        list.pushTail(latin1(element));
        model.push(element);
      }
    }
    expect(list.length).toBe(model.length);
  }

  /** One change of a list that exists. */
  change(name: string, kind: number, number: number, other: number): void {
    const list = this.open(name);
    const model = this.models.get(name);
    expect(list === null).toBe(model === undefined);
    if (list === null || model === undefined) return;
    const index = number % model.length;
    const element = elementOf(other);
    switch (kind) {
      case 0:
        list.popHead();
        model.shift();
        break;
      case 1:
        list.popTail();
        model.pop();
        break;
      case 2:
        list.insert(number % (model.length + 1), latin1(element));
        model.splice(number % (model.length + 1), 0, element);
        break;
      case 3:
        list.set(index, latin1(element));
        model[index] = element;
        break;
      case 4: {
        const count = other % (model.length - index + 1);
        list.removeRange(index, count);
        model.splice(index, count);
        break;
      }
      case 5: {
        const wanted = model[other % model.length];
        list.removeEqual(index, latin1(wanted), 1 + (other % 5));
        let left = 1 + (other % 5);
        const kept = model.filter((each, i) => i < index || each !== wanted || left-- <= 0);
        model.splice(0, model.length, ...kept);
        break;
      }
      default: {
        const elements = Array.from({ length: other % 9 }, (_, i) => `p${i}`);
        list.pushListpack(encodeListpack(elements), 0);
        model.push(...elements);
      }
    }
    expect(list.removeIfEmpty()).toBe(model.length === 0);
    if (model.length === 0) this.models.delete(name);
  }

  /** Moves an element from one list to another that lies open beside it. */
  move(from: string, to: string): void {
    const model = this.models.get(from);
    if (model === undefined || from === to || !this.models.has(to)) return;
    const source = this.open(from) as ListValue;
    const key = Slice.from(to);
    const target = this.keyspace.otherList.open(this.database, key, this.database.find(key));
    expect(source.seek(model.length - 1)).toBe(true);
    const element = source.take(new Slice(new Uint8Array(0), 0, 0));
    source.popTail();
    target.pushHead(element);
    this.models.get(to)?.unshift(model.pop() as string);
    expect(source.removeIfEmpty()).toBe(model.length === 0);
    if (model.length === 0) this.models.delete(from);
  }

  copy(from: string, to: string): void {
    const model = this.models.get(from);
    if (model === undefined || from === to) return;
    this.database.delete(Slice.from(to));
    this.database.copy(Slice.from(from), Slice.from(to), this.database);
    this.models.set(to, [...model]);
  }

  freeze(): void {
    const lists = new Map([...this.models].map(([name, model]) => [name, [...model]]));
    this.frozen.push({ snapshot: freeze(this.keyspace), lists });
  }

  /** Reads a snapshot as another thread would, and gives it up. */
  release(place: number): void {
    const [{ snapshot, lists }] = this.frozen.splice(place % this.frozen.length, 1);
    const view = new HeapView(snapshot.snapshot.segments);
    const strings = new ByteStringReader(view);
    const entries = new EntryReader(view, strings);
    const table = new TableReader(view, entries, this.keyspace.hasher);
    const cursor = new ListCursor(view, strings);
    const seen = new Map<string, string[]>();
    for (const { root } of snapshot.roots.databases) {
      table.forEach(root, (entry) => {
        const elements: string[] = [];
        for (let found = cursor.seek(valuePointer(view, entry), 0); found; found = cursor.next()) {
          const bytes = new Uint8Array(cursor.byteLength());
          if (cursor.isPlain) strings.copyTo(cursor.plain, bytes.length, 0, bytes.length, bytes, 0);
          else cursor.element.writeTo(bytes, 0);
          elements.push(Slice.from(bytes).toLatin1());
        }
        seen.set(entries.key(entry, new Slice(new Uint8Array(0), 0, 0)).toLatin1(), elements);
      });
    }
    expect(seen).toEqual(lists);
    this.keyspace.release(snapshot);
  }

  check(): void {
    expect(this.database.size).toBe(this.models.size);
    for (const [name, model] of this.models) {
      const list = this.open(name) as ListValue;
      const all: string[] = [];
      list.forEach((element) => {
        all.push(element.toLatin1());
      });
      expect(all).toEqual(model);
      expect(list.length).toBe(model.length);
      expect(list.seek(model.length)).toBe(false);
      const index = model.length >>> 1;
      expect(list.seek(index)).toBe(true);
      expect(list.cursor.equals(list.comparand(latin1(model[index])))).toBe(true);
    }
    this.keyspace.verify();
  }
}

describe.each(KEYSPACES)('lists on a $name', ({ make }) => {
  it.each(LEAF_SIZES)('have the elements of arrays in all snapshots too, in leaves of size %i', (leafSize) => {
    const name = fc.constantFrom(...NAMES);
    const number = fc.nat({ max: 100_000 });
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.tuple(fc.constant('push'), name, fc.array(number, { minLength: 1 }), fc.boolean()) },
      { weight: 4, arbitrary: fc.tuple(fc.constant('change'), name, fc.nat({ max: 6 }), number, number) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('move'), name, name) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('copy'), name, name) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('freeze')) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('release'), number) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const subject = new Subject(make().keyspace, leafSize);
        for (const [kind, ...rest] of steps) {
          if (kind === 'push') subject.push(...(rest as [string, number[], boolean]));
          else if (kind === 'change') subject.change(...(rest as [string, number, number, number]));
          else if (kind === 'move') subject.move(...(rest as [string, string]));
          else if (kind === 'copy') subject.copy(...(rest as [string, string]));
          else if (kind === 'freeze' && subject.frozen.length < 3) subject.freeze();
          else if (kind === 'release' && subject.frozen.length > 0) subject.release(rest[0] as number);
        }
        subject.check();
        while (subject.frozen.length > 0) subject.release(0);
        for (const each of NAMES) subject.database.delete(Slice.from(each));
        subject.keyspace.verify();
        expect(subject.keyspace.heap.snapshotBytes).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it('are freed in slices when they are large, and at once when they are small', () => {
    const { keyspace } = make();
    const subject = new Subject(keyspace, 4);
    const { database } = subject;
    const { reclaimer } = keyspace;
    subject.push('small', [1, 2, 3], false);
    subject.push(
      'medium',
      Array.from({ length: 300 }, (_, i) => i),
      false,
    );
    subject.push(
      'large',
      Array.from({ length: 3000 }, (_, i) => i),
      false,
    );
    database.delete(Slice.from('small'));
    database.delete(Slice.from('medium'));
    expect(reclaimer.isIdle).toBe(true);
    const usedBytes = keyspace.heap.usedBytes;
    database.delete(Slice.from('large'));
    expect(reclaimer.pending).toBe(3000);
    reclaimer.step();
    expect(keyspace.heap.usedBytes).toBeGreaterThan(usedBytes / 2);
    keyspace.verify();
    expect([reclaimer.pending, reclaimer.reclaimed, reclaimer.isIdle]).toEqual([0, 3000, true]);
  });
});
