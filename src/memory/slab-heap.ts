/**
 * Blocks in slabs in segments: the allocator under the heap, which knows nothing of freezes.
 *
 * Invariants: a slab with a class holds at least one block in use. Slabs that have room are in their class's list,
 * full ones in none. An empty slab serves any class again, an empty segment is given back.
 *
 * While slabs are being evacuated (see {@link SlabHeap.beginEvacuation}), nothing is allocated in them: they are in no
 * list, and the empty slabs of a segment that is to be emptied are not counted. The bookkeeping lives outside the blocks, except that a free block's third word names the next free
 * block of its slab, and that its class byte is 0.
 */
import { invariant } from '../lib/invariant.ts';
import { type EvacuationPlan, planEvacuation } from './evacuation-plan.ts';
import { HeapView } from './heap-view.ts';
import {
  BLOCKS_PER_SLAB,
  CLASS_COUNT,
  CLASS_OF_UNITS,
  CLASS_SIZE,
  type Pointer,
  SEGMENT_BYTES,
  SEGMENT_SHIFT,
  SLAB_BYTES,
  SLAB_FIRST_UNIT,
  SLAB_SHIFT,
  SLABS_PER_SEGMENT,
  UNIT_MASK,
} from './layout.ts';
import { SegmentPool } from './segment-pool.ts';

const NO_SLAB = -1;

export interface HeapOptions {
  /** The most memory that may be reserved, in bytes; 64 GiB is what pointers reach. */
  readonly maxBytes?: number;
  readonly pool?: SegmentPool;
}

export class SlabHeap extends HeapView {
  /** The epoch that new blocks are born in. */
  protected epoch = 1;

  private readonly maxSegments: number;
  private readonly pool: SegmentPool;
  private readonly segments: (SharedArrayBuffer | null)[] = [];
  /** Per segment, its slabs that have no class, as numbers within the segment. */
  private readonly emptySlabs: number[][] = [];
  /** No segment below this one has an empty slab. */
  private firstSegmentWithRoom = 0;
  private emptySlabCount = 0;
  /** Segments that are being emptied. */
  private readonly evacuated = new Set<number>();
  /** Empty slabs in them. */
  private evacuatedSlabCount = 0;
  private segmentCount = 0;

  /** Per class, the first slab with room, from which blocks are taken. */
  private readonly current = new Int32Array(CLASS_COUNT).fill(NO_SLAB);

  /** Per slab, 1 while it is being evacuated. */
  protected slabMarked = new Uint8Array(0);
  // Per slab: its class (0: empty), blocks in use, first free block (unit in the slab, 0: none), the first unit
  // never used, and its neighbours in the list of slabs with room.
  private slabClass = new Uint8Array(0);
  private slabUsed = new Uint16Array(0);
  private slabFree = new Uint16Array(0);
  private slabFresh = new Uint16Array(0);
  private slabNext = new Int32Array(0);
  private slabPrevious = new Int32Array(0);

  constructor(options: HeapOptions = {}) {
    super();
    this.maxSegments = Math.max(1, Math.min(2048, Math.floor((options.maxBytes ?? 2 ** 36) / SEGMENT_BYTES)));
    this.pool = options.pool ?? new SegmentPool();
  }

  /** Bytes of segments that the heap holds. */
  get reservedBytes(): number {
    return this.segmentCount * SEGMENT_BYTES;
  }

  /** Bytes of slabs that serve some class. */
  get slabBytes(): number {
    return (this.segmentCount * SLABS_PER_SEGMENT - this.emptySlabCount - this.evacuatedSlabCount) * SLAB_BYTES;
  }

  /** The segments by number; `null` where one was given back. For a snapshot's reader. */
  segmentList(): readonly (SharedArrayBuffer | null)[] {
    return this.segments.slice();
  }

  /**
   * Makes sure that `bytes` can be allocated in blocks of any sizes, so that no allocation fails half-way through a
   * change. False when the memory can't be had.
   */
  reserve(bytes: number): boolean {
    // Every class may need a slab of its own, and what does not divide a slab is lost: hence twice the slabs.
    const slabs = (bytes >>> 15) + 8;
    if (this.emptySlabCount >= slabs && bytes < 2 ** 32) return true;
    return this.reserveSlabs(Math.ceil(bytes / SLAB_BYTES) * 2 + 8);
  }

  private reserveSlabs(slabs: number): boolean {
    while (this.emptySlabCount < slabs) if (!this.addSegment()) return false;
    return true;
  }

