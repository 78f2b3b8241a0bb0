import { Heap } from '../../src/memory/heap.ts';
import type { Pointer } from '../../src/memory/layout.ts';
import { ParanoidHeap } from '../../src/memory/paranoid-heap.ts';

/** The heaps that everything is tested on: the real one, and the one that makes mistakes show. */
export const HEAPS: readonly { name: string; paranoid: boolean; make: () => Heap }[] = [
  { name: 'Heap', paranoid: false, make: () => new Heap() },
  { name: 'ParanoidHeap', paranoid: true, make: () => new ParanoidHeap() },
];

/** Frees all that the ended snapshots kept. */
export function sweepAll(heap: Heap): void {
  while (heap.needsSweep) heap.sweep(1000);
}

/** Checks a heap in which nothing is reachable. */
export function verifyEmpty(heap: Heap): void {
  heap.verify(() => {});
}

/** Checks a heap in which exactly these blocks are reachable. */
export function verifyBlocks(heap: Heap, blocks: Iterable<Pointer>): void {
  heap.verify((visit) => {
    for (const block of blocks) visit(block);
  });
}

/** Bytes drawn from a seed: the same for the same seed and length. */
export function pattern(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 2654435761 + length) | 1;
  for (let i = 0; i < length; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    bytes[i] = state >>> 24;
  }
  return bytes;
}
