import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/lib/invariant.ts';
import { Heap, SHARED_BIT, type Snapshot } from '../../src/memory/heap.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import {
  blockBytesFor,
  MAX_BLOCK_BYTES,
  type Pointer,
  SEGMENT_BYTES,
  SLABS_PER_SEGMENT,
} from '../../src/memory/layout.ts';
import { SegmentPool } from '../../src/memory/segment-pool.ts';
import { HEAPS, sweepAll, verifyBlocks, verifyEmpty } from './heap-fixtures.ts';

type Step =
  | { kind: 'allocate'; bytes: number; seed: number }
  | { kind: 'free' | 'write'; place: number; seed: number }
  | { kind: 'release'; place: number }
  | { kind: 'sweep'; limit: number }
  | { kind: 'freeze' };

const anyBytes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 12, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 200, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 5000, max: MAX_BLOCK_BYTES }) },
);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('allocate' as const), bytes: anyBytes, seed: fc.nat() }) },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constantFrom('free' as const, 'write' as const),
      place: fc.nat({ max: 10_000 }),
      seed: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'freeze' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), place: fc.nat({ max: 100 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep' as const), limit: fc.integer({ min: 1, max: 40 }) }) },
);

/** Fills the payload with words that follow from the seed. */
function fill(heap: Heap, block: Pointer, seed: number): void {
  const words = heap.wordsOf(block);
  const at = heap.wordOffset(block);
  for (let i = 2; i < heap.capacity(block) >>> 2; i++) words[at + i] = seed + i;
}

/** True when the payload is what {@link fill} wrote. */
function holds(view: HeapView, block: Pointer, bytes: number, seed: number): boolean {
  for (let i = 2; i < bytes >>> 2; i++) if (view.word(block, i) !== (seed + i) >>> 0) return false;
  return true;
}

interface Block {
  readonly pointer: Pointer;
  readonly bytes: number;
  readonly seed: number;
}

interface Frozen {
  readonly snapshot: Snapshot;
  readonly blocks: readonly Block[];
}

/** What the heap should hold. */
class Model {
  readonly blocks: Block[] = [];
  readonly frozen: Frozen[] = [];

  take(heap: Heap, step: Step): void {
    const place = 'place' in step ? step.place % Math.max(1, this.blocks.length) : 0;
    const block = this.blocks[place];
    switch (step.kind) {
      case 'allocate': {
        const pointer = heap.allocate(step.bytes);
        const bytes = blockBytesFor(step.bytes);
        expect(heap.capacity(pointer)).toBe(bytes);
        fill(heap, pointer, step.seed);
        this.blocks.push({ pointer, bytes, seed: step.seed });
        return;
      }
      case 'free':
        if (block === undefined) return;
        heap.free(block.pointer);
        this.blocks.splice(place, 1);
        return;
      case 'write': {
        if (block === undefined) return;
        const pointer = heap.writable(block.pointer);
        expect(holds(heap, pointer, block.bytes, block.seed)).toBe(true);
        expect(heap.isFrozen(pointer)).toBe(false);
        fill(heap, pointer, step.seed);
        this.blocks[place] = { pointer, bytes: block.bytes, seed: step.seed };
        return;
      }
      case 'freeze':
        this.frozen.push({ snapshot: heap.freeze(), blocks: [...this.blocks] });
        return;
      case 'release':
        if (this.frozen.length > 0) this.release(heap, step.place % this.frozen.length);
        return;
      case 'sweep':
        heap.sweep(step.limit);
    }
  }

  release(heap: Heap, index: number): void {
    const [{ snapshot, blocks }] = this.frozen.splice(index, 1);
    const view = new HeapView(snapshot.segments);
    for (const block of blocks) expect(holds(view, block.pointer, block.bytes, block.seed)).toBe(true);
    heap.release(snapshot);
  }

  /** Bytes of the blocks that only snapshots see. */
  get snapshotBytes(): number {
    const live = new Set(this.blocks.map((block) => block.pointer));
    const kept = new Map<Pointer, number>();
    for (const { blocks } of this.frozen) {
      for (const { pointer, bytes } of blocks) if (!live.has(pointer)) kept.set(pointer, bytes);
    }
    return [...kept.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  check(heap: Heap): void {
    for (const block of this.blocks) expect(holds(heap, block.pointer, block.bytes, block.seed)).toBe(true);
    expect(heap.usedBytes).toBe(this.blocks.reduce((sum, block) => sum + block.bytes, 0));
    expect(heap.snapshotCount).toBe(this.frozen.length);
    verifyBlocks(
      heap,
      this.blocks.map((block) => block.pointer),
    );
  }
}

describe.each(HEAPS)('blocks of a $name', ({ make }) => {
  it('keep what was written into them, and frozen ones until their snapshot is released', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 300, size: 'max' }), (steps) => {
        const heap = make();
        const model = new Model();
        steps.forEach((step, i) => {
          model.take(heap, step);
          if (i % 50 === 49) {
            sweepAll(heap);
            model.check(heap);
            expect(heap.snapshotBytes).toBe(model.snapshotBytes);
          }
        });
        while (model.frozen.length > 0) {
          model.release(heap, model.frozen.length >>> 1);
          sweepAll(heap);
          model.check(heap);
          expect(heap.snapshotBytes).toBe(model.snapshotBytes);
        }
        sweepAll(heap);
        expect(heap.frozenThrough).toBe(0);
        for (const block of model.blocks) heap.free(block.pointer);
        verifyEmpty(heap);
        expect([heap.usedBytes, heap.snapshotBytes, heap.slabBytes]).toEqual([0, 0, 0]);
      }),
      { numRuns: 60 },
    );
  });

  it('lie apart, at multiples of 16 bytes, for every size', () => {
    const heap = make();
    const blocks: Pointer[] = [];
    const starts = new Map<number, number>();
    for (let bytes = 1; bytes <= MAX_BLOCK_BYTES; bytes += bytes < 1100 ? 1 : 611) {
      const block = heap.allocate(bytes);
      expect(heap.capacity(block)).toBeGreaterThanOrEqual(Math.max(bytes, 16));
      expect(heap.capacity(block) % 16).toBe(0);
      blocks.push(block);
      starts.set(block * 16, heap.capacity(block));
    }
    let end = 0;
    for (const start of [...starts.keys()].sort((a, b) => a - b)) {
      expect(start).toBeGreaterThanOrEqual(end);
      end = start + (starts.get(start) as number);
    }
    verifyBlocks(heap, blocks);
  });

  it('of more than the largest size are refused', () => {
    const heap = make();
    const block = heap.allocate(MAX_BLOCK_BYTES);
    expect(() => heap.allocate(MAX_BLOCK_BYTES + 1)).toThrow(InvariantError);
    expect(() => heap.allocate(10 * MAX_BLOCK_BYTES)).toThrow(InvariantError);
    verifyBlocks(heap, [block]);
  });

  it('are not freed twice', () => {
    const heap = make();
    const [a, b] = [heap.allocate(40), heap.allocate(40)];
    heap.free(a);
    expect(() => heap.free(a)).toThrow(InvariantError);
    // Born before the freeze and free at it.
    const snapshot = heap.freeze();
    expect(() => heap.free(a)).toThrow(InvariantError);
    heap.release(snapshot);
    heap.free(b);
    expect(() => heap.free(b)).toThrow(InvariantError);
    verifyEmpty(heap);
  });

  it('are not released twice', () => {
    const heap = make();
    const snapshot = heap.freeze();
    heap.release(snapshot);
    expect(() => heap.release(snapshot)).toThrow(InvariantError);
  });

  it('are copied once a snapshot, not once a write', () => {
    const heap = make();
    const first = heap.allocate(100);
    const snapshot = heap.freeze();
    const second = heap.writable(first);
    expect(second).not.toBe(first);
    expect(heap.copiedBytes).toBe(heap.capacity(first));
    expect(heap.keptBytes).toBe(heap.capacity(first));
    heap.free(heap.allocate(100));
    expect(heap.keptBytes).toBe(heap.capacity(first));
    expect(heap.isFrozen(first)).toBe(true);
    expect(heap.isFrozen(second)).toBe(false);
    heap.release(snapshot);
    expect(heap.isFrozen(second)).toBe(false);
    sweepAll(heap);
    verifyBlocks(heap, [second]);
  });

  it('that only one snapshot saw are freed while older and younger ones live', () => {
    const heap = make();
    const kept = heap.allocate(1000);
    const older = heap.freeze();
    const between = Array.from({ length: 50 }, () => heap.allocate(200));
    const middle = heap.freeze();
    for (const block of between) heap.free(block);
    const younger = heap.freeze();
    const bytes = 50 * blockBytesFor(200);
    expect([heap.usedBytes, heap.snapshotBytes]).toEqual([heap.capacity(kept), bytes]);
    heap.sweep(1000);
    expect(heap.snapshotBytes).toBe(bytes);
    heap.release(middle);
    sweepAll(heap);
    expect(heap.snapshotBytes).toBe(0);
    expect(heap.snapshotCount).toBe(2);
    heap.release(older);
    heap.release(younger);
    sweepAll(heap);
    verifyBlocks(heap, [kept]);
  });

  it('put aside during a sweep are not lost by it', () => {
    const heap = make();
    const blocks = Array.from({ length: 40_000 }, () => heap.allocate(16));
    const first = heap.freeze();
    for (let i = 0; i < 30_000; i++) heap.free(blocks[i]);
    const second = heap.freeze();
    for (let i = 30_000; i < 35_000; i++) heap.free(blocks[i]);
    heap.release(first);
    heap.sweep(20_000);
    for (let i = 35_000; i < 40_000; i++) heap.free(blocks[i]);
    verifyEmpty(heap);
    sweepAll(heap);
    expect(heap.snapshotBytes).toBe(10_000 * 16);
    heap.sweep(7);
    const third = heap.freeze();
    heap.release(second);
    heap.sweep(3000);
    heap.release(third);
    sweepAll(heap);
    expect(heap.snapshotBytes).toBe(0);
    verifyEmpty(heap);
  });
});

