import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Heap } from '../../src/memory/heap.ts';
import { type Pointer, SEGMENT_BYTES } from '../../src/memory/layout.ts';
import { sweepAll, verifyBlocks } from './heap-fixtures.ts';

const random = new Xoshiro128(1);

/** Blocks of these sizes in as many segments as given, of which nine in ten are freed again. */
function sparseHeap(segments: number, sizes: readonly number[]): { heap: Heap; blocks: Pointer[] } {
  const heap = new Heap();
  const all: Pointer[] = [];
  while (heap.reservedBytes < segments * SEGMENT_BYTES || heap.slabBytes < (segments - 0.5) * SEGMENT_BYTES) {
    heap.reserve(SEGMENT_BYTES / 1024);
    for (let i = 0; i < 100; i++) all.push(heap.allocate(sizes[random.below(sizes.length)]));
  }
  const blocks = all.filter((block) => {
    const stays = random.below(10) === 0;
    if (!stays) heap.free(block);
    return stays;
  });
  return { heap, blocks };
}

function moveAll(heap: Heap, blocks: Pointer[]): void {
  for (let i = 0; i < blocks.length; i++) blocks[i] = heap.moved(blocks[i]);
}

describe('an evacuation', () => {
  it('leaves as few segments as the blocks need, with one in hand', () => {
    const { heap, blocks } = sparseHeap(6, [4000, 9000, 20_000]);
    const contents = blocks.map((block, i) => {
      heap.wordsOf(block)[heap.wordOffset(block) + 5] = i;
      return i;
    });
    expect(heap.reservedBytes).toBeGreaterThanOrEqual(6 * SEGMENT_BYTES);
    expect(heap.beginEvacuation()).toBe(true);
    moveAll(heap, blocks);
    heap.endEvacuation();
    expect(heap.reservedBytes).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
    expect(heap.slabBytes).toBeLessThan(heap.usedBytes * 1.2);
    expect(blocks.map((block) => heap.word(block, 5))).toEqual(contents);
    verifyBlocks(heap, blocks);
    expect(heap.beginEvacuation()).toBe(false);
  });

  it('makes room for one class in the slabs of another', () => {
    const heap = new Heap();
    const blocks: Pointer[] = [];
    // Segments of one class each.
    for (const bytes of [4000, 9000, 20_000]) {
      const before = heap.slabBytes;
      const own: Pointer[] = [];
      while (heap.slabBytes < before + 2 * SEGMENT_BYTES) {
        heap.reserve(SEGMENT_BYTES / 1024);
        own.push(heap.allocate(bytes));
      }
      for (const block of own) {
        if (random.below(10) === 0) blocks.push(block);
        else heap.free(block);
      }
    }
    for (let passes = 0; heap.beginEvacuation(); passes++) {
      expect(passes).toBeLessThan(3);
      moveAll(heap, blocks);
      heap.endEvacuation();
    }
    expect(heap.reservedBytes).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
    verifyBlocks(heap, blocks);
  });

  it('allocates nothing in what is being emptied, and uses it again when it is given up', () => {
    const { heap, blocks } = sparseHeap(3, [4000, 30_000]);
    const used = heap.usedBytes;
    const reserved = heap.reservedBytes;
    heap.beginEvacuation();
    for (let i = 0; i < 200; i++) {
      const block = heap.allocate(4000);
      expect(heap.mustMove(block)).toBe(false);
      heap.free(block);
    }
    heap.endEvacuation();
    expect(heap.usedBytes).toBe(used);
    verifyBlocks(heap, blocks);
    for (let i = 0; i < 2000; i++) blocks.push(heap.allocate(4000));
    expect(heap.reservedBytes).toBeLessThanOrEqual(reserved + SEGMENT_BYTES);
    verifyBlocks(heap, blocks);
  });

  it('leaves frozen blocks in their place, and what they held up goes when they are free', () => {
    const { heap, blocks } = sparseHeap(4, [20_000]);
    const snapshot = heap.freeze();
    expect(heap.beginEvacuation()).toBe(true);
    const before = [...blocks];
    moveAll(heap, blocks);
    expect(blocks).toEqual(before);
    // Freed while they are frozen and in a slab that is being emptied.
    for (const block of blocks.splice(0, 50)) heap.free(block);
    heap.endEvacuation();
    heap.release(snapshot);
    sweepAll(heap);
    verifyBlocks(heap, blocks);
    expect(heap.beginEvacuation()).toBe(true);
    moveAll(heap, blocks);
    heap.endEvacuation();
    expect(heap.reservedBytes).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
    verifyBlocks(heap, blocks);
  });
});
