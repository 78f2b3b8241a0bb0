import { ACCESS_WORD, deadlineOf, TYPE_LIST } from '../../src/keyspace/key-entry.ts';
import { Keyspace, type KeyspaceSnapshot } from '../../src/keyspace/keyspace.ts';
import { StringValues } from '../../src/keyspace/string-value.ts';
import type { ValueKind } from '../../src/keyspace/values.ts';
import { ManualClock } from '../../src/lib/clock.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Slice } from '../../src/lib/slice.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import type { Pointer } from '../../src/memory/layout.ts';
import { ParanoidHeap } from '../../src/memory/paranoid-heap.ts';
import { ByteStringReader } from '../../src/structures/byte-string.ts';
import { EntryReader } from '../../src/structures/entry.ts';
import { TableReader } from '../../src/structures/table-reader.ts';
import { HEAPS } from '../memory/heap-fixtures.ts';

/** Keyspaces on both heaps, with a clock that stands still. */
export const KEYSPACES = HEAPS.map(({ name, make }) => ({
  name,
  make: () => {
    const clock = new ManualClock();
    const heap = make();
    const keyspace = new Keyspace({ clock, random: new Xoshiro128(1), hashSeed: [11, 22], heap, databases: 3 });
    // A value of one block, to have another type than string.
    const blocks: ValueKind = {
      free: (entry) => heap.free(heap.pointer(entry, 3)),
      walk: (entry, visit) => visit(heap.pointer(entry, 3)),
      copy: () => heap.allocate(200),
      relocate: (entry, relocation) => {
        relocation.advance(0, true);
        return heap.moved(heap.pointer(entry, 3));
      },
      packedBytes: () => 0,
      size: () => 1,
      estimateBytes: () => 0,
      encodingName: () => 'block',
    };
    keyspace.kinds.add(TYPE_LIST, blocks);
    return { keyspace, clock };
  },
}));

const entriesSeen = new WeakMap<Keyspace, Set<Pointer>>();

/** Freezes; a paranoid heap is told which blocks have a word that may change. */
export function freeze(keyspace: Keyspace): KeyspaceSnapshot {
  const { heap } = keyspace;
  if (heap instanceof ParanoidHeap) {
    const seen = entriesSeen.get(keyspace) ?? new Set<Pointer>();
    entriesSeen.set(keyspace, seen);
    for (const database of keyspace.databases) database.table.forEach(database.root, (entry) => void seen.add(entry));
    heap.mutableWord = (pointer) => (seen.has(pointer) ? ACCESS_WORD : -1);
  }
  return keyspace.freeze();
}

export interface FrozenKey {
  readonly value: string;
  readonly deadlineMs: number;
}

/** Per database, what its keys hold in a snapshot: strings as latin1, as a thread with nothing but it would read them. */
export function readFrozen(keyspace: Keyspace, frozen: KeyspaceSnapshot): Map<number, Map<string, FrozenKey>> {
  const view = new HeapView(frozen.snapshot.segments);
  const reader = new ByteStringReader(view);
  const entries = new EntryReader(view, reader);
  const table = new TableReader(view, entries, keyspace.hasher);
  const values = new StringValues(view, reader);
  const slice = new Slice(new Uint8Array(0), 0, 0);
  const databases = new Map<number, Map<string, FrozenKey>>();
  for (const { index, root, keys, expires } of frozen.roots.databases) {
    const all = new Map<string, FrozenKey>();
    table.forEach(root, (entry) => {
      const deadlineMs = deadlineOf(view, entry);
      const value = Buffer.from(values.copy(entry, 0, values.length(entry))).toString('latin1');
      all.set(entries.key(entry, slice).toLatin1(), { value, deadlineMs });
    });
    const expiring = [...all.values()].filter(({ deadlineMs }) => deadlineMs !== Number.POSITIVE_INFINITY).length;
    if (all.size !== keys || expiring !== expires) throw new Error('a snapshot miscounts its keys');
    databases.set(index, all);
  }
  return databases;
}
