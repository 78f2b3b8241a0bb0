/**
 * Reads hash tables: look-up, iteration, cursors and random entries. See table-layout.ts for the layout.
 */
import type { Random } from '../lib/random.ts';
import { Slice } from '../lib/slice.ts';
import type { HeapView } from '../memory/heap-view.ts';
import { NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import type { EntryReader } from './entry.ts';
import type { KeyHasher } from './hash.ts';
import {
  BUCKET_SLOTS,
  BUCKET_SPILL,
  BUCKET_WORDS,
  CHAIN_COUNT,
  CHAIN_NEXT,
  CHAIN_SLOTS,
  homeBucket,
  MAX_BUCKET_BITS,
  PAGE,
  PAGE_BITS,
  PAGE_SLOTS,
  ROOT_COUNT,
  ROOT_DESCRIPTOR,
  ROOT_NODE,
  SEGMENT_BUCKET_BITS,
  SEGMENT_CHAIN,
  SEGMENT_COUNT,
  SEGMENT_HEAD,
  SLOTS_PER_BUCKET,
  tagOf,
  WINDOW,
} from './table-layout.ts';

/** Something that knows the hashes of some keys, and computes the others. */
export interface HashMemory {
  hashOf(table: TableReader, key: Slice): number;
}

const NO_BYTES = new Uint8Array(0);

export class TableReader {
  /** Where {@link hashOf} asks; null where all hashes are computed. */
  memory: HashMemory | null = null;
  /** Where {@link find} found its entry: the segment or chain block, and the word in it that points at the entry. */
  foundBlock: Pointer = NULL;
  foundWord = 0;
  // The same of the last random entry; null where nobody knows.
  private pickedBlock: Pointer = NULL;
  private pickedWord = 0;
  /** What {@link locate} found: the segment, its depth, its bucket bits. */
  segment: Pointer = NULL;
  depth = 0;
  bucketBits = 0;

  protected readonly view: HeapView;
  protected readonly entries: EntryReader;
  protected readonly hasher: KeyHasher;
  private readonly keySlice = new Slice(NO_BYTES, 0, 0);

  constructor(view: HeapView, entries: EntryReader, hasher: KeyHasher) {
    this.view = view;
    this.entries = entries;
    this.hasher = hasher;
  }

  /** Entries in the table. */
  count(root: Pointer): number {
    return this.view.word(root, ROOT_COUNT);
  }

  hashOf(key: Slice): number {
    return this.memory !== null ? this.memory.hashOf(this, key) : this.hasher.hash(key.bytes, key.start, key.end);
  }

  hashOfBytes(bytes: Uint8Array, start: number, end: number): number {
    return this.hasher.hash(bytes, start, end);
  }

  hashOfEntry(entry: Pointer): number {
    const key = this.entries.key(entry, this.keySlice);
    const hash = this.hasher.hash(key.bytes, key.start, key.end);
    // What holds on to a segment's bytes keeps its memory from being given back.
    key.bytes = NO_BYTES;
    return hash;
  }

  /** The entry with this key, whose hash is `hash`, or null. */
  find(root: Pointer, key: Slice, hash: number): Pointer {
    this.locate(root, hash);
    const bucketBits = this.bucketBits;
    const segment = this.segment;
    const words = this.view.u32[segment >>> SEGMENT_SHIFT];
    const base = ((segment & UNIT_MASK) << 2) + SEGMENT_HEAD;
    const mask = (1 << bucketBits) - 1;
    const home = bucketBits === 0 ? 0 : (hash << this.depth) >>> (32 - bucketBits);
    const pattern = Math.imul(tagOf(hash), 0x01010101);
    const last = Math.min(mask, WINDOW - 1);
    for (let distance = 0; distance <= last; distance++) {
      const bucket = base + (((home + distance) & mask) << 4);
      for (let i = 0; i < 3; i++) {
        // Sets the top bit of each byte that is zero, that is, of each tag that matches (and now and then of the
        // byte above a match: every candidate is compared in full).
        const difference = words[bucket + i] ^ pattern;
        let matches = (difference - 0x01010101) & ~difference & 0x80808080;
        while (matches !== 0) {
          const at = bucket + BUCKET_SLOTS + (i << 2) + ((31 - Math.clz32(matches & -matches)) >>> 3);
          const entry = words[at] as Pointer;
          if (entry !== NULL && this.entries.keyEquals(entry, key)) {
            this.foundBlock = segment;
            this.foundWord = at - base + SEGMENT_HEAD;
            return entry;
          }
          matches &= matches - 1;
        }
      }
      if (distance === 0 && words[bucket + BUCKET_SPILL] === 0) return NULL;
    }
    return this.findInChain(words[base - SEGMENT_HEAD + SEGMENT_CHAIN] as Pointer, key);
  }

  private findInChain(chain: Pointer, key: Slice): Pointer {
    for (let block = chain; block !== NULL; block = this.view.pointer(block, CHAIN_NEXT)) {
      const count = this.view.word(block, CHAIN_COUNT);
      for (let i = 0; i < count; i++) {
        const entry = this.view.pointer(block, CHAIN_SLOTS + i);
        if (this.entries.keyEquals(entry, key)) {
          this.foundBlock = block;
          this.foundWord = CHAIN_SLOTS + i;
          return entry;
        }
      }
    }
    return NULL;
  }

  /** A word of the bucket that this hash begins at: reading it brings the bucket into the cache. */
  touchBucket(root: Pointer, hash: number): number {
    this.locate(root, hash);
    const { segment, depth, bucketBits } = this;
    const home = homeBucket(hash, depth, bucketBits);
    return this.view.word(segment, SEGMENT_HEAD + home * BUCKET_WORDS);
  }

  /** Finds the segment that a hash belongs to: sets {@link segment}, {@link depth} and {@link bucketBits}. */
  locate(root: Pointer, hash: number): void {
    const u32 = this.view.u32;
    let words = u32[root >>> SEGMENT_SHIFT];
    let at = (root & UNIT_MASK) << 2;
    let node = words[at + ROOT_NODE];
    let descriptor = words[at + ROOT_DESCRIPTOR];
    if ((descriptor & PAGE) === 0) {
      this.segment = node as Pointer;
      this.depth = 0;
      this.bucketBits = descriptor;
      return;
    }
    let consumed = 0;
    do {
      const bits = descriptor & 0x7f;
      const index = (hash << consumed) >>> (32 - bits);
      words = u32[node >>> SEGMENT_SHIFT];
      at = ((node & UNIT_MASK) << 2) + PAGE_SLOTS;
      consumed += bits;
      const descriptors = words[at + (1 << bits) + (index >>> 2)];
      node = words[at + index];
      descriptor = (descriptors >>> ((index & 3) << 3)) & 0xff;
    } while ((descriptor & PAGE) !== 0);
    this.segment = node as Pointer;
    this.depth = descriptor;
    this.bucketBits = MAX_BUCKET_BITS;
  }

  /** Calls `visit` with every entry. */
  forEach(root: Pointer, visit: (entry: Pointer) => void): void {
    this.forEachSegment(root, (segment) => this.forEachInSegment(segment, visit));
  }

  /** Calls `visit` with every segment, in hash order. */
  forEachSegment(root: Pointer, visit: (segment: Pointer, depth: number) => void): void {
    this.visitNode(this.view.pointer(root, ROOT_NODE), this.view.word(root, ROOT_DESCRIPTOR) & PAGE, 0, visit, null);
  }

  /** Calls `visit` with every block of the table itself: root, pages, segments and chains, not the entries. */
  walk(root: Pointer, visit: (block: Pointer) => void): void {
    const visitSegment = (segment: Pointer) => {
      for (let block = this.view.pointer(segment, SEGMENT_CHAIN); block !== NULL; ) {
        visit(block);
        block = this.view.pointer(block, CHAIN_NEXT);
      }
      visit(segment);
    };
    const isPage = this.view.word(root, ROOT_DESCRIPTOR) & PAGE;
    this.visitNode(this.view.pointer(root, ROOT_NODE), isPage, 0, visitSegment, visit);
    visit(root);
  }

  /** Visits what is below a node; `depth` is how many bits of the hash lead to it. */
  private visitNode(
    node: Pointer,
    isPage: number,
    depth: number,
    visitSegment: (segment: Pointer, depth: number) => void,
    visitPage: ((page: Pointer) => void) | null,
  ): void {
    if (isPage === 0) {
      visitSegment(node, depth);
      return;
    }
    const bits = this.view.word(node, PAGE_BITS);
    for (let index = 0; index < 1 << bits; ) {
      const descriptor = this.pageDescriptor(node, bits, index);
      const child = this.view.pointer(node, PAGE_SLOTS + index);
      const childDepth = (descriptor & PAGE) === 0 ? descriptor : depth + bits;
      this.visitNode(child, descriptor & PAGE, childDepth, visitSegment, visitPage);
      // A segment shallower than the page stands in several slots.
      index += 1 << (depth + bits - childDepth);
    }
    visitPage?.(node);
  }

  protected pageDescriptor(page: Pointer, bits: number, index: number): number {
    return (this.view.word(page, PAGE_SLOTS + (1 << bits) + (index >>> 2)) >>> ((index & 3) << 3)) & 0xff;
  }

  /** Calls `visit` with every entry of a segment. */
  forEachInSegment(segment: Pointer, visit: (entry: Pointer) => void): void {
    const words = this.view.wordsOf(segment);
    const base = this.view.wordOffset(segment);
    const end = base + SEGMENT_HEAD + (BUCKET_WORDS << words[base + SEGMENT_BUCKET_BITS]);
    let left = words[base + SEGMENT_COUNT];
    for (let bucket = base + SEGMENT_HEAD; bucket < end && left > 0; bucket += BUCKET_WORDS) {
      for (let slot = 0; slot < SLOTS_PER_BUCKET; slot++) {
        const entry = words[bucket + BUCKET_SLOTS + slot] as Pointer;
        if (entry === NULL) continue;
        left--;
        visit(entry);
      }
    }
    this.forEachInChain(words[base + SEGMENT_CHAIN] as Pointer, visit);
  }

  private forEachInChain(chain: Pointer, visit: (entry: Pointer) => void): void {
    for (let block = chain; block !== NULL; block = this.view.pointer(block, CHAIN_NEXT)) {
      const count = this.view.word(block, CHAIN_COUNT);
      for (let i = 0; i < count; i++) visit(this.view.pointer(block, CHAIN_SLOTS + i));
    }
  }

  /**
   * Calls `visit` with the entries of the first bucket, in hash order, that may hold hashes from `cursor` on, and
   * answers the next cursor; 0 begins and ends.
   *
   * A cursor is a boundary in hash order, so that what is in the table during a whole iteration is visited exactly
   * once, whatever splits and merges come between; entries of equal hash come together. `visit` must not change the
   * table.
   */
  scan(root: Pointer, cursor: number, visit: (entry: Pointer) => void): number {
    this.locate(root, cursor);
    const { segment, depth, bucketBits } = this;
    const home = homeBucket(cursor, depth, bucketBits);
    const words = this.view.wordsOf(segment);
    const base = this.view.wordOffset(segment) + SEGMENT_HEAD;
    const mask = (1 << bucketBits) - 1;
    const visitOwn = (entry: Pointer) => {
      const hash = this.hashOfEntry(entry) >>> 0;
      if (hash >= cursor && homeBucket(hash, depth, bucketBits) === home) visit(entry);
    };
    const spilled = words[base + home * BUCKET_WORDS + BUCKET_SPILL] !== 0;
    const last = spilled ? Math.min(mask, WINDOW - 1) : 0;
    for (let distance = 0; distance <= last; distance++) {
      const bucket = base + ((home + distance) & mask) * BUCKET_WORDS;
      for (let slot = 0; slot < SLOTS_PER_BUCKET; slot++) {
        const entry = words[bucket + BUCKET_SLOTS + slot] as Pointer;
        if (entry !== NULL) visitOwn(entry);
      }
    }
    if (spilled) this.forEachInChain(words[base - SEGMENT_HEAD + SEGMENT_CHAIN] as Pointer, visitOwn);
    // The boundary after this bucket; 2^32, past the last one, is 0 again.
    const bits = depth + bucketBits;
    if (bits === 0) return 0;
    return (((cursor >>> (32 - bits)) + 1) * 2 ** (32 - bits)) % 2 ** 32;
  }

  /** An entry chosen at random, every one as likely as any other; null when the table is empty. */
  random(root: Pointer, random: Random): Pointer {
    const count = this.count(root);
    if (count === 0) return NULL;
    // No evenly filled table of this count has deeper segments.
    const depthBound = 32 - Math.clz32(count >>> 8);
    for (;;) {
      this.locate(root, random.uint32());
      // A segment is met as often as its share of the hash space is large, though about as many entries are in a
      // small share as in a large one: the shallower the segment, the less often it is taken when met.
      if (this.depth < depthBound && random.uint32() >>> (this.depth - depthBound + 32) !== 0) continue;
      const entry = this.randomInSegment(this.segment, random);
      if (entry !== NULL) return entry;
    }
  }

  /** Makes the entry that the last {@link random} chose the one just found; false where it must be looked up for that. */
  findPicked(): boolean {
    if (this.pickedBlock === NULL) return false;
    this.foundBlock = this.pickedBlock;
    this.foundWord = this.pickedWord;
    return true;
  }

  private randomInSegment(segment: Pointer, random: Random): Pointer {
    const words = this.view.wordsOf(segment);
    const base = this.view.wordOffset(segment);
    const slots = SLOTS_PER_BUCKET << this.bucketBits;
    const chain = words[base + SEGMENT_CHAIN] as Pointer;
    this.pickedBlock = NULL;
    if (chain !== NULL) {
      const all: Pointer[] = [];
      this.forEachInSegment(segment, (entry) => all.push(entry));
      const index = random.below(Math.max(all.length, slots));
      return index < all.length ? all[index] : NULL;
    }
    const index = random.below(slots);
    const bucket = Math.floor(index / SLOTS_PER_BUCKET);
    this.pickedBlock = segment;
    this.pickedWord = SEGMENT_HEAD + bucket * BUCKET_WORDS + BUCKET_SLOTS + (index - bucket * SLOTS_PER_BUCKET);
    return words[base + this.pickedWord] as Pointer;
  }
}