describe.each(HEAPS)('verifying a $name', ({ make }) => {
  it('finds a leaked block', () => {
    const heap = make();
    const [a] = [heap.allocate(64), heap.allocate(64)];
    expect(() => verifyBlocks(heap, [a])).toThrow(/leaked/);
  });

  it('finds a pointer to a block that was freed', () => {
    const heap = make();
    const [a, b] = [heap.allocate(64), heap.allocate(64)];
    heap.free(b);
    expect(() => verifyBlocks(heap, [a, b])).toThrow(/not allocated/);
  });

  it('finds a pointer to a block that was put aside for a snapshot', () => {
    const heap = make();
    const [a, b] = [heap.allocate(64), heap.allocate(64)];
    heap.freeze();
    heap.free(b);
    verifyBlocks(heap, [a]);
    expect(() => verifyBlocks(heap, [a, b])).toThrow(/freed and is still reached/);
  });

  it('finds a pointer into the middle of a block', () => {
    const heap = make();
    const a = heap.allocate(64);
    expect(() => verifyBlocks(heap, [a, (a + 1) as Pointer])).toThrow(/not allocated/);
  });

  it('finds a block reached twice, unless it is marked as shared', () => {
    const heap = make();
    const [a, b] = [heap.allocate(64), heap.allocate(64)];
    expect(() => verifyBlocks(heap, [a, b, b])).toThrow(/reached 2 times/);
    heap.wordsOf(b)[heap.wordOffset(b)] |= SHARED_BIT;
    verifyBlocks(heap, [a, b, b]);
    expect(() => verifyBlocks(heap, [a, b, b, b])).toThrow(/reached 3 times/);
  });

  it('finds a frozen block freed twice', () => {
    const heap = make();
    const a = heap.allocate(64);
    heap.freeze();
    expect(() => {
      heap.free(a);
      heap.free(a);
      verifyEmpty(heap);
    }).toThrow(InvariantError);
  });

  it('finds wrong totals', () => {
    const heap = make();
    const a = heap.allocate(64);
    heap.usedBytes += 16;
    expect(() => verifyBlocks(heap, [a])).toThrow(/used bytes/);
    heap.usedBytes -= 16;
    heap.snapshotBytes += 16;
    expect(() => verifyBlocks(heap, [a])).toThrow(/snapshot bytes/);
  });

  it('finds a free list that was written into', () => {
    const heap = make();
    const blocks = Array.from({ length: 4 }, () => heap.allocate(64));
    heap.free(blocks[1]);
    heap.free(blocks[2]);
    const words = heap.wordsOf(blocks[2]);
    const at = heap.wordOffset(blocks[2]) + 2;
    const next = words[at];
    for (const wrong of [next + 1, blocks[0] & 0xfff, 0]) {
      words[at] = wrong;
      expect(() => verifyBlocks(heap, [blocks[0], blocks[3]])).toThrow(InvariantError);
    }
    words[at] = next;
    verifyBlocks(heap, [blocks[0], blocks[3]]);
  });
});

