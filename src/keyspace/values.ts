/**
 * What the keyspace must know of a value's inside: how to free and copy it, how to walk over its blocks, and how its
 * encoding is called. Each type adds its kind; strings are here, since they belong to the entry itself.
 */
import { parseInt64 } from '../lib/integer.ts';
import { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import { type ByteStrings, LEAF_BYTES } from '../structures/byte-string.ts';
import { BlocksReclaim } from './blocks-reclaim.ts';
import {
  encodingOf,
  isInline,
  STRING_AUTO,
  STRING_RAW,
  TYPE_STRING,
  typeOf,
  VALUE_WORD,
  type ValueType,
  valuePointer,
} from './key-entry.ts';
import type { Reclaimer } from './reclaimer.ts';
import type { Relocation } from './relocation.ts';
import { StringValues } from './string-value.ts';

/** The longest string that Redis allocates together with its object, and calls `embstr`. */
const MAX_EMBEDDED_BYTES = 44;

/** A longer string is freed in slices. */
const FREED_AT_ONCE_BYTES = 4 * 1024 * 1024;

/**
 * How the values of one type are freed, copied, walked and named; `entry` is their key entry. Inline values, on which
 * no blocks hang, are asked only for their size and name.
 */
export interface ValueKind {
  /** Frees the value; what is large goes to the reclaimer. */
  free(entry: Pointer, reclaimer: Reclaimer): void;
  /** Calls `visit` with each block of the value as often as it is reached. */
  walk(entry: Pointer, visit: (block: Pointer) => void): void;
  /** Copies the value into blocks of its own, and answers the pointer for the copy's entry. */
  copy(entry: Pointer): Pointer;
  /**
   * Moves the blocks of the value that lie in slabs being evacuated: one step, of some hundred blocks at the most.
   * Answers the pointer to store in the entry.
   */
  relocate(entry: Pointer, relocation: Relocation): Pointer;
  /** Bytes of the packed value in the tail of `block`; 0 where it is no packed value with this encoding. */
  packedBytes(encoding: number, block: Pointer): number;
  /** Elements, by which it is told whether to move the value in one go. */
  size(entry: Pointer): number;
  /** About how many bytes a value of many elements takes, judged by so many samples of it. */
  estimateBytes(entry: Pointer, samples: number): number;
  /** What OBJECT ENCODING answers. */
  encodingName(entry: Pointer): string;
}

/** The kinds of value by type number. */
export class ValueKinds {
  private readonly kinds: ValueKind[] = [];
  private readonly heap: Heap;
  private readonly reclaimer: Reclaimer;

  constructor(heap: Heap, strings: ByteStrings, reclaimer: Reclaimer) {
    this.heap = heap;
    this.reclaimer = reclaimer;
    this.kinds[TYPE_STRING] = new Strings(heap, strings);
  }

  add(type: number, kind: ValueKind): void {
    this.kinds[type] = kind;
  }

  /** Frees what hangs on an entry; the entry's own block stays. */
  free(entry: Pointer): void {
    if (!isInline(this.heap, entry)) this.kinds[typeOf(this.heap, entry)].free(entry, this.reclaimer);
  }

  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    if (!isInline(this.heap, entry)) this.kinds[typeOf(this.heap, entry)].walk(entry, visit);
  }

  copy(entry: Pointer): Pointer {
    return this.kinds[typeOf(this.heap, entry)].copy(entry);
  }

  relocate(entry: Pointer, relocation: Relocation): Pointer {
    return this.kinds[typeOf(this.heap, entry)].relocate(entry, relocation);
  }

  /** See {@link ValueKind.packedBytes}. */
  packedBytes(type: ValueType, encoding: number, block: Pointer): number {
    return this.kinds[type].packedBytes(encoding, block);
  }

  /** Bytes of the value that lie in the entry itself, behind the key. */
  inlineBytes(entry: Pointer): number {
    if (!isInline(this.heap, entry)) return 0;
    const type = typeOf(this.heap, entry);
    if (type === TYPE_STRING) return this.heap.word(entry, VALUE_WORD);
    return this.packedBytes(type, encodingOf(this.heap, entry), entry);
  }

  size(entry: Pointer): number {
    return this.kinds[typeOf(this.heap, entry)].size(entry);
  }

  estimateBytes(entry: Pointer, samples: number): number {
    return this.kinds[typeOf(this.heap, entry)].estimateBytes(entry, samples);
  }

  encodingName(entry: Pointer): string {
    return this.kinds[typeOf(this.heap, entry)].encodingName(entry);
  }
}

class Strings implements ValueKind {
  private readonly heap: Heap;
  private readonly strings: ByteStrings;
  private readonly values: StringValues;
  private readonly slice = new Slice(new Uint8Array(0), 0, 0);

  constructor(heap: Heap, strings: ByteStrings) {
    this.heap = heap;
    this.strings = strings;
    this.values = new StringValues(heap, strings);
  }

  free(entry: Pointer, reclaimer: Reclaimer): void {
    const length = this.values.length(entry);
    const pointer = valuePointer(this.heap, entry);
    if (length <= FREED_AT_ONCE_BYTES) {
      this.strings.free(pointer, length);
      return;
    }
    const blocks: Pointer[] = [];
    this.strings.walk(pointer, length, (block) => blocks.push(block));
    reclaimer.add(new BlocksReclaim(this.heap, blocks));
  }

  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    this.strings.walk(valuePointer(this.heap, entry), this.values.length(entry), visit);
  }

  copy(entry: Pointer): Pointer {
    return this.strings.copy(valuePointer(this.heap, entry), this.values.length(entry));
  }

  relocate(entry: Pointer, relocation: Relocation): Pointer {
    const pointer = valuePointer(this.heap, entry);
    const moved = relocation.strings.relocate(this.strings, pointer, this.values.length(entry));
    relocation.advance(0, true);
    return moved;
  }

  packedBytes(): number {
    return 0;
  }

  /** Strings are counted by their leaves. */
  size(entry: Pointer): number {
    return Math.ceil(this.values.length(entry) / LEAF_BYTES);
  }

  /** Nothing needs to be guessed. */
  estimateBytes(entry: Pointer): number {
    return this.values.isInline(entry)
      ? 0
      : this.strings.blockBytes(valuePointer(this.heap, entry), this.values.length(entry));
  }

  encodingName(entry: Pointer): string {
    const encoding = encodingOf(this.heap, entry);
    if (encoding === STRING_RAW || this.values.length(entry) > MAX_EMBEDDED_BYTES) return 'raw';
    const isInteger = encoding === STRING_AUTO && parseInt64(this.values.inline(entry, this.slice)) !== null;
    return isInteger ? 'int' : 'embstr';
  }
}
