import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../src/lib/invariant.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Slice } from '../../src/lib/slice.ts';
import { Heap, SHARED_BIT, type Snapshot } from '../../src/memory/heap.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import type { Pointer } from '../../src/memory/layout.ts';
import { ParanoidHeap } from '../../src/memory/paranoid-heap.ts';
import { ByteStringReader, ByteStrings } from '../../src/structures/byte-string.ts';
import { Entries, EntryReader } from '../../src/structures/entry.ts';
import { ENTRY_SCORE, ScoreTree } from '../../src/structures/score-tree.ts';
import { ScoreCursor } from '../../src/structures/score-tree-cursor.ts';
import { leafCount, leafEntries, leafRoom, leafScores } from '../../src/structures/score-tree-leaf.ts';
import { ScoreTreeReader } from '../../src/structures/score-tree-reader.ts';
import { TreeDrain } from '../../src/structures/tree-drain.ts';
import { NODE_SLOTS, SCORE_SLOT_WORDS, SLOT_CHILD, SLOT_ENTRY, SLOT_SCORE } from '../../src/structures/tree-layout.ts';
import { bytesOf, textOf } from './listpack-fixtures.ts';
import { checkTree } from './tree-checks.ts';

interface Shape {
  readonly paranoid: boolean;
  readonly fanout: number;
  readonly leafEntries: number;
}

interface Item {
  member: string;
  score: number;
  entry: Pointer;
}

const shapes = fc.record({
  paranoid: fc.boolean(),
  fanout: fc.constantFrom(4, 5, 42),
  leafEntries: fc.constantFrom(4, 5, 9, 84),
});

function compareItems(a: { member: string; score: number }, b: { member: string; score: number }): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  // latin1 text compares as its bytes do.
  if (a.member === b.member) return 0;
  return a.member < b.member ? -1 : 1;
}

function memberSlice(member: string): Slice {
  const bytes = bytesOf(member);
  return new Slice(bytes, 0, bytes.length);
}

function readAll(view: HeapView, root: Pointer, from = 0, backwards = false): { member: string; score: number }[] {
  const entries = new EntryReader(view, new ByteStringReader(view));
  const cursor = new ScoreCursor(view);
  const slice = memberSlice('');
  const items: { member: string; score: number }[] = [];
  if (!cursor.seek(root, from)) return items;
  do {
    invariant(cursor.rank === (backwards ? from - items.length : from + items.length), 'a cursor miscounts');
    invariant(Object.is(view.float(cursor.entry, ENTRY_SCORE), cursor.score), 'the tree has another score');
    entries.key(cursor.entry, slice);
    items.push({ member: textOf(slice.bytes, slice.start, slice.end), score: cursor.score });
  } while (backwards ? cursor.previous() : cursor.next());
  return items;
}

function plain(items: readonly Item[]): { member: string; score: number }[] {
  return items.map(({ member, score }) => ({ member, score }));
}

/** As `toEqual`, which takes long over 50,000 objects. */
function expectItems(actual: readonly { member: string; score: number }[], expected: typeof actual): void {
  const same = ({ member, score }: { member: string; score: number }, i: number) =>
    member === expected[i]?.member && Object.is(score, expected[i].score);
  if (actual.length !== expected.length || !actual.every(same)) expect(actual).toEqual(expected);
}

/**
 * A tree beside an array of the same entries, and snapshots of both. The array owns the entries. It is sorted when its
 * order is asked for: keeping it so while it grows to tens of thousands takes longer than the tree does.
 */
class Subject {
  readonly heap: Heap;
  readonly entries: Entries;
  readonly tree: ScoreTree;
  readonly random: Xoshiro128;
  readonly shape: Shape;
  readonly sameScores: boolean;
  /** In any order; {@link model} has them sorted. */
  readonly items: Item[] = [];
  root: Pointer;
  readonly frozen: { snapshot: Snapshot; root: Pointer; model: { member: string; score: number }[] }[] = [];
  private made = 0;
  private isSorted = true;

  constructor(shape: Shape, seed: number, sameScores = false) {
    this.shape = shape;
    this.sameScores = sameScores;
    this.heap = shape.paranoid ? new ParanoidHeap() : new Heap();
    this.entries = new Entries(this.heap, new ByteStrings(this.heap));
    this.tree = new ScoreTree(this.heap, this.entries, shape);
    this.random = new Xoshiro128(seed);
    this.root = this.tree.create();
  }

  score(): number {
    const random = this.random;
    if (this.sameScores) return 7;
    const special = [0, -0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 2 ** 60];
    const kind = random.below(20);
    if (kind === 0) return special[random.below(special.length)];
    return kind < 10 ? random.below(20) : (random.float() - 0.5) * 1000;
  }