  /** A block of at least `bytes`, header included; the payload holds whatever was there. Needs room: see {@link reserve}. */
  protected take(bytes: number): Pointer {
    const sizeClass = CLASS_OF_UNITS[(bytes + 15) >>> 4];
    let slab = this.current[sizeClass];
    // Also where there is no such class, which openSlab finds.
    if (!(slab >= 0)) slab = this.openSlab(sizeClass);
    let unit = this.slabFree[slab];
    const segment = slab >>> (SEGMENT_SHIFT - SLAB_SHIFT);
    const words = this.u32[segment];
    let pointer: number;
    if (unit !== 0) {
      pointer = slab * 4096 + unit;
      this.slabFree[slab] = words[((pointer & UNIT_MASK) << 2) + 2];
    } else {
      unit = this.slabFresh[slab];
      pointer = slab * 4096 + unit;
      this.slabFresh[slab] = unit + (CLASS_SIZE[sizeClass] >>> 4);
    }
    if (++this.slabUsed[slab] === BLOCKS_PER_SLAB[sizeClass]) this.unlink(slab, sizeClass);
    const at = (pointer & UNIT_MASK) << 2;
    words[at] = sizeClass;
    words[at + 1] = this.epoch;
    return pointer as Pointer;
  }

  /** Gives a block back. Answers its bytes. */
  protected giveBack(pointer: Pointer): number {
    const words = this.u32[pointer >>> SEGMENT_SHIFT];
    const at = (pointer & UNIT_MASK) << 2;
    const sizeClass = words[at] & 0xff;
    const slab = pointer >>> SLAB_SHIFT;
    invariant(sizeClass !== 0 && this.slabClass[slab] === sizeClass, 'a block is freed twice, or was never one');
    words[at] = 0;
    words[at + 2] = this.slabFree[slab];
    this.slabFree[slab] = pointer & 0xfff;
    const used = this.slabUsed[slab]--;
    if (used === BLOCKS_PER_SLAB[sizeClass] && this.slabMarked[slab] === 0) this.link(slab, sizeClass);
    if (used === 1) this.closeSlab(slab, sizeClass);
    return CLASS_SIZE[sizeClass];
  }

  /** Calls `visit` with each block in use. For verification. */
  protected forEachBlock(visit: (pointer: Pointer, sizeClass: number) => void): void {
    for (let slab = 0; slab < this.slabClass.length; slab++) {
      const sizeClass = this.slabClass[slab];
      if (sizeClass === 0) continue;
      const units = CLASS_SIZE[sizeClass] >>> 4;
      let used = 0;
      for (let unit = SLAB_FIRST_UNIT; unit < this.slabFresh[slab]; unit += units) {
        const pointer = (slab * 4096 + unit) as Pointer;
        if ((this.word(pointer, 0) & 0xff) === 0) continue;
        invariant((this.word(pointer, 0) & 0xff) === sizeClass, 'a block has another class than its slab');
        used++;
        visit(pointer, sizeClass);
      }
      invariant(used === this.slabUsed[slab], 'a slab miscounts its blocks');
      this.verifyFreeList(slab, units, used);
    }
  }

  private verifyFreeList(slab: number, units: number, used: number): void {
    let free = 0;
    for (let unit = this.slabFree[slab]; unit !== 0; ) {
      invariant((unit - SLAB_FIRST_UNIT) % units === 0, 'a free list points inside a block');
      const pointer = (slab * 4096 + unit) as Pointer;
      invariant((this.word(pointer, 0) & 0xff) === 0, 'a free list holds a block in use');
      free++;
      invariant(free <= BLOCKS_PER_SLAB[this.slabClass[slab]], 'a free list runs in a circle');
      unit = this.word(pointer, 2);
    }
    const touched = (this.slabFresh[slab] - SLAB_FIRST_UNIT) / units;
    invariant(touched === used + free, 'a slab lost a block');
  }

  private link(slab: number, sizeClass: number): void {
    const first = this.current[sizeClass];
    this.slabPrevious[slab] = NO_SLAB;
    this.slabNext[slab] = first;
    if (first !== NO_SLAB) this.slabPrevious[first] = slab;
    this.current[sizeClass] = slab;
  }

  private unlink(slab: number, sizeClass: number): void {
    const next = this.slabNext[slab];
    const previous = this.slabPrevious[slab];
    if (previous === NO_SLAB) this.current[sizeClass] = next;
    else this.slabNext[previous] = next;
    if (next !== NO_SLAB) this.slabPrevious[next] = previous;
  }

  private openSlab(sizeClass: number): number {
    invariant(sizeClass !== undefined, 'a block would be larger than a slab');
    if (this.emptySlabCount === 0) invariant(this.addSegment(), 'memory ran out without having been reserved');
    let segment = this.firstSegmentWithRoom;
    while (this.emptySlabs[segment].length === 0 || this.evacuated.has(segment)) segment++;
    this.firstSegmentWithRoom = segment;
    const slab = segment * SLABS_PER_SEGMENT + (this.emptySlabs[segment].pop() as number);
    this.emptySlabCount--;
    this.slabClass[slab] = sizeClass;
    this.slabUsed[slab] = 0;
    this.slabFree[slab] = 0;
    this.slabFresh[slab] = SLAB_FIRST_UNIT;
    this.link(slab, sizeClass);
    return slab;
  }

