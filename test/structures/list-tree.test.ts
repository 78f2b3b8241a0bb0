import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../src/lib/invariant.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Heap, type Snapshot } from '../../src/memory/heap.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import type { Pointer } from '../../src/memory/layout.ts';
import { ParanoidHeap } from '../../src/memory/paranoid-heap.ts';
import { ByteStringReader, ByteStrings } from '../../src/structures/byte-string.ts';
import { leafLimits } from '../../src/structures/list-leaf-editor.ts';
import { ListTree } from '../../src/structures/list-tree.ts';
import { ListCursor } from '../../src/structures/list-tree-cursor.ts';
import { leafBase } from '../../src/structures/list-tree-leaf.ts';
import { headerCount, totalBytes } from '../../src/structures/listpack.ts';
import { validateListpack } from '../../src/structures/listpack-validate.ts';
import { TreeDrain } from '../../src/structures/tree-drain.ts';
import { LIST_SLOT_WORDS, PLAIN } from '../../src/structures/tree-layout.ts';
import { type Element, encodeListpack, listpackValue, textOf } from './listpack-fixtures.ts';
import { checkTree } from './tree-checks.ts';

interface Shape {
  readonly paranoid: boolean;
  readonly fanout: number;
  readonly maxBytes: number;
  readonly maxCount: number;
}

const shapes = fc.record({
  paranoid: fc.boolean(),
  fanout: fc.constantFrom(4, 5, 126),
  maxBytes: fc.constantFrom(64, 256, 1000, 8192, 65_536),
  maxCount: fc.constantFrom(1, 2, 7, 128, Number.POSITIVE_INFINITY),
});

function element(cursor: ListCursor, strings: ByteStringReader): Element {
  if (!cursor.isPlain) {
    const bytes = new Uint8Array(cursor.byteLength());
    return textOf(bytes, 0, cursor.element.writeTo(bytes, 0));
  }
  const bytes = new Uint8Array(cursor.plainLength);
  strings.copyTo(cursor.plain, cursor.plainLength, 0, cursor.plainLength, bytes, 0);
  return textOf(bytes, 0, bytes.length);
}

function readAll(view: HeapView, root: Pointer, from = 0, backwards = false): Element[] {
  const strings = new ByteStringReader(view);
  const cursor = new ListCursor(view, strings);
  const elements: Element[] = [];
  if (!cursor.seek(root, from)) return elements;
  do {
    invariant(cursor.index === (backwards ? from - elements.length : from + elements.length), 'a cursor miscounts');
    elements.push(element(cursor, strings));
  } while (backwards ? cursor.previous() : cursor.next());
  return elements;
}

/** A list beside an array of the same elements, and snapshots of both. */
class Subject {
  readonly heap: Heap;
  readonly strings: ByteStrings;
  readonly tree: ListTree;
  readonly random: Xoshiro128;
  readonly shape: Shape;
  model: Element[] = [];
  root: Pointer;
  readonly frozen: { snapshot: Snapshot; root: Pointer; model: Element[] }[] = [];

  constructor(shape: Shape, seed: number) {
    this.shape = shape;
    this.heap = shape.paranoid ? new ParanoidHeap() : new Heap();
    this.strings = new ByteStrings(this.heap);
    this.tree = new ListTree(this.heap, this.strings, shape, shape.fanout);
    this.random = new Xoshiro128(seed);
    this.root = this.tree.create();
  }

  element(): Element {
    const random = this.random;
    const kind = random.below(200);
    if (kind < 60) return String(random.below(1000) - 500);
    if (kind < 65) return String(random.uint32() * 1e5);
    if (kind === 65) return 'L'.repeat(random.below(12_000));
    if (kind === 66 && random.below(10) === 0) return 'P'.repeat(20_000 + random.below(50_000));
    return String.fromCharCode(97 + random.below(26)).repeat(random.below(kind < 70 ? 300 : 20)) + random.below(5);
  }