  member(): string {
    const random = this.random;
    const n = this.made++;
    const head = String.fromCharCode(random.below(256)).repeat(random.below(4));
    const kind = random.below(300);
    // Members of a long common beginning, the first 1 KB of which lies in the block.
    const tail = kind === 0 ? 'L'.repeat(1024 + random.below(3000)) : kind === 1 ? 'M'.repeat(25_000) : '';
    return random.below(2) === 0 ? `${head}${tail}${n}` : `${tail}${String.fromCharCode(n & 255, n >> 8)}${head}`;
  }

  create(member: string, score: number): Pointer {
    const entry = this.entries.create(memberSlice(member), 2, 0, SHARED_BIT);
    this.setScore(entry, score);
    return entry;
  }

  setScore(entry: Pointer, score: number): void {
    this.heap.floatsOf(entry)[this.heap.floatOffset(entry) + ENTRY_SCORE / 2] = score;
  }

  get model(): Item[] {
    if (!this.isSorted) this.items.sort(compareItems);
    this.isSorted = true;
    return this.items;
  }

  insert(score: number): void {
    const member = this.member();
    if (!this.items.some((item) => item.member === member)) this.add(member, score);
  }

  add(member: string, score: number): void {
    const entry = this.create(member, score);
    this.root = this.tree.insert(this.root, entry);
    this.items.push({ member, score, entry });
    this.isSorted = false;
  }

  /** Takes an index into {@link items}. */
  rescore(index: number, score: number): void {
    const item = this.items[index];
    const old = item.entry;
    // Frozen or in a paranoid heap this is another block, and the old one is gone.
    const entry = this.heap.writable(old);
    this.setScore(entry, score);
    this.root = this.tree.replaceEntry(this.root, item.score, old, entry);
    this.items[index] = { member: item.member, score, entry };
    this.isSorted = false;
  }

  remove(index: number): void {
    const [item] = this.model.splice(index, 1);
    this.root = this.tree.remove(this.root, item.score, memberSlice(item.member));
    invariant(this.tree.removed === item.entry, 'another entry is removed');
    this.entries.free(item.entry);
  }

  removeRange(rank: number, count: number): void {
    const removed = this.model.splice(rank, count);
    const visited: Pointer[] = [];
    this.root = this.tree.removeRange(this.root, rank, count, (entry) => {
      visited.push(entry);
      this.entries.free(entry);
    });
    expect(visited).toEqual(removed.map((item) => item.entry));
  }

  step(growth: number): void {
    const { random, model } = this;
    if (random.below(10) < growth || model.length === 0) {
      this.insert(this.score());
      return;
    }
    const index = random.below(model.length);
    const kind = random.below(10);
    if (kind < 4) {
      this.remove(index);
    } else if (kind < 9) {
      const near = random.below(2) === 0 ? model[index].score + (random.float() - 0.5) * 4 : this.score();
      this.rescore(index, this.sameScores ? 7 : near);
    } else {
      this.removeRange(index, Math.min(model.length - index, random.below(12)));
    }
  }

  freeze(): void {
    this.frozen.push({ snapshot: this.heap.freeze(), root: this.root, model: plain(this.model) });
  }

  release(index: number): void {
    const [{ snapshot, root, model }] = this.frozen.splice(index, 1);
    const view = new HeapView(snapshot.segments);
    expectItems(readAll(view, root), model);
    if (model.length > 0) {
      const rank = this.random.below(model.length);
      const reader = new ScoreTreeReader(view, new EntryReader(view, new ByteStringReader(view)));
      expect(reader.rank(root, model[rank].score, memberSlice(model[rank].member))).toBe(rank);
    }
    this.heap.release(snapshot);
    this.heap.sweep(this.random.below(2) === 0 ? 10 : 1e9);
  }

  check(): void {
    const { heap, tree, root, model, random } = this;
    expect(tree.count(root)).toBe(model.length);
    expectItems(readAll(heap, root), plain(model));
    for (let i = 0; i < 5 && model.length > 0; i++) {
      const rank = random.below(model.length);
      expect(tree.at(root, rank)).toBe(model[rank].entry);
      this.checkSearch(model[rank].score, model[rank].member);
      this.checkSearch(this.score(), model[rank].member);
      this.checkSearch(model[rank].score, `${model[rank].member}x`);
    }
    this.checkSearch(this.score(), 'none of them');
    if (model.length > 0) {
      const from = random.below(model.length);
      expectItems(readAll(heap, root, from, true), plain(model.slice(0, from + 1)).reverse());
    }
    this.checkNodes();
    heap.verify((visit) => {
      tree.walk(root, visit);
      for (const item of model) this.entries.walk(item.entry, visit);
    });
  }

  checkSearch(score: number, member: string): void {
    const { tree, root, model } = this;
    const slice = memberSlice(member);
    const rank = model.findIndex((item) => item.score === score && item.member === member);
    expect(tree.rank(root, score, slice)).toBe(rank);
    expect(tree.rankOfScore(root, score, false)).toBe(model.filter((item) => item.score < score).length);
    expect(tree.rankOfScore(root, score, true)).toBe(model.filter((item) => item.score <= score).length);
    if (rank < 0) {
      expect(tree.remove(root, score, slice)).toBe(root);
      expect(tree.removed).toBe(0);
    }
    if (!this.sameScores) return;
    expect(tree.rankOfMember(root, slice, false)).toBe(model.filter((item) => item.member < member).length);
    expect(tree.rankOfMember(root, slice, true)).toBe(model.filter((item) => item.member <= member).length);
  }

