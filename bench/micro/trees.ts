/**
 * What the counted trees cost: time per operation and bytes per element of a list and a sorted set of a million each.
 *
 *     npx tsx bench/micro/trees.ts
 *
 * The sizes of nodes and leaves may be given, as `fanout` and `leafEntries` of the sorted set: `… trees.ts 42 84`.
 */
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Slice } from '../../src/lib/slice.ts';
import { Heap, SHARED_BIT } from '../../src/memory/heap.ts';
import type { Pointer } from '../../src/memory/layout.ts';
import { ByteStrings } from '../../src/structures/byte-string.ts';
import { Entries } from '../../src/structures/entry.ts';
import { leafLimits } from '../../src/structures/list-leaf-editor.ts';
import { ListTree } from '../../src/structures/list-tree.ts';
import { ListCursor } from '../../src/structures/list-tree-cursor.ts';
import { ListpackValue } from '../../src/structures/listpack-encoding.ts';
import { ENTRY_SCORE, ScoreTree, type ScoreTreeOptions } from '../../src/structures/score-tree.ts';
import { ScoreCursor } from '../../src/structures/score-tree-cursor.ts';

const COUNT = 1_000_000;
const PROBES = 200_000;
const BYTES = 16;

const random = new Xoshiro128(1);
const text = new Uint8Array(BYTES);

/** Writes the text of element `n`: 16 bytes that are no number. */
function write(n: number): void {
  let rest = n;
  for (let i = BYTES - 1; i >= 0; i--, rest = Math.floor(rest / 10)) text[i] = 0x30 + (rest % 10);
  text[0] = 0x6d;
}

function report(what: string, figure: number, unit: string): void {
  process.stdout.write(`${what.padEnd(52)} ${figure.toFixed(1).padStart(8)} ${unit}\n`);
}

/** Runs `operation` that often and reports the time that one takes. */
function time(what: string, times: number, operation: (i: number) => void): void {
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) operation(i);
  report(what, Number(process.hrtime.bigint() - start) / times, 'ns');
}

function benchList(): void {
  const heap = new Heap();
  const strings = new ByteStrings(heap);
  const tree = new ListTree(heap, strings, leafLimits(-2));
  const cursor = new ListCursor(heap, strings);
  const value = new ListpackValue();
  let root = tree.create();
  const push = (i: number) => {
    write(i);
    root = tree.pushTail(root, value.setBytes(text, 0, BYTES));
  };
  time('list: push at the tail', COUNT, push);
  report('list: bytes per element of 16 bytes', heap.usedBytes / COUNT, 'bytes');
  const pushAtHead = (i: number) => {
    write(i);
    root = tree.pushHead(root, value.setBytes(text, 0, BYTES));
  };
  time('list: push at the head', COUNT, pushAtHead);
  time('list: pop at the head', COUNT, () => {
    root = tree.popHead(root);
  });
  time('list: push at the tail, pop at the head', COUNT, (i) => {
    push(i);
    root = tree.popHead(root);
  });
  time('list: push at the head, pop at the tail', COUNT, (i) => {
    pushAtHead(i);
    root = tree.popTail(root);
  });
  time('list: index in the middle', PROBES, () => {
    cursor.seek(root, 250_000 + random.below(COUNT / 2));
  });
  cursor.seek(root, 0);
  time('list: next element', COUNT - 1, () => {
    cursor.next();
  });
  time('list: set in the middle', PROBES, (i) => {
    write(i);
    root = tree.set(root, 250_000 + random.below(COUNT / 2), value.setBytes(text, 0, BYTES));
  });
  time('list: insert and remove in the middle', PROBES, (i) => {
    write(i);
    const index = 250_000 + random.below(COUNT / 2);
    root = tree.removeRange(tree.insert(root, index, value.setBytes(text, 0, BYTES)), index + 1, 1);
  });
  const snapshot = heap.freeze();
  time('list: the same, the first 20,000 after a freeze', 20_000, (i) => {
    write(i);
    const index = random.below(COUNT);
    root = tree.removeRange(tree.insert(root, index, value.setBytes(text, 0, BYTES)), index + 1, 1);
  });
  heap.release(snapshot);
  heap.sweep(1e9);
  time('list: trim half a million away', 1, () => {
    root = tree.removeRange(root, 100, COUNT / 2);
  });
}

