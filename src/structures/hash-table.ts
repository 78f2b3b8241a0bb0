/**
 * Hash tables on the shared heap: makes and changes them. See table-layout.ts for the layout.
 *
 * A table is known by the pointer to its root block, and its owner stores it: every method that changes a table takes
 * the root and answers the root to store in its place, which differs where the old one was frozen. Growth splits one
 * segment of at most 768 entries, shrinking merges two; nothing is ever done to a whole large table at once.
 */
import type { Heap } from '../memory/heap.ts';
import { NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import type { Entries } from './entry.ts';
import type { KeyHasher } from './hash.ts';
import type { SegmentBounds } from './segment-bounds.ts';
import { TableDirectory } from './table-directory.ts';
import {
  BUCKET_SLOTS,
  BUCKET_SPILL,
  BUCKET_WORDS,
  CHAIN_BYTES,
  CHAIN_CAPACITY,
  CHAIN_COUNT,
  CHAIN_NEXT,
  CHAIN_SLOTS,
  homeBucket,
  MAX_BUCKET_BITS,
  MAX_DEPTH,
  MERGE_ENTRIES,
  MERGED_ENTRIES,
  MIN_SPLIT_ENTRIES,
  ROOT_COUNT,
  ROOT_DESCRIPTOR,
  ROOT_NODE,
  SEGMENT_BUCKET_BITS,
  SEGMENT_CHAIN,
  SEGMENT_COUNT,
  SEGMENT_HEAD,
  SEGMENT_ID,
  SLOTS_PER_BUCKET,
  SPILL_UNKNOWN,
  segmentBytes,
  tagOf,
  WINDOW,
} from './table-layout.ts';

/**
 * How many entries segments are meant to hold on average, of 768 at the most, where it is known how many will come. Some
 * are full before and split then, as they would have anyway: memory is not given for time.
 */
const EXPECTED_PER_SEGMENT = 700;

export class HashTable extends TableDirectory {
  private readonly bounds: SegmentBounds | null;
  /** Where a round of {@link relocate} goes on; 0 at its end. */
  nextCursor = 0;
  /** Segments of less depth than this are split before anything is added to them. */
  private minDepth = 0;
  /** Keeps what {@link touchEntries} reads from being optimised away. */
  protected touched = 0;

  /** `bounds` keeps the deadline bounds of the segments, where the entries can expire. */
  constructor(heap: Heap, entries: Entries, hasher: KeyHasher, bounds: SegmentBounds | null) {
    super(heap, entries, hasher);
    this.bounds = bounds;
  }

  /** An empty table. */
  create(): Pointer {
    const root = this.newRoot();
    this.setNode(root, ROOT_NODE, this.newSegment(0, this.bounds === null ? 0 : this.bounds.acquire(0)));
    return root;
  }

  /**
   * So many entries are to be added. As it grows to them, the table splits its segments while there is next to nothing in
   * them, instead of moving each entry once more. 0 ends that: from then on segments may merge.
   */
  expect(entries: number): void {
    this.minDepth = Math.min(MAX_DEPTH, Math.max(0, Math.ceil(Math.log2(entries / EXPECTED_PER_SEGMENT))));
  }

  /** Adds an entry whose key is not in the table yet. */
  insert(root: Pointer, entry: Pointer, hash: number): Pointer {
    this.open(root, hash);
    while (this.depth < this.minDepth) {
      this.grow(hash);
      this.open(this.root, hash);
    }
    while (!this.place(this.segment, this.depth, this.bucketBits, entry, hash)) {
      if (!this.makeRoom(hash)) {
        this.chain(this.segment, this.depth, this.bucketBits, entry, hash);
        break;
      }
      this.open(this.root, hash);
    }
    const words = this.heap.u32[this.root >>> SEGMENT_SHIFT];
    words[((this.root & UNIT_MASK) << 2) + ROOT_COUNT]++;
    return this.root;
  }

  /** Puts `entry`, of the same key, in the place of the one that the last `find` found. */
  replaceFound(root: Pointer, entry: Pointer, hash: number): Pointer {
    const block = this.foundBlock;
    // What is not frozen was written to since, and so was all above it.
    if (!this.heap.isFrozen(block)) {
      this.heap.u32[block >>> SEGMENT_SHIFT][((block & UNIT_MASK) << 2) + this.foundWord] = entry;
      return root;
    }
    const copy = this.openFound(root, hash);
    this.heap.wordsOf(copy)[this.heap.wordOffset(copy) + this.foundWord] = entry;
    return this.root;
  }

  /** Takes the entry that the last `find` found out of the table; the entry itself is the caller's to free. */
  removeFound(root: Pointer, hash: number): Pointer {
    const block = this.openFound(root, hash);
    const segment = this.segment;
    const words = this.heap.wordsOf(segment);
    const base = this.heap.wordOffset(segment);
    const home = homeBucket(hash, this.depth, this.bucketBits);
    const spill = base + SEGMENT_HEAD + (home << 4) + BUCKET_SPILL;
    if (block === segment) {
      const bucket = (this.foundWord - SEGMENT_HEAD) >>> 4;
      this.clearSlot(segment, bucket, (this.foundWord & 15) - BUCKET_SLOTS);
      if (bucket !== home && words[spill] !== SPILL_UNKNOWN) words[spill]--;
    } else {
      this.removeFromChain(segment, block, this.foundWord);
      if (words[spill] !== SPILL_UNKNOWN) words[spill]--;
    }
    const left = --words[base + SEGMENT_COUNT];
    const rootWords = this.heap.wordsOf(this.root);
    rootWords[this.heap.wordOffset(this.root) + ROOT_COUNT]--;
    if (left <= MERGE_ENTRIES && (left & 7) === 0) this.shrink(hash, left);
    return this.root;
  }

  /**
   * Tells the segment of `hash` that one of its entries has this deadline. Only for tables with bounds.
   */
  noteDeadline(root: Pointer, hash: number, deadlineMs: number): void {
    this.locate(root, hash);
    this.bounds?.lower(this.heap.word(this.segment, SEGMENT_ID), deadlineMs);
  }

  /** Frees an empty or abandoned segment's own blocks and its id. */
  freeSegment(segment: Pointer): void {
    for (let block = this.heap.pointer(segment, SEGMENT_CHAIN); block !== NULL; ) {
      const next = this.heap.pointer(block, CHAIN_NEXT);
      this.heap.free(block);
      block = next;
    }
    this.heap.free(segment);
  }

  /**
   * Moves what of the table lies in slabs being evacuated: the bucket that `cursor` leads to and what is above it.
   * `move` does the same for an entry, and answers where it is now. A round begins with 0; {@link nextCursor} is where
   * it goes on, 0 when it has come to its end. What changes its bucket during a round may be missed.
   */
  relocate(root: Pointer, cursor: number, move: (entry: Pointer) => Pointer): Pointer {
    let isOpen = this.pathMustMove(root, cursor);
    if (isOpen) this.openMoved(root, cursor);
    const { depth, bucketBits } = this;
    const bucket = homeBucket(cursor, depth, bucketBits);
    const first = SEGMENT_HEAD + bucket * BUCKET_WORDS + BUCKET_SLOTS;
    for (let word = first; word < first + SLOTS_PER_BUCKET; word++) {
      const entry = this.heap.pointer(this.segment, word);
      if (entry === NULL) continue;
      const moved = move(entry);
      if (moved === entry) continue;
      if (!isOpen) this.openMoved(this.root, cursor);
      isOpen = true;
      this.setNode(this.segment, word, moved);
    }
    if (bucket === (1 << bucketBits) - 1 && this.heap.pointer(this.segment, SEGMENT_CHAIN) !== NULL) {
      if (!isOpen) this.openMoved(this.root, cursor);
      this.relocateChain(move);
    }
    const bits = depth + bucketBits;
    this.nextCursor = bits === 0 ? 0 : (((cursor >>> (32 - bits)) + 1) * 2 ** (32 - bits)) % 2 ** 32;
    return this.root;
  }

  /** Chains are rare: the open segment's is made writable as a whole. */
  private relocateChain(move: (entry: Pointer) => Pointer): void {
    let parent = this.segment;
    let link = SEGMENT_CHAIN;
    for (let old = this.heap.pointer(parent, link); old !== NULL; old = this.heap.pointer(parent, link)) {
      const block = this.heap.moved(this.heap.writable(old));
      this.setNode(parent, link, block);
      const count = this.heap.word(block, CHAIN_COUNT);
      for (let word = CHAIN_SLOTS; word < CHAIN_SLOTS + count; word++) {
        this.setNode(block, word, move(this.heap.pointer(block, word)));
      }
      parent = block;
      link = CHAIN_NEXT;
    }
  }

  /**
   * Opens the path to the found entry's block and answers it, writable; sets {@link segment}. The block counts as found
   * from then on, so that more than one change can follow one look-up.
   */
  private openFound(root: Pointer, hash: number): Pointer {
    const found = this.foundBlock;
    this.locate(root, hash);
    const inSegment = this.segment === found;
    if (this.heap.frozenThrough === 0) this.openUnfrozen(root);
    else this.open(root, hash);
    this.foundBlock = inSegment ? this.segment : this.openChain(found);
    return this.foundBlock;
  }

  /** Makes the segment's chain writable down to `block`, and answers what stands in its place. */
  private openChain(block: Pointer): Pointer {
    let parent = this.segment;
    let link = SEGMENT_CHAIN;
    for (;;) {
      const old = this.heap.pointer(parent, link);
      const current = this.heap.writable(old);
      this.heap.wordsOf(parent)[this.heap.wordOffset(parent) + link] = current;
      if (old === block) return current;
      parent = current;
      link = CHAIN_NEXT;
    }
  }

  /**
   * Moves the chain's newest entry into the hole and drops a block that is empty then. The newest is in the first
   * block, which is writable, like all blocks down to `block`.
   */
  private removeFromChain(segment: Pointer, block: Pointer, word: number): void {
    const first = this.heap.pointer(segment, SEGMENT_CHAIN);
    const firstWords = this.heap.wordsOf(first);
    const at = this.heap.wordOffset(first);
    const count = --firstWords[at + CHAIN_COUNT];
    this.heap.wordsOf(block)[this.heap.wordOffset(block) + word] = firstWords[at + CHAIN_SLOTS + count];
    if (count === 0) {
      this.setNode(segment, SEGMENT_CHAIN, firstWords[at + CHAIN_NEXT]);
      this.heap.free(first);
    }
  }

  /** A segment without entries. */
  private newSegment(bucketBits: number, id: number): Pointer {
    const bytes = segmentBytes(bucketBits);
    const segment = this.heap.allocate(bytes);
    const words = this.heap.wordsOf(segment);
    const base = this.heap.wordOffset(segment);
    words.fill(0, base + 2, base + (bytes >>> 2));
    words[base + SEGMENT_ID] = id;
    words[base + SEGMENT_BUCKET_BITS] = bucketBits;
    return segment;
  }

  /** Puts an entry into its home bucket or one of the next; false when all are full. */
  private place(segment: Pointer, depth: number, bucketBits: number, entry: Pointer, hash: number): boolean {
    const words = this.heap.u32[segment >>> SEGMENT_SHIFT];
    const base = (segment & UNIT_MASK) << 2;
    const buckets = base + SEGMENT_HEAD;
    const mask = (1 << bucketBits) - 1;
    const home = bucketBits === 0 ? 0 : (hash << depth) >>> (32 - bucketBits);
    const last = Math.min(mask, WINDOW - 1);
    for (let distance = 0; distance <= last; distance++) {
      const bucket = buckets + (((home + distance) & mask) << 4);
      for (let i = 0; i < 3; i++) {
        const tags = words[bucket + i];
        const free = (tags - 0x01010101) & ~tags & 0x80808080;
        if (free === 0) continue;
        const index = (31 - Math.clz32(free & -free)) >>> 3;
        words[bucket + i] = tags | (tagOf(hash) << (index << 3));
        words[bucket + BUCKET_SLOTS + (i << 2) + index] = entry;
        words[base + SEGMENT_COUNT]++;
        if (distance !== 0) {
          const spill = buckets + (home << 4) + BUCKET_SPILL;
          if (words[spill] !== SPILL_UNKNOWN) words[spill]++;
        }
        return true;
      }
    }
    return false;
  }

  /** Puts an entry for which {@link place} found no room into the segment's chain. */
  private chain(segment: Pointer, depth: number, bucketBits: number, entry: Pointer, hash: number): void {
    const words = this.heap.wordsOf(segment);
    const base = this.heap.wordOffset(segment);
    const old = words[base + SEGMENT_CHAIN] as Pointer;
    let block = old;
    if (block === NULL || this.heap.word(block, CHAIN_COUNT) === CHAIN_CAPACITY) {
      block = this.heap.allocate(CHAIN_BYTES);
      const at = this.heap.wordOffset(block);
      this.heap.wordsOf(block)[at + CHAIN_NEXT] = old;
      this.heap.wordsOf(block)[at + CHAIN_COUNT] = 0;
    } else {
      block = this.heap.writable(block);
    }
    words[base + SEGMENT_CHAIN] = block;
    const blockWords = this.heap.wordsOf(block);
    const at = this.heap.wordOffset(block);
    blockWords[at + CHAIN_SLOTS + blockWords[at + CHAIN_COUNT]++] = entry;
    words[base + SEGMENT_COUNT]++;
    const spill = base + SEGMENT_HEAD + (homeBucket(hash, depth, bucketBits) << 4) + BUCKET_SPILL;
    if (words[spill] !== SPILL_UNKNOWN) words[spill]++;
  }

  private clearSlot(segment: Pointer, bucket: number, slot: number): void {
    const words = this.heap.wordsOf(segment);
    const at = this.heap.wordOffset(segment) + SEGMENT_HEAD + (bucket << 4);
    words[at + (slot >>> 2)] &= ~(0xff << ((slot & 3) << 3));
    words[at + BUCKET_SLOTS + slot] = 0;
  }

  /** Makes room in the open segment by doubling or splitting it; false when neither would help. */
  private makeRoom(hash: number): boolean {
    if (this.bucketBits === MAX_BUCKET_BITS) {
      const entries = this.heap.word(this.segment, SEGMENT_COUNT);
      if (this.depth === MAX_DEPTH || entries < MIN_SPLIT_ENTRIES) return false;
    }
    this.grow(hash);
    return true;
  }

  /** Doubles or splits the open segment. */
  private grow(hash: number): void {
    const segment = this.segment;
    const depth = this.depth;
    const id = this.heap.word(segment, SEGMENT_ID);
    if (this.bucketBits < MAX_BUCKET_BITS) {
      const grown = this.rebuilt(segment, 0, this.bucketBits + 1, id);
      this.freeSegment(segment);
      this.setNode(this.root, ROOT_NODE, grown);
      this.setNode(this.root, ROOT_DESCRIPTOR, this.bucketBits + 1);
      return;
    }
    const rightId = this.bounds === null ? 0 : this.bounds.split(id, depth);
    const left = this.newSegment(MAX_BUCKET_BITS, id);
    const right = this.newSegment(MAX_BUCKET_BITS, rightId);
    this.touchEntries(segment);
    this.forEachInSegment(segment, (entry) => {
      const entryHash = this.hashOfEntry(entry);
      this.add((entryHash << depth) >>> 31 === 0 ? left : right, depth + 1, MAX_BUCKET_BITS, entry, entryHash);
    });
    this.freeSegment(segment);
    this.linkSplit(hash, depth, left, right);
  }

  /** Reads a word of every entry first: independent misses overlap, those of hashing one key after another do not. */
  private touchEntries(segment: Pointer): void {
    const words = this.heap.wordsOf(segment);
    const base = this.heap.wordOffset(segment) + SEGMENT_HEAD;
    const u32 = this.heap.u32;
    let sum = 0;
    for (let bucket = 0; bucket < 1 << MAX_BUCKET_BITS; bucket++) {
      const slots = base + (bucket << 4) + BUCKET_SLOTS;
      for (let slot = 0; slot < SLOTS_PER_BUCKET; slot++) {
        const entry = words[slots + slot];
        if (entry !== 0) sum ^= u32[entry >>> SEGMENT_SHIFT][((entry & UNIT_MASK) << 2) + 2];
      }
    }
    this.touched = sum;
  }

  private add(segment: Pointer, depth: number, bucketBits: number, entry: Pointer, hash: number): void {
    if (!this.place(segment, depth, bucketBits, entry, hash)) this.chain(segment, depth, bucketBits, entry, hash);
  }

  /** A new segment with the entries of `segment`. */
  private rebuilt(segment: Pointer, depth: number, bucketBits: number, id: number): Pointer {
    const fresh = this.newSegment(bucketBits, id);
    this.addAll(segment, fresh, depth, bucketBits);
    return fresh;
  }

  private addAll(from: Pointer, to: Pointer, depth: number, bucketBits: number): void {
    this.forEachInSegment(from, (entry) => this.add(to, depth, bucketBits, entry, this.hashOfEntry(entry)));
  }

  /** Halves or merges the open segment, which has become sparse, where that leaves room to grow again. */
  private shrink(hash: number, entries: number): void {
    const segment = this.segment;
    const depth = this.depth;
    if (depth === 0) {
      if (this.bucketBits === 0 || entries * 4 > SLOTS_PER_BUCKET << this.bucketBits) return;
      const smaller = this.rebuilt(segment, 0, this.bucketBits - 1, this.heap.word(segment, SEGMENT_ID));
      this.freeSegment(segment);
      this.setNode(this.root, ROOT_NODE, smaller);
      this.setNode(this.root, ROOT_DESCRIPTOR, this.bucketBits - 1);
      return;
    }
    const buddy = this.buddy(hash, depth);
    if (buddy === NULL || entries + this.heap.word(buddy, SEGMENT_COUNT) > MERGED_ENTRIES) return;
    const id = this.heap.word(segment, SEGMENT_ID);
    const buddyId = this.heap.word(buddy, SEGMENT_ID);
    const keptId = this.bounds === null ? 0 : this.bounds.merge(id, buddyId, depth);
    const merged = this.rebuilt(segment, depth - 1, MAX_BUCKET_BITS, keptId);
    this.addAll(buddy, merged, depth - 1, MAX_BUCKET_BITS);
    this.freeSegment(segment);
    this.freeSegment(buddy);
    this.linkMerged(hash, depth, merged);
  }
}