  /** One random change; `growth` of 10 add something. */
  step(growth: number): void {
    const { random, tree, model } = this;
    const count = model.length;
    if (random.below(10) < growth || count === 0) {
      const text = this.element();
      const value = listpackValue(text);
      const way = random.below(4);
      if (way === 0) {
        this.root = tree.pushHead(this.root, value);
        model.unshift(text);
      } else if (way === 1) {
        this.root = tree.pushTail(this.root, value);
        model.push(text);
      } else {
        const index = random.below(count + 1);
        this.root = tree.insert(this.root, index, value);
        model.splice(index, 0, text);
      }
      return;
    }
    switch (random.below(9)) {
      case 0:
      case 1:
        this.root = tree.popHead(this.root);
        model.shift();
        break;
      case 2:
      case 3:
        this.root = tree.popTail(this.root);
        model.pop();
        break;
      case 4: {
        const start = random.below(count);
        const removed = Math.min(count - start, random.below(random.below(10) === 0 ? 40 : 4));
        this.root = tree.removeRange(this.root, start, removed);
        model.splice(start, removed);
        break;
      }
      case 5: {
        const index = random.below(count);
        const text = this.element();
        this.root = tree.set(this.root, index, listpackValue(text));
        model[index] = text;
        break;
      }
      case 6: {
        const text = model[random.below(count)];
        const start = random.below(count);
        const limit = 1 + random.below(4);
        this.root = tree.removeEqual(this.root, start, listpackValue(text), limit);
        for (let i = start, left = limit; i < model.length && left > 0; ) {
          if (model[i] !== text) i++;
          else {
            model.splice(i, 1);
            left--;
          }
        }
        break;
      }
      default: {
        const index = random.below(count);
        this.root = tree.removeRange(this.root, index, 1);
        model.splice(index, 1);
      }
    }
  }

  freeze(): void {
    this.frozen.push({ snapshot: this.heap.freeze(), root: this.root, model: this.model.slice() });
  }

  release(index: number): void {
    const [{ snapshot, root, model }] = this.frozen.splice(index, 1);
    expect(readAll(new HeapView(snapshot.segments), root)).toEqual(model);
    this.heap.release(snapshot);
    this.heap.sweep(this.random.below(2) === 0 ? 10 : 1e9);
  }

  check(): void {
    const { heap, tree, root, model, random } = this;
    expect(tree.count(root)).toBe(model.length);
    expect(readAll(heap, root)).toEqual(model);
    if (model.length > 0) {
      const from = random.below(model.length);
      expect(readAll(heap, root, from, true)).toEqual(model.slice(0, from + 1).reverse());
    }
    if (model.length > 0) this.checkFinding();
    let leaves = 0;
    checkTree(heap, root, {
      slotWords: LIST_SLOT_WORDS,
      fanout: this.shape.fanout,
      leaf: (leaf, word) => {
        leaves++;
        if (word >= PLAIN) return 1;
        const bytes = heap.bytesOf(leaf);
        const base = leafBase(heap, leaf);
        const total = totalBytes(bytes, base);
        const end = heap.byteOffset(leaf) + heap.capacity(leaf);
        invariant(base + total <= end, 'a listpack is larger than its block');
        expect(validateListpack(bytes, base, base + total, true)).toBe(null);
        expect(headerCount(bytes, base)).toBe(word);
        expect(word).toBeLessThanOrEqual(this.shape.maxCount);
        return word;
      },
    });
    expect(tree.leafCount(root)).toBe(leaves);
    heap.verify((visit) => tree.walk(root, visit));
  }

  /** Elements are found from any place on, in either direction and up to any other place. */
  private checkFinding(): void {
    const { model, random } = this;
    const cursor = new ListCursor(this.heap, this.strings);
    const text = random.below(4) === 0 ? 'nowhere' : model[random.below(model.length)];
    const from = random.below(model.length);
    const limit = random.below(model.length + 1);
    const next = model.findIndex((each, i) => i >= from && i < limit && each === text);
    cursor.seek(this.root, from);
    const found = cursor.find(listpackValue(text), limit);
    expect(found ? cursor.index : -1).toBe(next);
    if (found) expect(element(cursor, this.strings)).toBe(text);
    cursor.seek(this.root, from);
    const last = model.findLastIndex((each, i) => i <= from && i >= limit && each === text);
    expect(cursor.findBefore(listpackValue(text), limit) ? cursor.index : -1).toBe(last);
  }

  /** A copy has the same elements in blocks of its own. */
  checkCopy(): void {
    const { heap, tree, strings, root, model } = this;
    const usedBytes = heap.usedBytes;
    const copy = tree.copy(root);
    expect(readAll(heap, copy)).toEqual(model);
    heap.verify((visit) => {
      tree.walk(root, visit);
      tree.walk(copy, visit);
    });
    if (!tree.freeSmall(copy)) {
      const drain = TreeDrain.ofList(heap, strings, copy);
      while (drain.step());
    }
    expect(heap.usedBytes).toBe(usedBytes);
    this.check();
  }

  finish(): void {
    this.checkCopy();
    while (this.frozen.length > 0) this.release(0);
    this.heap.sweep(1e9);
    this.check();
    const drain = TreeDrain.ofList(this.heap, this.strings, this.root);
    while (drain.step());
    this.heap.verify(() => {});
    expect(this.heap.usedBytes).toBe(0);
  }
}