describe.each(HEAPS)('the memory of a $name', ({ make, paranoid }) => {
  const total = (paranoid ? 48 : 96) * 1024 * 1024;

  it('serves other sizes when it is free again', () => {
    const heap = make();
    const fillWith = (bytes: number) => Array.from({ length: Math.floor(total / bytes) }, () => heap.allocate(bytes));
    let blocks = fillWith(100);
    const small = heap.reservedBytes;
    for (const block of blocks) heap.free(block);
    blocks = fillWith(300);
    expect(heap.reservedBytes).toBeLessThanOrEqual(small + SEGMENT_BYTES);
    expect(heap.slabBytes).toBeLessThan(heap.usedBytes * 1.02 + 64 * 1024);
    for (const block of blocks) heap.free(block);
    expect(heap.reservedBytes).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
    verifyEmpty(heap);
  });

  it('is given back while a snapshot keeps some of it', () => {
    const heap = make();
    const kept = heap.allocate(5000);
    fill(heap, kept, 1);
    const blocks = Array.from({ length: total / 4096 }, () => heap.allocate(4096));
    const snapshot = heap.freeze();
    heap.free(kept);
    for (const block of blocks) heap.free(block);
    expect(heap.usedBytes).toBe(0);
    const later = Array.from({ length: total / 4096 }, () => heap.allocate(4096));
    for (const block of later) heap.free(block);
    expect(holds(new HeapView(snapshot.segments), kept, 5000, 1)).toBe(true);
    heap.release(snapshot);
    sweepAll(heap);
    expect(heap.reservedBytes).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
    verifyEmpty(heap);
  });
});

