/** Fills a keyspace, deletes nine keys of ten at random, moves the rest together and prints bytes, as JSON. */
import { Defragmenter } from '../../src/keyspace/defragmenter.ts';
import { Keyspace } from '../../src/keyspace/keyspace.ts';
import { SystemClock } from '../../src/lib/clock.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Slice } from '../../src/lib/slice.ts';

const KEYS = 400_000;

const random = new Xoshiro128(1);
const keyspace = new Keyspace({ clock: new SystemClock(), random, hashSeed: [1, 2], databases: 1 });
const { databases, heap } = keyspace;

// Functions of their own: what the variables of the module hold is never given back.

function resident(): number {
  return process.memoryUsage.rss();
}

function fill(): void {
  const value = new Slice(new Uint8Array(450).fill(120), 0, 450);
  for (let i = 0; i < KEYS; i++) {
    heap.reserve(1 << 16);
    databases[0].setString(Slice.from(`key:${i}`), value, 0);
  }
}

function prune(): void {
  for (let i = 0; i < KEYS; i++) {
    heap.reserve(1 << 17);
    if (random.below(10) !== 0) databases[0].delete(Slice.from(`key:${i}`));
  }
}

async function defragment(): Promise<void> {
  const defragmenter = new Defragmenter(keyspace);
  defragmenter.begin();
  while (defragmenter.run(1)) await new Promise((resolve) => setImmediate(resolve));
}

const before = resident();
fill();
const full = resident() - before;
prune();
const deleted = resident() - before;
await defragment();
let after = resident() - before;
// The collector gives the memory of array buffers back in its own time.
for (let turn = 0; turn < 60 && after > heap.usedBytes * 1.5 + 40 * 1024 * 1024; turn++) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  after = resident() - before;
}
process.stdout.write(JSON.stringify({ full, deleted, after, live: heap.usedBytes }));
