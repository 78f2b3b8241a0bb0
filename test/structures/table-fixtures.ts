import { expect } from 'vitest';
import { invariant } from '../../src/lib/invariant.ts';
import { Slice } from '../../src/lib/slice.ts';
import type { Heap, Snapshot } from '../../src/memory/heap.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import { NULL, type Pointer } from '../../src/memory/layout.ts';
import { ByteStringReader, ByteStrings } from '../../src/structures/byte-string.ts';
import { Entries, EntryReader } from '../../src/structures/entry.ts';
import { KeyHasher } from '../../src/structures/hash.ts';
import { HashTable } from '../../src/structures/hash-table.ts';
import type { SegmentBounds } from '../../src/structures/segment-bounds.ts';
import { SEGMENT_COUNT, SEGMENT_ID } from '../../src/structures/table-layout.ts';
import { TableReader } from '../../src/structures/table-reader.ts';
import { pattern, sweepAll } from '../memory/heap-fixtures.ts';

/** A hasher whose hashes are what a function makes of the true ones. */
export class BentHasher extends KeyHasher {
  private readonly bend: (hash: number) => number;

  constructor(bend: (hash: number) => number) {
    super([0x243f6a88, 0x85a308d3]);
    this.bend = bend;
  }

  override hash(bytes: Uint8Array, start: number, end: number): number {
    return this.bend(super.hash(bytes, start, end)) >>> 0;
  }
}

export const HASHERS: readonly { hashes: string; make: () => KeyHasher }[] = [
  { hashes: 'good hashes', make: () => new BentHasher((hash) => hash) },
  { hashes: 'seven hashes', make: () => new BentHasher((hash) => Math.imul(hash % 7, 0x9e3779b9)) },
  { hashes: 'hashes of equal top bits', make: () => new BentHasher((hash) => 0xabcd0000 | (hash & 0xffff)) },
  { hashes: 'hashes that differ in their lowest bits', make: () => new BentHasher((hash) => 0xfffffff0 | (hash & 15)) },
  { hashes: 'hashes of equal low bits', make: () => new BentHasher((hash) => hash & 0xfff00000) },
  { hashes: 'one hash', make: () => new BentHasher(() => 0) },
];

/** The key with this number: mostly short, some empty, some too long for a block, some of several leaves. */
export function keyOf(number: number): Uint8Array {
  if (number === 0) return new Uint8Array(0);
  if (number % 97 === 5) return pattern(number, 1025 + (number % 3000));
  if (number % 389 === 7) return pattern(number, 22_000 + (number % 30_000));
  return new TextEncoder().encode(`key:${number}`);
}

/** The word of an entry that a {@link TableSubject} keeps its value in. */
const VALUE_WORD = 2;

function contents(reader: TableReader, entries: EntryReader, view: HeapView, root: Pointer): Map<string, number> {
  const all = new Map<string, number>();
  const slice = new Slice(new Uint8Array(0), 0, 0);
  let count = 0;
  reader.forEach(root, (entry) => {
    all.set(entries.key(entry, slice).toLatin1(), view.word(entry, VALUE_WORD));
    count++;
  });
  expect(count).toBe(reader.count(root));
  expect(count).toBe(all.size);
  return all;
}

/** Maps compared without a diff, which takes minutes for large ones. */
export function expectSameMap(actual: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): void {
  expect(actual.size).toBe(expected.size);
  for (const [key, value] of expected) {
    if (actual.get(key) !== value) throw new Error(`${key.slice(0, 40)} has ${actual.get(key)}, not ${value}`);
  }
}

interface Frozen {
  readonly snapshot: Snapshot;
  readonly root: Pointer;
  readonly model: ReadonlyMap<string, number>;
}

/** A table beside the Map that it should equal. */
export class TableSubject {
  readonly heap: Heap;
  readonly strings: ByteStrings;
  readonly entries: Entries;
  readonly hasher: KeyHasher;
  readonly bounds: SegmentBounds | null;
  readonly table: HashTable;
  readonly frozen: Frozen[] = [];
  root: Pointer;
  model = new Map<string, number>();

  constructor(heap: Heap, hasher: KeyHasher = HASHERS[0].make(), bounds: SegmentBounds | null = null) {
    this.heap = heap;
    this.strings = new ByteStrings(heap);
    this.entries = new Entries(heap, this.strings);
    this.hasher = hasher;
    this.bounds = bounds;
    this.table = new HashTable(heap, this.entries, hasher, bounds);
    this.root = this.table.create();
  }

