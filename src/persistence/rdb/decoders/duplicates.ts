/**
 * Finds out whether an element is in a listpack twice: a field of a hash, a member of a set.
 */
import { Slice } from '../../../lib/slice.ts';
import type { KeyHasher } from '../../../structures/hash.ts';
import * as listpack from '../../../structures/listpack.ts';
import { ListpackElement } from '../../../structures/listpack-element.ts';
import { ListpackValue } from '../../../structures/listpack-encoding.ts';

/** Up to so many are compared each with each. */
const FEW = 12;

export class Duplicates {
  private readonly hasher: KeyHasher;
  /** Offsets of elements by hash, 0 for none. */
  private slots = new Int32Array(64);
  private readonly value = new ListpackValue();
  private readonly element = new ListpackElement();
  private readonly other = new ListpackElement();
  private readonly text = new Slice(new Uint8Array(0), 0, 0);

  /** `hasher` is one whose hashes nobody can foresee. */
  constructor(hasher: KeyHasher) {
    this.hasher = hasher;
  }

  /**
   * True when one of `count` elements of a valid listpack is there twice: every element, or, where `skip` is 1, every
   * other one from the first on.
   */
  exist(bytes: Uint8Array, base: number, count: number, skip: 0 | 1): boolean {
    return count <= FEW ? this.existAmongFew(bytes, base, skip) : this.existAmongMany(bytes, base, count, skip);
  }

  private existAmongFew(bytes: Uint8Array, base: number, skip: 0 | 1): boolean {
    let at = listpack.first(bytes, base);
    while (at !== listpack.NO_ELEMENT) {
      const following = this.following(bytes, base, at, skip);
      const value = this.element.read(bytes, base, at).toValue(this.value);
      if (listpack.find(bytes, base, following, value, skip) !== listpack.NO_ELEMENT) return true;
      at = following;
    }
    return false;
  }

  private existAmongMany(bytes: Uint8Array, base: number, count: number, skip: 0 | 1): boolean {
    let slots = this.slots.length;
    while (slots < count * 2) slots *= 2;
    if (slots > this.slots.length) this.slots = new Int32Array(slots);
    this.slots.fill(0);
    const mask = this.slots.length - 1;
    for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; at = this.following(bytes, base, at, skip)) {
      const text = this.element.read(bytes, base, at).toSlice(this.text);
      let slot = this.hasher.hash(text.bytes, text.start, text.end) & mask;
      for (; this.slots[slot] !== 0; slot = (slot + 1) & mask) {
        if (this.other.read(bytes, base, this.slots[slot]).compare(text) === 0) return true;
      }
      this.slots[slot] = at;
    }
    return false;
  }

  private following(bytes: Uint8Array, base: number, at: number, skip: 0 | 1): number {
    const next = listpack.next(bytes, base, at);
    return skip === 0 || next === listpack.NO_ELEMENT ? next : listpack.next(bytes, base, next);
  }
}