describe('reserving memory', () => {
  it('stops at the bound, and says so', () => {
    const heap = new Heap({ maxBytes: 3 * SEGMENT_BYTES });
    expect(heap.reserve(0)).toBe(true);
    expect(heap.reservedBytes).toBe(SEGMENT_BYTES);
    expect(heap.reserve(40 * 1024 * 1024)).toBe(true);
    expect(heap.reservedBytes).toBe(3 * SEGMENT_BYTES);
    expect(heap.reserve(80 * 1024 * 1024)).toBe(false);
    const blocks = Array.from({ length: 3 * SLABS_PER_SEGMENT }, () => heap.allocate(MAX_BLOCK_BYTES));
    expect(heap.reserve(0)).toBe(false);
    expect(() => heap.allocate(16)).toThrow(InvariantError);
    verifyBlocks(heap, blocks);
    for (const block of blocks) heap.free(block);
    expect(heap.reserve(0)).toBe(true);
    verifyEmpty(heap);
  });

  it('fails where the system has no memory', () => {
    class Empty extends SegmentPool {
      override take(): SharedArrayBuffer | null {
        return null;
      }
    }
    const heap = new Heap({ pool: new Empty() });
    expect(heap.reserve(0)).toBe(false);
    expect(() => heap.allocate(16)).toThrow(InvariantError);
  });

  it('makes room for blocks of every size', () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { minLength: 1, maxLength: 400, size: 'max' }), (sizes) => {
        const heap = new Heap();
        const sum = sizes.reduce((total, bytes) => total + blockBytesFor(bytes), 0);
        expect(heap.reserve(sum)).toBe(true);
        const reserved = heap.reservedBytes;
        for (const bytes of sizes) heap.allocate(bytes);
        expect(heap.reservedBytes).toBe(reserved);
      }),
      { numRuns: 30 },
    );
  });
});
