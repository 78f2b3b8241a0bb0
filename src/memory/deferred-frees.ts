/**
 * Blocks that were freed while a snapshot could see them: pointer, birth and death, in chunks of typed arrays.
 *
 * A block is visible to a snapshot whose epoch lies in [birth, death). A sweep reads the list once from its
 * beginning and moves what is still visible together, so that a long-lived snapshot keeps only what it sees itself.
 */
import { NULL, type Pointer } from './layout.ts';

const CHUNK_ENTRIES = 16 * 1024;
const ENTRY_WORDS = 3;

export class DeferredFrees {
  private readonly chunks: Uint32Array[] = [];
  private length = 0;
  /** The next entry to look at, and where the next one kept goes; at rest both are `length`. */
  private reading = 0;
  private keeping = 0;
  private again = false;

  get needsSweep(): boolean {
    return this.again || this.keeping !== this.length;
  }

  push(pointer: Pointer, birth: number, death: number): void {
    const atRest = this.keeping === this.length && !this.again;
    this.put(this.length++, pointer, birth, death);
    // At rest all entries are known to be visible, and so is this one.
    if (atRest) this.reading = this.keeping = this.length;
  }

  /** A snapshot went away: everything is to be looked at again. */
  restart(): void {
    this.again = this.length !== 0;
  }

  /**
   * Looks at one entry: answers its pointer, removed, if no live snapshot sees it, else null.
   */
  sweepOne(live: readonly { readonly epoch: number }[]): Pointer {
    if (this.reading === this.length) this.finishPass();
    if (this.reading === this.length) return NULL;
    const chunk = this.chunks[Math.floor(this.reading / CHUNK_ENTRIES)];
    const at = (this.reading % CHUNK_ENTRIES) * ENTRY_WORDS;
    const pointer = chunk[at] as Pointer;
    const birth = chunk[at + 1];
    const death = chunk[at + 2];
    this.reading++;
    let visible = false;
    for (let i = 0; i < live.length; i++) {
      const epoch = live[i].epoch;
      if (birth <= epoch && epoch < death) visible = true;
    }
    if (visible) this.put(this.keeping++, pointer, birth, death);
    if (this.reading === this.length) this.finishPass();
    return visible ? NULL : pointer;
  }

  forEach(visit: (pointer: Pointer) => void): void {
    for (let i = 0; i < this.length; i++) {
      if (i >= this.keeping && i < this.reading) continue;
      visit(this.chunks[Math.floor(i / CHUNK_ENTRIES)][(i % CHUNK_ENTRIES) * ENTRY_WORDS] as Pointer);
    }
  }

  private finishPass(): void {
    this.length = this.keeping;
    this.chunks.length = Math.ceil(this.length / CHUNK_ENTRIES);
    if (this.again) {
      this.again = false;
      this.reading = this.keeping = 0;
    } else {
      this.reading = this.length;
    }
  }

  private put(index: number, pointer: Pointer, birth: number, death: number): void {
    const chunkIndex = Math.floor(index / CHUNK_ENTRIES);
    if (chunkIndex === this.chunks.length) this.chunks.push(new Uint32Array(CHUNK_ENTRIES * ENTRY_WORDS));
    const chunk = this.chunks[chunkIndex];
    const at = (index % CHUNK_ENTRIES) * ENTRY_WORDS;
    chunk[at] = pointer;
    chunk[at + 1] = birth;
    chunk[at + 2] = death;
  }
}
