/**
 * The shared heap: blocks that can be frozen.
 *
 * {@link Heap.freeze} makes every block that exists immutable for as long as the snapshot lives, in constant time:
 * it only advances the epoch. From then on a block is changed in one way only: {@link Heap.writable} answers the
 * block itself if it is younger than all live snapshots, or else a fresh copy, and the caller stores the copy's
 * pointer in the parent, which it has made writable in the same way. So a change copies the path from the root to
 * the block and nothing else (path copying, as in LMDB), and a snapshot's roots go on leading to what was there.
 *
 * A freed block that a live snapshot can see is only put aside, and really freed when no snapshot sees it.
 *
 * One exception: the word of a key entry that holds its LRU or LFU bits may be changed in a frozen block.
 */
import { invariant } from '../lib/invariant.ts';
import { DeferredFrees } from './deferred-frees.ts';
import { CLASS_SIZE, NULL, type Pointer, SEGMENT_SHIFT, SLAB_SHIFT, UNIT_MASK } from './layout.ts';
import { type HeapOptions, SlabHeap } from './slab-heap.ts';

/** A moment of the heap that stays readable until it is released. */
export interface Snapshot {
  /** Blocks born in this epoch or before are what the snapshot sees. */
  readonly epoch: number;
  /** What the reader in another thread attaches to; see {@link HeapView}. */
  readonly segments: readonly (SharedArrayBuffer | null)[];
}

export class Heap extends SlabHeap {
  /** Blocks born in this epoch or before are frozen; 0 while no snapshot is alive. */
  frozenThrough = 0;
  /** Bytes of blocks that the live roots reach. */
  usedBytes = 0;
  /** Bytes of blocks that only snapshots still see. */
  snapshotBytes = 0;
  /** Bytes of frozen blocks copied because they were written to, so far. */
  copiedBytes = 0;
  /** Bytes of blocks that were replaced or freed while a snapshot could see them, so far: what snapshots have cost. */
  keptBytes = 0;
  /** Blocks that {@link moved} has moved, and their bytes. */
  movedBlocks = 0;
  movedBytes = 0;

  private readonly live: Snapshot[] = [];
  private readonly deferred = new DeferredFrees();

  constructor(options: HeapOptions = {}) {
    super(options);
  }

  /** Snapshots alive. */
  get snapshotCount(): number {
    return this.live.length;
  }

  /** A block of at least `bytes`, header included. The owner's bits are 0, the payload arbitrary. */
  allocate(bytes: number): Pointer {
    const pointer = this.take(bytes);
    this.usedBytes += CLASS_SIZE[this.u32[pointer >>> SEGMENT_SHIFT][(pointer & UNIT_MASK) << 2] & 0xff];
    return pointer;
  }

  /** Frees a block that no live root reaches any more. */
  free(pointer: Pointer): void {
    const words = this.u32[pointer >>> SEGMENT_SHIFT];
    const at = (pointer & UNIT_MASK) << 2;
    const birth = words[at + 1];
    if (birth <= this.frozenThrough) {
      const bytes = CLASS_SIZE[words[at] & 0xff];
      invariant(bytes !== 0, 'a block is freed twice');
      this.usedBytes -= bytes;
      this.snapshotBytes += bytes;
      this.keptBytes += bytes;
      this.deferred.push(pointer, birth, this.epoch);
    } else {
      this.usedBytes -= this.giveBack(pointer);
    }
  }

  /** Bytes of the block, header included: what it can hold without being reallocated. */
  capacity(pointer: Pointer): number {
    return CLASS_SIZE[this.u32[pointer >>> SEGMENT_SHIFT][(pointer & UNIT_MASK) << 2] & 0xff];
  }

  isFrozen(pointer: Pointer): boolean {
    return this.u32[pointer >>> SEGMENT_SHIFT][((pointer & UNIT_MASK) << 2) + 1] <= this.frozenThrough;
  }

  /**
   * The block to change in place of `pointer`: itself, or a copy of it where it is frozen. The caller stores the
   * answer where it had `pointer`.
   */
  writable(pointer: Pointer): Pointer {
    if (this.u32[pointer >>> SEGMENT_SHIFT][((pointer & UNIT_MASK) << 2) + 1] > this.frozenThrough) return pointer;
    return this.replaceByCopy(pointer);
  }

  /** True when {@link writable} would answer another block. */
  mustCopy(pointer: Pointer): boolean {
    return this.isFrozen(pointer);
  }

  /** Copies a block, frees the original and answers the copy. */
  protected replaceByCopy(pointer: Pointer): Pointer {
    const copy = this.copyOf(pointer);
    this.copiedBytes += this.capacity(copy);
    this.free(pointer);
    return copy;
  }

  /** True when the block lies in a slab that is being evacuated, and may be moved. */
  mustMove(pointer: Pointer): boolean {
    if (this.slabMarked[pointer >>> SLAB_SHIFT] === 0) return false;
    return this.frozenThrough === 0 || !this.isFrozen(pointer);
  }

