/**
 * The leaves of a sorted set's tree:
 *
 * ```text
 * word 2   entries
 * word 3   entries that there is room for
 * scores   one float for each, so that a search reads no entries but those of equal score
 * entries  one pointer for each
 * ```
 */
import type { Heap } from '../memory/heap.ts';
import type { HeapView } from '../memory/heap-view.ts';
import type { Pointer } from '../memory/layout.ts';

const LEAF_COUNT = 2;
const LEAF_ROOM = 3;
const LEAF_SCORES = 4;
const LEAF_HEAD_BYTES = 16;
const ENTRY_BYTES = 12;

/** Entries of a leaf that fills a block of 1 KiB. */
export const DEFAULT_LEAF_ENTRIES = 84;

export function leafCount(view: HeapView, leaf: Pointer): number {
  return view.word(leaf, LEAF_COUNT);
}

/** How many entries the leaf has room for. */
export function leafRoom(view: HeapView, leaf: Pointer): number {
  return view.word(leaf, LEAF_ROOM);
}

/** Where the leaf's scores begin in `view.floatsOf(leaf)`. */
export function leafScores(view: HeapView, leaf: Pointer): number {
  return view.floatOffset(leaf) + LEAF_SCORES / 2;
}

/** Where the leaf's entries begin in `view.wordsOf(leaf)`. */
export function leafEntries(view: HeapView, leaf: Pointer): number {
  const at = view.wordOffset(leaf);
  return at + LEAF_SCORES + view.wordsOf(leaf)[at + LEAF_ROOM] * 2;
}

/** A leaf without entries, with room for `entries` or, where its block has it, some more: `most` at the most. */
export function createLeaf(heap: Heap, entries: number, most: number): Pointer {
  const leaf = heap.allocate(LEAF_HEAD_BYTES + entries * ENTRY_BYTES);
  const words = heap.wordsOf(leaf);
  const at = heap.wordOffset(leaf);
  words[at + LEAF_COUNT] = 0;
  words[at + LEAF_ROOM] = Math.min(most, Math.floor((heap.capacity(leaf) - LEAF_HEAD_BYTES) / ENTRY_BYTES));
  return leaf;
}

/** Appends the entries `[from, to)` of a leaf to another one, which is writable and has room for them. */
export function appendRange(heap: Heap, source: Pointer, from: number, to: number, target: Pointer): void {
  const count = leafCount(heap, target);
  const sourceFloats = heap.floatsOf(source);
  const sourceWords = heap.wordsOf(source);
  const sourceScores = leafScores(heap, source);
  const sourceEntries = leafEntries(heap, source);
  const floats = heap.floatsOf(target);
  const words = heap.wordsOf(target);
  const scores = leafScores(heap, target) + count - from;
  const entries = leafEntries(heap, target) + count - from;
  for (let i = from; i < to; i++) {
    floats[scores + i] = sourceFloats[sourceScores + i];
    words[entries + i] = sourceWords[sourceEntries + i];
  }
  setLeafCount(heap, target, count + to - from);
}

/** Sets entry number `index` of a writable leaf. */
export function setEntry(heap: Heap, leaf: Pointer, index: number, score: number, entry: Pointer): void {
  heap.floatsOf(leaf)[leafScores(heap, leaf) + index] = score;
  heap.wordsOf(leaf)[leafEntries(heap, leaf) + index] = entry;
}

/** Inserts an entry as number `index` of a writable leaf that has room. */
export function insertEntry(heap: Heap, leaf: Pointer, index: number, score: number, entry: Pointer): void {
  const count = leafCount(heap, leaf);
  const floats = heap.floatsOf(leaf);
  const scores = leafScores(heap, leaf);
  for (let i = scores + count, first = scores + index; i > first; i--) floats[i] = floats[i - 1];
  floats[scores + index] = score;
  const words = heap.wordsOf(leaf);
  const entries = leafEntries(heap, leaf);
  for (let i = entries + count, first = entries + index; i > first; i--) words[i] = words[i - 1];
  words[entries + index] = entry;
  setLeafCount(heap, leaf, count + 1);
}

/** Removes `removed` entries of a writable leaf, from number `index` on. */
export function removeEntries(heap: Heap, leaf: Pointer, index: number, removed: number): void {
  const left = leafCount(heap, leaf) - removed;
  const floats = heap.floatsOf(leaf);
  const scores = leafScores(heap, leaf);
  for (let i = scores + index, end = scores + left; i < end; i++) floats[i] = floats[i + removed];
  const words = heap.wordsOf(leaf);
  const entries = leafEntries(heap, leaf);
  for (let i = entries + index, end = entries + left; i < end; i++) words[i] = words[i + removed];
  setLeafCount(heap, leaf, left);
}

function setLeafCount(heap: Heap, leaf: Pointer, count: number): void {
  heap.wordsOf(leaf)[heap.wordOffset(leaf) + LEAF_COUNT] = count;
}