function benchScores(options: ScoreTreeOptions): void {
  const heap = new Heap();
  const entries = new Entries(heap, new ByteStrings(heap));
  const tree = new ScoreTree(heap, entries, options);
  const cursor = new ScoreCursor(heap);
  const member = new Slice(text, 0, BYTES);
  const all = new Uint32Array(COUNT);
  const create = (n: number, score: number): Pointer => {
    write(n);
    const entry = entries.create(member, 2, 0, SHARED_BIT);
    heap.floatsOf(entry)[heap.floatOffset(entry) + ENTRY_SCORE / 2] = score;
    return entry;
  };
  const scoreOf = (i: number) => heap.float(all[i] as Pointer, ENTRY_SCORE);
  let root = tree.create();
  time('sorted set: insert with a rising score', COUNT, (i) => {
    all[i] = create(i, i);
    root = tree.insert(root, all[i] as Pointer);
  });
  const entryBytes = heap.capacity(all[0] as Pointer);
  report('sorted set: bytes per element of the tree, then', heap.usedBytes / COUNT - entryBytes, 'bytes');
  time('sorted set: remove the lowest', COUNT, () => {
    root = tree.removeRange(root, 0, 1, (entry) => entries.free(entry));
  });
  time('sorted set: insert with a random score', COUNT, (i) => {
    all[i] = create(i, random.float());
    root = tree.insert(root, all[i] as Pointer);
  });
  report('sorted set: bytes per element of the tree, then', heap.usedBytes / COUNT - entryBytes, 'bytes');
  const slice = new Slice(text, 0, 0);
  time('sorted set: rank', PROBES, () => {
    const i = random.below(COUNT);
    tree.rank(root, scoreOf(i), entries.key(all[i] as Pointer, slice));
  });
  time('sorted set: entry of a rank', PROBES, () => {
    cursor.seek(root, random.below(COUNT));
  });
  time('sorted set: rank of a score', PROBES, () => {
    tree.rankOfScore(root, random.float(), false);
  });
  cursor.seek(root, 0);
  time('sorted set: next entry', COUNT - 1, () => {
    cursor.next();
  });
  const rescore = (score: (old: number) => number) => () => {
    const i = random.below(COUNT);
    const old = scoreOf(i);
    const own = heap.writable(all[i] as Pointer);
    heap.floatsOf(own)[heap.floatOffset(own) + ENTRY_SCORE / 2] = score(old);
    root = tree.replaceEntry(root, old, all[i] as Pointer, own);
    all[i] = own;
  };
  time(
    'sorted set: new score, same place',
    PROBES,
    rescore((old) => old + 1e-13),
  );
  time(
    'sorted set: new score, elsewhere',
    PROBES,
    rescore(() => random.float()),
  );
  const snapshot = heap.freeze();
  time(
    'sorted set: the same, the first 20,000 after a freeze',
    20_000,
    rescore(() => random.float()),
  );
  heap.release(snapshot);
  heap.sweep(1e9);
  time('sorted set: remove at random', COUNT / 2, (i) => {
    const score = scoreOf(i);
    entries.key(all[i] as Pointer, slice);
    root = tree.remove(root, score, slice);
    entries.free(tree.removed);
  });
  report('sorted set: bytes per element of the tree, then', (2 * heap.usedBytes) / COUNT - entryBytes, 'bytes');
  for (let i = 0; i < COUNT / 2; i++) {
    all[i] = create(i, 1);
    root = tree.insert(root, all[i] as Pointer);
  }
  time('sorted set: rank among half a million of equal score', PROBES, () => {
    const i = random.below(COUNT / 2);
    tree.rank(root, 1, entries.key(all[i] as Pointer, slice));
  });
}

benchList();
const [fanout, leafEntries] = process.argv.slice(2).map(Number);
benchScores(fanout === undefined ? {} : { fanout, leafEntries: leafEntries ?? 84 });