  /** Sets the value of a key, new or not. */
  set(key: Uint8Array, value: number): void {
    const slice = Slice.from(key);
    const hash = this.table.hashOf(slice);
    const found = this.table.find(this.root, slice, hash);
    const entry = found === NULL ? this.entries.create(slice, 1, 0, 0) : this.entries.recreate(found, 1, 0, 0);
    this.heap.wordsOf(entry)[this.heap.wordOffset(entry) + VALUE_WORD] = value;
    if (found === NULL) {
      this.root = this.table.insert(this.root, entry, hash);
    } else {
      this.root = this.table.replaceFound(this.root, entry, hash);
      this.heap.free(found);
    }
    this.model.set(slice.toLatin1(), value);
  }

  /** True when the key was there. */
  remove(key: Uint8Array): boolean {
    const slice = Slice.from(key);
    const hash = this.table.hashOf(slice);
    const found = this.table.find(this.root, slice, hash);
    if (found !== NULL) {
      this.root = this.table.removeFound(this.root, hash);
      this.entries.free(found);
    }
    // Called by the hundred thousand, for which `expect` is slow.
    invariant(
      this.model.delete(slice.toLatin1()) === (found !== NULL),
      'a key is found where it is not, or the reverse',
    );
    return found !== NULL;
  }

  /** Looks a key up that is there. */
  lookup(key: Uint8Array): { entry: Pointer; hash: number } {
    const slice = Slice.from(key);
    const hash = this.table.hashOf(slice);
    const entry = this.table.find(this.root, slice, hash);
    expect(entry).not.toBe(NULL);
    return { entry, hash };
  }

  freeze(): void {
    this.frozen.push({ snapshot: this.heap.freeze(), root: this.root, model: new Map(this.model) });
  }

  /** Compares a snapshot with what was there when it was taken, and ends it. */
  release(index = 0): void {
    const [frozen] = this.frozen.splice(index, 1);
    if (frozen === undefined) return;
    const view = new HeapView(frozen.snapshot.segments);
    const entries = new EntryReader(view, new ByteStringReader(view));
    const reader = new TableReader(view, entries, this.hasher);
    expectSameMap(contents(reader, entries, view, frozen.root), frozen.model);
    for (const key of frozen.model.keys()) {
      const slice = Slice.from(Buffer.from(key, 'latin1'));
      if (reader.find(frozen.root, slice, reader.hashOf(slice)) === NULL) throw new Error('a frozen key is not found');
    }
    this.heap.release(frozen.snapshot);
  }

  /** Compares everything with the model, and checks the heap. */
  check(): void {
    expectSameMap(contents(this.table, this.entries, this.heap, this.root), this.model);
    for (const [key, value] of this.model) {
      const slice = Slice.from(Buffer.from(key, 'latin1'));
      const found = this.table.find(this.root, slice, this.table.hashOf(slice));
      if (found === NULL || this.heap.word(found, VALUE_WORD) !== value) throw new Error('a key is not found');
    }
    this.table.forEachSegment(this.root, (segment, depth) => this.checkSegment(segment, depth));
    this.heap.verify((visit) => {
      this.table.walk(this.root, visit);
      this.table.forEach(this.root, (entry) => this.entries.walk(entry, visit));
    });
  }

  /** All hashes of a segment share its depth's bits, its count is right, and its id leads back to it. */
  private checkSegment(segment: Pointer, depth: number): void {
    let entries = 0;
    let prefix = -1;
    this.table.forEachInSegment(segment, (entry) => {
      const top = depth === 0 ? 0 : this.table.hashOfEntry(entry) >>> (32 - depth);
      if (entries++ > 0 && top !== prefix) throw new Error('a segment holds a hash that belongs elsewhere');
      prefix = top;
    });
    expect(entries).toBe(this.heap.word(segment, SEGMENT_COUNT));
    if (this.bounds === null) return;
    this.table.locate(this.root, this.bounds.firstHash(this.heap.word(segment, SEGMENT_ID)));
    expect(this.table.segment).toBe(segment);
  }

  get depths(): number[] {
    const depths: number[] = [];
    this.table.forEachSegment(this.root, (_, depth) => {
      depths.push(depth);
    });
    return depths;
  }

  /** Ends all snapshots and takes everything out: the heap must hold the empty table then. */
  end(): void {
    while (this.frozen.length > 0) this.release();
    sweepAll(this.heap);
    this.check();
    for (const key of [...this.model.keys()]) this.remove(Buffer.from(key, 'latin1'));
    this.check();
  }
}
