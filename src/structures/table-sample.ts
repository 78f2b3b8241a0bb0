/**
 * Entries of a hash table that lie side by side, taken together: choosing among many entries costs a miss for each of
 * them, but misses that do not depend on each other overlap, and those of the table itself are shared.
 *
 * An entry is remembered by its pointer and its position, a hash that leads to the bucket it lies in. As long as that
 * bucket (or its segment's chain) holds the pointer, the pointer is an entry of the table. Segments that split or merge move their entries, so
 * an entry may be lost, but never mistaken for a block that is none.
 */
import type { HeapView } from '../memory/heap-view.ts';
import { NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import {
  BUCKET_SLOTS,
  BUCKET_WORDS,
  CHAIN_COUNT,
  CHAIN_NEXT,
  CHAIN_SLOTS,
  homeBucket,
  MAX_BUCKET_BITS,
  SEGMENT_CHAIN,
  SEGMENT_HEAD,
  SLOTS_PER_BUCKET,
} from './table-layout.ts';
import type { TableReader } from './table-reader.ts';

const MAX_ENTRIES = SLOTS_PER_BUCKET << MAX_BUCKET_BITS;

export class TableSample {
  count = 0;
  readonly entries = new Uint32Array(MAX_ENTRIES);
  readonly positions = new Uint32Array(MAX_ENTRIES);
  /** Word {@link word} of each entry. */
  readonly words = new Uint32Array(MAX_ENTRIES);

  private readonly view: HeapView;
  private readonly word: number;

  /** `word` is what choosing among the entries needs of them. */
  constructor(view: HeapView, word: number) {
    this.view = view;
    this.word = word;
  }

  /**
   * Takes the entries in up to `buckets` buckets from the one that `hash` leads to on, all of them in one segment, and
   * those in its chain. True when these are all buckets of the segment.
   */
  take(table: TableReader, root: Pointer, hash: number, buckets: number): boolean {
    table.locate(root, hash);
    const { segment, depth, bucketBits } = table;
    const { u32 } = this.view;
    const slots = u32[segment >>> SEGMENT_SHIFT];
    const base = ((segment & UNIT_MASK) << 2) + SEGMENT_HEAD + BUCKET_SLOTS;
    const mask = (1 << bucketBits) - 1;
    const home = homeBucket(hash, depth, bucketBits);
    // Shifts by 32 would be shifts by 0.
    const first = depth === 0 ? 0 : (hash >>> (32 - depth)) * 2 ** (32 - depth);
    const span = 2 ** (32 - depth - bucketBits);
    const wanted = Math.min(buckets, mask + 1);
    const { entries, positions, words, word } = this;
    let count = 0;
    for (let i = 0; i < wanted; i++) {
      const bucket = (home + i) & mask;
      const at = base + bucket * BUCKET_WORDS;
      for (let slot = 0; slot < SLOTS_PER_BUCKET; slot++) {
        const entry = slots[at + slot];
        if (entry === 0) continue;
        entries[count] = entry;
        positions[count] = first + bucket * span;
        words[count++] = u32[entry >>> SEGMENT_SHIFT][((entry & UNIT_MASK) << 2) + word];
      }
    }
    this.count = count;
    const chain = slots[base - BUCKET_SLOTS - SEGMENT_HEAD + SEGMENT_CHAIN] as Pointer;
    if (chain !== NULL) this.takeChain(chain, hash);
    return wanted === mask + 1;
  }

  /** Chains are rare, and then mostly short; of a long one the first are enough. */
  private takeChain(chain: Pointer, position: number): void {
    const { view } = this;
    for (let block = chain; block !== NULL; block = view.pointer(block, CHAIN_NEXT)) {
      const length = view.word(block, CHAIN_COUNT);
      for (let i = 0; i < length && this.count < MAX_ENTRIES; i++) {
        const entry = view.pointer(block, CHAIN_SLOTS + i);
        this.entries[this.count] = entry;
        this.positions[this.count] = position;
        this.words[this.count++] = view.word(entry, this.word);
      }
    }
  }

  /** True when `entry` is where it was taken. */
  isThere(table: TableReader, root: Pointer, position: number, entry: Pointer): boolean {
    const { view } = this;
    table.locate(root, position);
    const { segment, depth, bucketBits } = table;
    const slots = view.wordsOf(segment);
    const base = view.wordOffset(segment);
    const at = base + SEGMENT_HEAD + homeBucket(position, depth, bucketBits) * BUCKET_WORDS + BUCKET_SLOTS;
    for (let slot = 0; slot < SLOTS_PER_BUCKET; slot++) if (slots[at + slot] === entry) return true;
    for (let block = slots[base + SEGMENT_CHAIN] as Pointer; block !== NULL; block = view.pointer(block, CHAIN_NEXT)) {
      const length = view.word(block, CHAIN_COUNT);
      for (let i = 0; i < length; i++) if (view.word(block, CHAIN_SLOTS + i) === entry) return true;
    }
    return false;
  }
}
