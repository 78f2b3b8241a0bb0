/**
 * Key entries: a key, its value or the way to it, its deadline and its access stamp, in one block.
 *
 * ```text
 * words 0, 1  as of every entry; owner's bits: 13 expires, 14 long string
 * word 2      access stamp 24 | encoding 4 | type 4        may change in a frozen block (access bits only)
 * word 3      inline string: its length; inline packed value: 0; else the pointer to the value
 * words 4, 5  deadline in Unix milliseconds, a float, if it expires
 * last prefix word, if a long string: its length in bytes
 * key bytes
 * inline value's bytes
 * ```
 *
 * A string or a packed value (a small hash, set or sorted set) of up to {@link INLINE_VALUE_BYTES} lies in the entry:
 * reading it touches its bucket and this block only. A packed value that has shrunk may still lie outside.
 */
import type { HeapView } from '../memory/heap-view.ts';
import { HEADER_WORDS, NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import { prefixWords } from '../structures/entry.ts';

/** Null and the type of entries' pointers, for those who use the keyspace and not the memory under it. */
export { NULL, type Pointer } from '../memory/layout.ts';

export const INLINE_VALUE_BYTES = 512;

export const EXPIRES_BIT = 1 << 13;
export const LONG_STRING_BIT = 1 << 14;

export const ACCESS_WORD = 2;
export const VALUE_WORD = 3;
export const DEADLINE_WORD = 4;
export const DEADLINE_WORDS = 2;

/** The types of values, numbered as in RDB files and Redis's sources. */
export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
export const TYPE_ZSET = 3;
export const TYPE_HASH = 4;

/** A value type, one of the `TYPE_` constants. */
export type ValueType = 0 | 1 | 2 | 3 | 4 | 6;

/** As TYPE prints them, by number. */
export const TYPE_NAMES: readonly string[] = ['string', 'list', 'set', 'zset', 'hash', 'module', 'stream'];

/** How OBJECT ENCODING names a string: by its content (`int`, `embstr`, `raw`) … */
export const STRING_AUTO = 0;
/** … as text even where it looks like an integer, … */
export const STRING_TEXT = 1;
/** … or `raw`, because it was changed in place. */
export const STRING_RAW = 2;

/** Prefix words of a key entry with these bits. */
export function prefixFor(bits: number): number {
  return 2 + ((bits & EXPIRES_BIT) !== 0 ? DEADLINE_WORDS : 0) + ((bits & LONG_STRING_BIT) !== 0 ? 1 : 0);
}

export function typeOf(view: HeapView, entry: Pointer): ValueType {
  return (view.u32[entry >>> SEGMENT_SHIFT][((entry & UNIT_MASK) << 2) + ACCESS_WORD] & 15) as ValueType;
}

/** The encoding nibble: of a string one of the `STRING_` constants, of other types as their families define. */
export function encodingOf(view: HeapView, entry: Pointer): number {
  return (view.word(entry, ACCESS_WORD) >>> 4) & 15;
}

/** The 24 access bits: see {@link AccessClock}. */
export function accessStampOf(view: HeapView, entry: Pointer): number {
  return view.word(entry, ACCESS_WORD) >>> 8;
}

/** The pointer to a value that is not inline. */
export function valuePointer(view: HeapView, entry: Pointer): Pointer {
  return view.pointer(entry, VALUE_WORD);
}

/** True when the value lies in the entry itself. */
export function isInline(view: HeapView, entry: Pointer): boolean {
  if (typeOf(view, entry) === TYPE_STRING) return (view.word(entry, 0) & LONG_STRING_BIT) === 0;
  return view.word(entry, VALUE_WORD) === NULL;
}

/** Where a value of another type than string begins: its structure, or the block whose tail it is, maybe the entry. */
export function structureOf(view: HeapView, entry: Pointer): Pointer {
  const pointer = view.pointer(entry, VALUE_WORD);
  return pointer === NULL ? entry : pointer;
}

export function expires(view: HeapView, entry: Pointer): boolean {
  return (view.word(entry, 0) & EXPIRES_BIT) !== 0;
}

/** Unix milliseconds; infinity for a key that does not expire. */
export function deadlineOf(view: HeapView, entry: Pointer): number {
  return expires(view, entry) ? view.float(entry, DEADLINE_WORD) : Number.POSITIVE_INFINITY;
}

/** The word that holds a long string's length. */
export function longLengthWord(word0: number): number {
  return HEADER_WORDS + prefixWords(word0) - 1;
}
