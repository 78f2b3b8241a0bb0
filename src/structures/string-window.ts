/**
 * Moves long strings out of slabs being evacuated, a few leaves in a step.
 *
 * The strings of one place (those of a bucket's entries, a list's element) count as one text, in the order in which
 * they are met, and each step moves the blocks of a stretch of it. Between steps anything may happen to them; what then
 * shifts past the stretch is missed, and is for the next pass.
 */
import type { Pointer } from '../memory/layout.ts';
import { type ByteStrings, LEAF_BYTES } from './byte-string.ts';

/** Bytes of the stretch of one step. */
const WINDOW_BYTES = 8 * LEAF_BYTES;

export class StringWindow {
  /** Where the stretch begins, and how many bytes of the place have been met in this step. */
  private from = 0;
  private met = 0;

  /** True when there is more to be moved in the same place than the last step has. */
  get isOpen(): boolean {
    return this.from > 0;
  }

  /** Begins with another place. */
  reset(): void {
    this.from = this.met = 0;
  }

  /** Moves the blocks of the place's next string as far as it lies in the stretch. Answers its pointer. */
  relocate(strings: ByteStrings, pointer: Pointer, length: number): Pointer {
    const from = Math.max(0, this.from - this.met);
    const to = Math.min(length, this.from + WINDOW_BYTES - this.met);
    this.met += length;
    return from < to ? strings.relocate(pointer, length, from, to) : pointer;
  }

  /** Ends a step. True when the next one is to go on in the same place. */
  advance(): boolean {
    this.from = this.met > this.from + WINDOW_BYTES ? this.from + WINDOW_BYTES : 0;
    this.met = 0;
    return this.isOpen;
  }
}
