/** Reads a frozen table from shared memory, again and again until told to stop, and counts what is not as expected. */
import { parentPort, workerData } from 'node:worker_threads';
import { Slice } from '../../src/lib/slice.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import { NULL, type Pointer } from '../../src/memory/layout.ts';
import { ByteStringReader } from '../../src/structures/byte-string.ts';
import { EntryReader } from '../../src/structures/entry.ts';
import { KeyHasher } from '../../src/structures/hash.ts';
import { TableReader } from '../../src/structures/table-reader.ts';
import { frozenKey } from './frozen-key.ts';

export interface FrozenTable {
  readonly segments: readonly (SharedArrayBuffer | null)[];
  readonly root: Pointer;
  readonly seed: readonly [number, number];
  readonly keys: number;
  /** Not 0: stop after the round. */
  readonly stop: Int32Array;
}

export interface ReadingReport {
  readonly rounds: number;
  readonly wrong: number;
}

const { segments, root, seed, keys, stop }: FrozenTable = workerData;
const view = new HeapView(segments);
const entries = new EntryReader(view, new ByteStringReader(view));
const table = new TableReader(view, entries, new KeyHasher(seed));

let rounds = 0;
let wrong = 0;
do {
  const seen = new Uint8Array(keys);
  const slice = new Slice(new Uint8Array(0), 0, 0);
  table.forEach(root, (entry) => {
    const number = Number(entries.key(entry, slice).toLatin1().slice(4, 12));
    if (seen[number]++ !== 0 || view.word(entry, 2) !== number) wrong++;
  });
  for (let i = 0; i < keys; i++) if (seen[i] !== 1) wrong++;
  for (let i = rounds; i < keys; i += 97) {
    const key = Slice.from(frozenKey(i));
    const found = table.find(root, key, table.hashOf(key));
    if (found === NULL || view.word(found, 2) !== i) wrong++;
  }
  rounds++;
  if (rounds === 1) parentPort?.postMessage('reading');
} while (Atomics.load(stop, 0) === 0);
parentPort?.postMessage({ rounds, wrong } satisfies ReadingReport);
