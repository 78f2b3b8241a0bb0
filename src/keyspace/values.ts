/**
 * What the keyspace must know of a value's inside: how to free it and how to walk over its blocks. Each type adds its
 * kind; strings are here, since they belong to the entry itself.
 */
import type { Heap } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import type { ByteStrings } from '../structures/byte-string.ts';
import { LONG_STRING_BIT, longLengthWord, TYPE_STRING, typeOf, valuePointer } from './key-entry.ts';
import type { Reclaimer } from './reclaimer.ts';

/** How the values of one type are freed and walked; `entry` is their key entry. */
export interface ValueKind {
  /** Frees the value; what is large goes to the reclaimer. */
  free(entry: Pointer, reclaimer: Reclaimer): void;
  /** Calls `visit` with each block of the value as often as it is reached. */
  walk(entry: Pointer, visit: (block: Pointer) => void): void;
}

/** The kinds of value by type number. */
export class ValueKinds {
  private readonly kinds: ValueKind[] = [];
  private readonly heap: Heap;
  private readonly reclaimer: Reclaimer;

  constructor(heap: Heap, strings: ByteStrings, reclaimer: Reclaimer) {
    this.heap = heap;
    this.reclaimer = reclaimer;
    this.kinds[TYPE_STRING] = new LongStrings(heap, strings);
  }

  add(type: number, kind: ValueKind): void {
    this.kinds[type] = kind;
  }

  /** Frees what hangs on an entry; the entry's own block stays. */
  free(entry: Pointer): void {
    this.kinds[typeOf(this.heap, entry)].free(entry, this.reclaimer);
  }

  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    this.kinds[typeOf(this.heap, entry)].walk(entry, visit);
  }
}

class LongStrings implements ValueKind {
  private readonly heap: Heap;
  private readonly strings: ByteStrings;

  constructor(heap: Heap, strings: ByteStrings) {
    this.heap = heap;
    this.strings = strings;
  }

  free(entry: Pointer): void {
    const word0 = this.heap.word(entry, 0);
    if ((word0 & LONG_STRING_BIT) === 0) return;
    this.strings.free(valuePointer(this.heap, entry), this.heap.word(entry, longLengthWord(word0)));
  }

  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    const word0 = this.heap.word(entry, 0);
    if ((word0 & LONG_STRING_BIT) === 0) return;
    this.strings.walk(valuePointer(this.heap, entry), this.heap.word(entry, longLengthWord(word0)), visit);
  }
}