describe('a list tree', () => {
  it('has the elements of an array after any sequence of changes, now and in every snapshot', () => {
    fc.assert(
      fc.property(shapes, fc.integer(), fc.integer({ min: 3, max: 8 }), (shape, seed, growth) => {
        const subject = new Subject(shape, seed);
        for (let i = 0; i < 400; i++) {
          subject.step(growth);
          const event = subject.random.below(100);
          if (event === 0) subject.check();
          if (event === 3) subject.checkCopy();
          if (event === 1 && subject.frozen.length < 3) subject.freeze();
          if (event === 2 && subject.frozen.length > 0) subject.release(subject.random.below(subject.frozen.length));
        }
        subject.finish();
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    { paranoid: false, fanout: 4, maxBytes: 128, maxCount: Number.POSITIVE_INFINITY },
    { paranoid: true, fanout: 4, maxBytes: 8192, maxCount: 16 },
    { paranoid: false, fanout: 126, ...leafLimits(-2) },
    { paranoid: true, fanout: 126, maxBytes: 512, maxCount: Number.POSITIVE_INFINITY },
  ])('grows to 50,000 elements and back: %o', (shape) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const subject = new Subject(shape, seed);
        const { random, tree } = subject;
        for (let i = 0; subject.model.length < 50_000; i++) {
          if (i % 4 === 0) {
            subject.step(9);
          } else {
            const text = String(random.uint32());
            subject.root = tree.pushTail(subject.root, listpackValue(text));
            subject.model.push(text);
          }
          if (i % 20_000 === 1000) subject.freeze();
        }
        subject.check();
        while (subject.frozen.length > 1) subject.release(random.below(subject.frozen.length));
        while (subject.model.length > 0) {
          const start = random.below(subject.model.length);
          const removed = Math.min(1 + random.below(100), subject.model.length - start);
          subject.root = tree.removeRange(subject.root, start, removed);
          subject.model.splice(start, removed);
          if (random.below(400) === 0) subject.check();
        }
        subject.finish();
      }),
      { numRuns: 1 },
    );
  });

  it.each([false, true])('is one of several that are used in turn, come and go (paranoid: %s)', (paranoid) => {
    const heap = paranoid ? new ParanoidHeap() : new Heap();
    const strings = new ByteStrings(heap);
    const tree = new ListTree(heap, strings, { maxBytes: 256, maxCount: 1000 }, 4);
    const cursor = new ListCursor(heap, strings);
    const random = new Xoshiro128(7);
    const lists = Array.from({ length: 3 }, () => ({ root: tree.create(), model: [] as Element[] }));
    const snapshots: Snapshot[] = [];
    for (let i = 0; i < 20_000; i++) {
      const list = lists[random.below(8) % 3];
      const { model } = list;
      const action = random.below(1000);
      if (action < 3) {
        if (!tree.freeSmall(list.root)) {
          const drain = TreeDrain.ofList(heap, strings, list.root);
          while (drain.step());
        }
        list.root = tree.create();
        model.length = 0;
      } else if (action < 6) {
        if (snapshots.length > 1) heap.release(snapshots.shift() as Snapshot);
        snapshots.push(heap.freeze());
      } else if (action < 20 && model.length > 0) {
        const at = random.below(model.length);
        list.root = tree.removeRange(list.root, at, 1);
        model.splice(at, 1);
      } else if (action < 520 || model.length === 0) {
        const text = random.below(4) === 0 ? String(i) : `element ${i}`;
        const atHead = random.below(2) === 0;
        list.root = (atHead ? tree.pushHead : tree.pushTail).call(tree, list.root, listpackValue(text));
        if (atHead) model.unshift(text);
        else model.push(text);
      } else if (random.below(2) === 0) {
        tree.readHead(list.root, cursor);
        expect(element(cursor, strings)).toBe(model.shift());
        list.root = tree.popHead(list.root);
      } else {
        tree.readTail(list.root, cursor);
        expect(element(cursor, strings)).toBe(model.pop());
        list.root = tree.popTail(list.root);
      }
    }
    for (const { root, model } of lists) expect(readAll(heap, root)).toEqual(model);
    for (const snapshot of snapshots) heap.release(snapshot);
  });

  it.each(['head', 'tail'] as const)('is a queue and a stack at its %s without losing room', (end) => {
    const heap = new Heap();
    const tree = new ListTree(heap, new ByteStrings(heap), leafLimits(-2));
    let root = tree.create();
    const push = (n: number) => {
      root = end === 'head' ? tree.pushHead(root, listpackValue(`m${n}`)) : tree.pushTail(root, listpackValue(`m${n}`));
    };
    for (let n = 0; n < 1000; n++) push(n);
    for (let n = 1000; n < 30_000; n++) {
      push(n);
      root = end === 'head' ? tree.popTail(root) : tree.popHead(root);
    }
    const expected = Array.from({ length: 1000 }, (_, i) => `m${29_000 + i}`);
    expect(readAll(heap, root)).toEqual(end === 'head' ? expected.reverse() : expected);
    for (let n = 0; n < 1000; n++) root = end === 'head' ? tree.popHead(root) : tree.popTail(root);
    expect(tree.count(root)).toBe(0);
    heap.verify((visit) => tree.walk(root, visit));
    expect(heap.usedBytes).toBe(32);
  });

  it('removes what is equal to a value in one pass, however much it is', () => {
    const heap = new Heap();
    const tree = new ListTree(heap, new ByteStrings(heap), { maxBytes: 512, maxCount: 100 }, 4);
    const long = 'l'.repeat(600);
    const model = Array.from({ length: 3000 }, (_, i) => (i % 50 === 0 ? long : i % 3 === 0 ? 'x' : `${i % 7}`));
    let root = tree.create();
    for (const text of model) root = tree.pushTail(root, listpackValue(text));
    root = tree.removeEqual(root, 1000, listpackValue('x'), 1e9);
    const left = model.filter((text, i) => i < 1000 || text !== 'x');
    expect(readAll(heap, root)).toEqual(left);
    root = tree.removeEqual(root, 0, listpackValue(long), 1e9);
    expect(readAll(heap, root)).toEqual(left.filter((text) => text !== long));
    heap.verify((visit) => tree.walk(root, visit));
  });

  it('frees a list of one leaf at once, and leaves others to be drained', () => {
    const heap = new Heap();
    const tree = new ListTree(heap, new ByteStrings(heap), { maxBytes: 64, maxCount: 2 });
    for (const text of ['', 'a', 'p'.repeat(5000)]) {
      const root = tree.create();
      expect(tree.freeSmall(text === '' ? root : tree.pushTail(root, listpackValue(text)))).toBe(true);
      expect(heap.usedBytes).toBe(0);
    }
    let root = tree.create();
    for (const text of ['a', 'b', 'c']) root = tree.pushTail(root, listpackValue(text));
    expect(tree.freeSmall(root)).toBe(false);
    expect(readAll(heap, root)).toEqual(['a', 'b', 'c']);
  });

  it('stays flat where elements are always inserted at one place', () => {
    const heap = new Heap();
    const tree = new ListTree(heap, new ByteStrings(heap), { maxBytes: 64, maxCount: 1 }, 4);
    let root = tree.create();
    root = tree.pushTail(tree.pushTail(root, listpackValue('a')), listpackValue('z'));
    for (let n = 0; n < 4000; n++) root = tree.insert(root, n + 1, listpackValue('m'));
    for (let n = 0; n < 4000; n++) root = tree.insert(root, 1, listpackValue('m'));
    const height = checkTree(heap, root, { slotWords: LIST_SLOT_WORDS, fanout: 4, leaf: (_, word) => word });
    expect(height).toBeLessThanOrEqual(13);
  });

  it('takes in whole listpacks, as leaves where they are small enough', () => {
    const heap = new Heap();
    const tree = new ListTree(heap, new ByteStrings(heap), { maxBytes: 512, maxCount: 100 });
    const parts = [
      [],
      ['a'],
      Array.from({ length: 90 }, (_, i) => `${i}`),
      Array.from({ length: 300 }, (_, i) => `x${i}`),
    ];
    let root = tree.create();
    for (const part of parts) root = tree.pushListpack(root, encodeListpack(part), 0);
    expect(readAll(heap, root)).toEqual(parts.flat());
    const cursor = new ListCursor(heap, new ByteStringReader(heap));
    cursor.seek(root, 0);
    const counts = [cursor.leafCount];
    while (cursor.nextLeaf()) counts.push(cursor.leafCount);
    // The last one is too large, so its first elements fill up the leaf before.
    expect(counts.slice(0, 2)).toEqual([1, 100]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(391);
    expect(counts).toHaveLength(tree.leafCount(root));
    heap.verify((visit) => tree.walk(root, visit));
  });

  it('compares elements, long ones too, with a value', () => {
    const heap = new Heap();
    const strings = new ByteStrings(heap);
    const tree = new ListTree(heap, strings, leafLimits(-1));
    const elements = ['12', 'x', 'y'.repeat(50_000)];
    let root = tree.create();
    for (const text of elements) root = tree.pushTail(root, listpackValue(text));
    const cursor = new ListCursor(heap, strings);
    elements.forEach((_, i) => {
      expect(cursor.seek(root, i)).toBe(true);
      expect(elements.map((text) => cursor.equals(listpackValue(text)))).toEqual(elements.map((_, j) => i === j));
    });
    expect(cursor.seek(root, 3)).toBe(false);
  });

  it('reads limits as list-max-listpack-size has them', () => {
    expect([-1, -2, -5, -9].map((setting) => leafLimits(setting).maxBytes)).toEqual([4096, 8192, 65_536, 65_536]);
    expect(leafLimits(128)).toEqual({ maxBytes: 8192, maxCount: 128 });
    expect(leafLimits(0).maxCount).toBe(1);
  });
});