  /**
   * The block in place of `pointer`: itself, or where it must move (see {@link mustMove}) a copy elsewhere. The caller,
   * who has made the parent writable, stores the answer where it had `pointer`.
   */
  moved(pointer: Pointer): Pointer {
    if (!this.mustMove(pointer)) return pointer;
    const copy = this.copyOf(pointer);
    this.movedBlocks++;
    this.movedBytes += this.capacity(copy);
    this.free(pointer);
    return copy;
  }

  /**
   * A block of at least `bytes` (header included) in place of `pointer`, which is freed: with its owner's bits, and as
   * much of its payload as there is room for.
   */
  resized(pointer: Pointer, bytes: number): Pointer {
    const copy = this.copyOf(pointer, bytes);
    this.free(pointer);
    return copy;
  }

  private copyOf(pointer: Pointer, bytes: number = this.capacity(pointer)): Pointer {
    const source = this.u32[pointer >>> SEGMENT_SHIFT];
    const from = (pointer & UNIT_MASK) << 2;
    const copy = this.allocate(bytes);
    const target = this.u32[copy >>> SEGMENT_SHIFT];
    const to = (copy & UNIT_MASK) << 2;
    const count = Math.min(CLASS_SIZE[source[from] & 0xff], CLASS_SIZE[target[to] & 0xff]) >>> 2;
    target[to] |= source[from] & ~0xff;
    if (count <= 64) {
      for (let i = 2; i < count; i++) target[to + i] = source[from + i];
    } else {
      target.set(source.subarray(from + 2, from + count), to + 2);
    }
    return copy;
  }

  /**
   * Freezes everything that is allocated now. Constant time. The caller keeps the roots beside the snapshot and
   * calls {@link release} when nobody reads it any more.
   */
  freeze(): Snapshot {
    const snapshot: Snapshot = { epoch: this.epoch, segments: this.segmentList() };
    invariant(this.epoch < 0xffffffff, 'the epochs are used up');
    this.live.push(snapshot);
    this.frozenThrough = this.epoch++;
    return snapshot;
  }

  /** Ends a snapshot. The blocks that it alone saw are freed by {@link sweep}. */
  release(snapshot: Snapshot): void {
    const index = this.live.indexOf(snapshot);
    invariant(index >= 0, 'a snapshot is released twice');
    this.live.splice(index, 1);
    this.frozenThrough = this.live.length === 0 ? 0 : this.live[this.live.length - 1].epoch;
    this.deferred.restart();
  }

  /** True while {@link sweep} has something to do. */
  get needsSweep(): boolean {
    return this.deferred.needsSweep;
  }

  /** Frees up to `limit` of the blocks put aside that no snapshot sees any more. */
  sweep(limit: number): void {
    for (let i = 0; i < limit; i++) {
      const pointer = this.deferred.sweepOne(this.live);
      if (pointer === NULL) {
        if (!this.deferred.needsSweep) return;
      } else {
        this.snapshotBytes -= this.giveBack(pointer);
      }
    }
  }

  /**
   * Checks the whole heap: every block in use is reached as often as `reach` says, or is put aside for a snapshot;
   * lists, counts and byte totals are sound. `reach` calls its argument with each block that a live root reaches.
   * Proportional to the heap; for tests and DEBUG.
   *
   * @throws InvariantError naming the first fault.
   */
  verify(reach: (visit: (pointer: Pointer) => void) => void): void {
    const reached = new Map<Pointer, number>();
    reach((pointer) => {
      reached.set(pointer, (reached.get(pointer) ?? 0) + 1);
    });
    const aside = new Set<Pointer>();
    this.deferred.forEach((pointer) => {
      invariant(!aside.has(pointer), 'a block is put aside twice');
      aside.add(pointer);
    });
    let used = 0;
    let snapshot = 0;
    let blocks = 0;
    this.forEachBlock((pointer, sizeClass) => {
      const times = reached.get(pointer) ?? 0;
      if (aside.has(pointer)) {
        invariant(times === 0, `block ${pointer} was freed and is still reached`);
        snapshot += CLASS_SIZE[sizeClass];
      } else {
        invariant(times !== 0, `block ${pointer} of ${CLASS_SIZE[sizeClass]} bytes is leaked`);
        invariant(times === 1 || this.mayBeShared(pointer, times), `block ${pointer} is reached ${times} times`);
        used += CLASS_SIZE[sizeClass];
        blocks++;
      }
    });
    invariant(blocks === reached.size, 'a root reaches a block that is not allocated');
    invariant(used === this.usedBytes, `used bytes are ${used}, counted ${this.usedBytes}`);
    invariant(snapshot === this.snapshotBytes, `snapshot bytes are ${snapshot}, counted ${this.snapshotBytes}`);
  }

  /** Blocks with {@link SHARED_BIT} are reached from exactly two places. */
  private mayBeShared(pointer: Pointer, times: number): boolean {
    return times === 2 && (this.word(pointer, 0) & SHARED_BIT) !== 0;
  }
}

/** An owner's bit of word 0: the block is reached from two indexes, as a member of a large sorted set is. */
export const SHARED_BIT = 1 << 12;
