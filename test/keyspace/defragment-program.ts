/**
 * Fills a keyspace with keys, or, when told `elements`, with collections of very long strings, deletes nine in ten, moves
 * the rest together and prints bytes, as JSON.
 */
import type { Collection } from '../../src/keyspace/collection.ts';
import { Defragmenter } from '../../src/keyspace/defragmenter.ts';
import { Keyspace } from '../../src/keyspace/keyspace.ts';
import { SystemClock } from '../../src/lib/clock.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Slice } from '../../src/lib/slice.ts';

const KEYS = 400_000;
/** In each of four collections. */
const ELEMENTS = 40;
const ELEMENT_BYTES = 1_200_000;

const isOfElements = process.argv[2] === 'elements';
const random = new Xoshiro128(1);
const keyspace = new Keyspace({ clock: new SystemClock(), random, hashSeed: [1, 2], databases: 1 });
const { databases, heap } = keyspace;

// Functions of their own: what the variables of the module hold is never given back.

function resident(): number {
  return process.memoryUsage.rss();
}

function fillKeys(): void {
  const value = new Slice(new Uint8Array(450).fill(120), 0, 450);
  for (let i = 0; i < KEYS; i++) {
    heap.reserve(1 << 16);
    databases[0].setString(Slice.from(`key:${i}`), value, 0);
  }
}

function pruneKeys(): void {
  for (let i = 0; i < KEYS; i++) {
    heap.reserve(1 << 17);
    if (random.below(10) !== 0) databases[0].delete(Slice.from(`key:${i}`));
  }
}

/** What is filled in turn lies side by side. */
function fillElements(): void {
  const [database] = databases;
  const { hash, list, set, zset } = keyspace;
  const text = new Slice(new Uint8Array(ELEMENT_BYTES), 0, ELEMENT_BYTES);
  for (let i = 0; i < ELEMENTS; i++) {
    heap.reserve(1 << 24);
    text.bytes[0] = i;
    const field = Slice.from(`field:${i}`);
    if (i === 0) {
      hash.createFor(database, Slice.from('hash'), field, text);
      set.createFor(database, Slice.from('set'), text);
      zset.createFor(database, Slice.from('zset'), text, i);
      list.create(database, Slice.from('list'));
    }
    open(hash, 'hash').set(field, text);
    open(set, 'set').add(text);
    open(zset, 'zset').set(text, i);
    open(list, 'list').pushTail(text);
  }
}

function pruneElements(): void {
  const { hash, list, set, zset } = keyspace;
  const text = new Slice(new Uint8Array(ELEMENT_BYTES), 0, ELEMENT_BYTES);
  for (let i = ELEMENTS - 1; i > 0; i--) {
    if (i % 10 === 0) continue;
    heap.reserve(1 << 24);
    text.bytes[0] = i;
    open(hash, 'hash').delete(Slice.from(`field:${i}`));
    open(set, 'set').delete(text);
    open(zset, 'zset').delete(text);
    open(list, 'list').removeRange(i, 1);
  }
}

function open<T extends Collection>(collection: T, name: string): T {
  const key = Slice.from(name);
  return collection.open(databases[0], key, databases[0].find(key));
}

async function defragment(): Promise<void> {
  const defragmenter = new Defragmenter(keyspace);
  defragmenter.begin();
  while (defragmenter.run(1)) await new Promise((resolve) => setImmediate(resolve));
}

/** Node itself takes more than at the beginning: its young generation has grown. What is read last is held on to. */
function target(): number {
  return isOfElements ? deleted * 0.6 : heap.usedBytes * 1.5 + 40 * 1024 * 1024;
}

const before = resident();
if (isOfElements) fillElements();
else fillKeys();
const full = resident() - before;
if (isOfElements) pruneElements();
else pruneKeys();
const deleted = resident() - before;
await defragment();
let after = resident() - before;
// The collector gives the memory of array buffers back in its own time.
for (let turn = 0; turn < 60 && after > target(); turn++) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  after = resident() - before;
}
process.stdout.write(
  JSON.stringify({ full, deleted, after, target: target(), live: heap.usedBytes, reserved: heap.reservedBytes }),
);
