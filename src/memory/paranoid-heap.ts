/**
 * A heap that makes mistakes show: for tests.
 *
 * Every `writable()` moves its block, so that a caller that keeps the old pointer is found out; freed blocks are
 * poisoned; frozen blocks have checksums, which are compared when their snapshot is released. An evacuation is one of
 * all slabs.
 */
import { invariant } from '../lib/invariant.ts';
import type { EvacuationPlan } from './evacuation-plan.ts';
import { Heap, type Snapshot } from './heap.ts';
import { CLASS_SIZE, type Pointer } from './layout.ts';

const POISON = 0xdeadbeef;

export class ParanoidHeap extends Heap {
  private readonly checksums = new Map<Snapshot, Map<Pointer, number>>();
  /** Blocks that were freed and that only snapshots still see. */
  private readonly aside = new Set<Pointer>();
  /** Blocks with an LRU word, of which word {@link MUTABLE_WORD} is left out of the checksum. */
  mutableWord: (pointer: Pointer) => number = () => -1;

  override writable(pointer: Pointer): Pointer {
    return this.replaceByCopy(pointer);
  }

  override mustCopy(): boolean {
    return true;
  }

  override free(pointer: Pointer): void {
    invariant(!this.aside.has(pointer), 'a frozen block is freed twice');
    const frozen = this.isFrozen(pointer);
    super.free(pointer);
    if (frozen) this.aside.add(pointer);
  }

  protected override giveBack(pointer: Pointer): number {
    const bytes = super.giveBack(pointer);
    this.aside.delete(pointer);
    // A slab that became empty may have gone with its segment.
    if (this.bytesOf(pointer).length === 0) return bytes;
    const words = this.wordsOf(pointer);
    const at = this.wordOffset(pointer);
    // Words 0 and 2 belong to the free list.
    words[at + 1] = POISON;
    words.fill(POISON, at + 3, at + (bytes >>> 2));
    return bytes;
  }

  override allocate(bytes: number): Pointer {
    const pointer = super.allocate(bytes);
    const words = this.wordsOf(pointer);
    const at = this.wordOffset(pointer);
    words.fill(POISON, at + 2, at + (this.capacity(pointer) >>> 2));
    return pointer;
  }

  override freeze(): Snapshot {
    const sums = new Map<Pointer, number>();
    this.forEachBlock((pointer) => {
      if (!this.aside.has(pointer)) sums.set(pointer, this.checksum(pointer));
    });
    const snapshot = super.freeze();
    this.checksums.set(snapshot, sums);
    return snapshot;
  }

  override release(snapshot: Snapshot): void {
    for (const [pointer, sum] of this.checksums.get(snapshot) ?? []) {
      invariant(this.checksum(pointer) === sum, `frozen block ${pointer} was changed`);
    }
    this.checksums.delete(snapshot);
    super.release(snapshot);
  }

  protected override planOf(segments: readonly number[], slabClass: Uint8Array): EvacuationPlan {
    return { marked: slabClass.map((sizeClass) => (sizeClass === 0 ? 0 : 1)), segments: segments.slice(0, 0) };
  }

  /** Slabs out of which blocks are still to be moved. */
  get markedSlabs(): number {
    return this.slabMarked.reduce((sum, marked) => sum + marked, 0);
  }

  private checksum(pointer: Pointer): number {
    const words = this.wordsOf(pointer);
    const at = this.wordOffset(pointer);
    const skip = this.mutableWord(pointer);
    let sum = 0;
    for (let i = 0; i < CLASS_SIZE[words[at] & 0xff] >>> 2; i++) {
      if (i !== skip) sum = (Math.imul(sum, 31) + words[at + i]) | 0;
    }
    return sum;
  }
}