  private closeSlab(slab: number, sizeClass: number): void {
    if (this.slabMarked[slab] === 0) this.unlink(slab, sizeClass);
    this.slabMarked[slab] = 0;
    this.slabClass[slab] = 0;
    const segment = Math.floor(slab / SLABS_PER_SEGMENT);
    const empty = this.emptySlabs[segment];
    empty.push(slab % SLABS_PER_SEGMENT);
    if (this.evacuated.has(segment)) {
      this.evacuatedSlabCount++;
      if (empty.length === SLABS_PER_SEGMENT) this.dropEvacuated(segment);
      return;
    }
    this.emptySlabCount++;
    if (segment < this.firstSegmentWithRoom) this.firstSegmentWithRoom = segment;
    // One segment's worth of empty slabs is kept in hand.
    if (empty.length === SLABS_PER_SEGMENT && this.emptySlabCount >= 2 * SLABS_PER_SEGMENT) this.dropSegment(segment);
  }

  private addSegment(): boolean {
    let index = this.segments.indexOf(null);
    if (index < 0) index = this.segments.length;
    if (index >= this.maxSegments) return false;
    const segment = this.pool.take();
    if (segment === null) return false;
    this.segments[index] = segment;
    this.attach(index, segment);
    this.growSlabTables((index + 1) * SLABS_PER_SEGMENT);
    this.emptySlabs[index] = Array.from({ length: SLABS_PER_SEGMENT }, (_, i) => SLABS_PER_SEGMENT - 1 - i);
    this.emptySlabCount += SLABS_PER_SEGMENT;
    this.segmentCount++;
    if (index < this.firstSegmentWithRoom) this.firstSegmentWithRoom = index;
    return true;
  }

  private dropSegment(index: number): void {
    this.pool.give(this.segments[index] as SharedArrayBuffer);
    this.segments[index] = null;
    this.attach(index, null);
    this.emptySlabs[index] = [];
    this.emptySlabCount -= SLABS_PER_SEGMENT;
    this.segmentCount--;
  }

  private dropEvacuated(index: number): void {
    this.evacuated.delete(index);
    this.evacuatedSlabCount -= SLABS_PER_SEGMENT;
    this.emptySlabCount += SLABS_PER_SEGMENT;
    this.dropSegment(index);
  }

  /**
   * Chooses slabs to be emptied, so that segments become free: until {@link endEvacuation}, {@link Heap.moved} moves
   * blocks out of them, and nothing is allocated in them. False where there is nothing to be gained.
   */
  beginEvacuation(): boolean {
    this.endEvacuation();
    const present: number[] = [];
    for (let i = 0; i < this.segments.length; i++) if (this.segments[i] !== null) present.push(i);
    const plan = this.planOf(present, this.slabClass, this.slabUsed);
    if (plan === null) return false;
    this.pool.trim();
    this.pool.keeps = false;
    for (const segment of plan.segments) {
      this.evacuated.add(segment);
      this.evacuatedSlabCount += this.emptySlabs[segment].length;
      this.emptySlabCount -= this.emptySlabs[segment].length;
    }
    for (let slab = 0; slab < plan.marked.length; slab++) {
      const sizeClass = this.slabClass[slab];
      if (plan.marked[slab] === 0 || sizeClass === 0) continue;
      if (this.slabUsed[slab] < BLOCKS_PER_SLAB[sizeClass]) this.unlink(slab, sizeClass);
      this.slabMarked[slab] = 1;
    }
    for (const segment of plan.segments) {
      if (this.emptySlabs[segment].length === SLABS_PER_SEGMENT) this.dropEvacuated(segment);
    }
    return true;
  }

  /** Gives segments that are only kept for reuse back to the system. */
  trim(): void {
    this.pool.trim();
  }

  protected planOf(segments: readonly number[], slabClass: Uint8Array, slabUsed: Uint16Array): EvacuationPlan | null {
    return planEvacuation(segments, slabClass, slabUsed);
  }

  /** What could not be emptied is used again. */
  endEvacuation(): void {
    for (let slab = 0; slab < this.slabMarked.length; slab++) {
      if (this.slabMarked[slab] === 0) continue;
      this.slabMarked[slab] = 0;
      const sizeClass = this.slabClass[slab];
      if (this.slabUsed[slab] < BLOCKS_PER_SLAB[sizeClass]) this.link(slab, sizeClass);
    }
    this.pool.keeps = true;
    this.emptySlabCount += this.evacuatedSlabCount;
    this.evacuatedSlabCount = 0;
    this.evacuated.clear();
    this.firstSegmentWithRoom = 0;
  }

  private growSlabTables(slabs: number): void {
    if (slabs <= this.slabClass.length) return;
    const length = Math.max(slabs, this.slabClass.length * 2);
    this.slabMarked = grown(this.slabMarked, new Uint8Array(length));
    this.slabClass = grown(this.slabClass, new Uint8Array(length));
    this.slabUsed = grown(this.slabUsed, new Uint16Array(length));
    this.slabFree = grown(this.slabFree, new Uint16Array(length));
    this.slabFresh = grown(this.slabFresh, new Uint16Array(length));
    this.slabNext = grown(this.slabNext, new Int32Array(length));
    this.slabPrevious = grown(this.slabPrevious, new Int32Array(length));
  }
}

function grown<T extends { set(source: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