  checkNodes(): void {
    const { heap, root, shape } = this;
    checkTree(heap, root, {
      slotWords: SCORE_SLOT_WORDS,
      fanout: shape.fanout,
      leaf: (leaf, word) => {
        invariant(word > 0 && word === leafCount(heap, leaf), 'a leaf is miscounted');
        invariant(word <= leafRoom(heap, leaf) && word <= shape.leafEntries, 'a leaf is too full');
        return word;
      },
      separator: (node, slot, child, level) => {
        let leaf = child;
        for (let i = 1; i < level; i++) leaf = heap.pointer(leaf, NODE_SLOTS + SLOT_CHILD);
        const entry = heap.wordsOf(leaf)[leafEntries(heap, leaf)];
        const score = heap.floatsOf(leaf)[leafScores(heap, leaf)];
        invariant(heap.word(node, slot + SLOT_ENTRY) === entry, 'a separator is not the first entry');
        invariant(Object.is(heap.float(node, slot + SLOT_SCORE), score), 'a separator has another score');
      },
    });
  }

  finish(): void {
    while (this.frozen.length > 0) this.release(0);
    this.heap.sweep(1e9);
    this.check();
    const drain = TreeDrain.ofScores(this.heap, this.root);
    while (drain.step());
    for (const item of this.model) this.entries.free(item.entry);
    this.heap.verify(() => {});
    expect(this.heap.usedBytes).toBe(0);
  }
}

describe('a score tree', () => {
  it.each([false, true])('orders entries after any changes, now and in every snapshot (equal scores: %s)', (same) => {
    fc.assert(
      fc.property(shapes, fc.integer(), fc.integer({ min: 3, max: 8 }), (shape, seed, growth) => {
        const subject = new Subject(shape, seed, same);
        for (let i = 0; i < 400; i++) {
          subject.step(growth);
          const event = subject.random.below(100);
          if (event === 0) subject.check();
          if (event === 1 && subject.frozen.length < 3) subject.freeze();
          if (event === 2 && subject.frozen.length > 0) subject.release(subject.random.below(subject.frozen.length));
        }
        subject.finish();
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    { paranoid: false, fanout: 4, leafEntries: 5 },
    { paranoid: true, fanout: 5, leafEntries: 8 },
    { paranoid: false, fanout: 42, leafEntries: 84 },
    { paranoid: true, fanout: 42, leafEntries: 84 },
  ])('grows to 50,000 entries and back: %o', (shape) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const subject = new Subject(shape, seed);
        const { random, items } = subject;
        for (let i = 0; i < 50_000; i++) {
          subject.add(`${i}`, i % 3 === 0 ? i : random.below(1e6));
          if (i % 20_000 === 1000) subject.freeze();
          if (i % 5 === 0) subject.rescore(random.below(items.length), random.below(1e6));
        }
        subject.check();
        const { model } = subject;
        while (subject.frozen.length > 1) subject.release(random.below(subject.frozen.length));
        while (model.length > 0) {
          if (random.below(10) === 0) {
            const rank = random.below(model.length);
            subject.removeRange(rank, Math.min(random.below(300), model.length - rank));
          } else {
            subject.remove(random.below(model.length));
          }
          if (random.below(4000) === 0) subject.check();
        }
        subject.finish();
      }),
      { numRuns: 1 },
    );
  });

  it.each([1, -1])('keeps its leaves full where scores only go up or down (%d)', (direction) => {
    const subject = new Subject({ paranoid: false, fanout: 42, leafEntries: 84 }, 1);
    const { heap, tree } = subject;
    let root = subject.root;
    let entryBytes = 0;
    for (let i = 0; i < 10_000; i++) {
      const entry = subject.create(`${i}`, i * direction);
      entryBytes += heap.capacity(entry);
      root = tree.insert(root, entry);
    }
    expect(tree.count(root)).toBe(10_000);
    expect((heap.usedBytes - entryBytes) / 10_000).toBeLessThan(13.5);
  });

  it('keeps the sign of a zero, which the order does not see', () => {
    const subject = new Subject({ paranoid: true, fanout: 4, leafEntries: 4 }, 1);
    subject.add('a', 0);
    subject.add('b', -0);
    subject.add('c', 0);
    subject.rescore(0, -0);
    expect(readAll(subject.heap, subject.root)).toEqual([
      { member: 'a', score: -0 },
      { member: 'b', score: -0 },
      { member: 'c', score: 0 },
    ]);
    expect(subject.tree.rank(subject.root, -0, memberSlice('c'))).toBe(2);
  });
});
