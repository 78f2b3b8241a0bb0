import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import type { Pointer } from '../../src/memory/layout.ts';
import { ByteStrings, LEAF_BYTES } from '../../src/structures/byte-string.ts';
import {
  Entries,
  hasLongKey,
  INLINE_KEY_BYTES,
  inlineKeyBytes,
  OWNER_BITS,
  prefixWords,
  tailOffset,
} from '../../src/structures/entry.ts';
import { HEAPS, pattern, verifyEmpty } from '../memory/heap-fixtures.ts';

const anyLength = fc.oneof(
  fc.nat({ max: 40 }),
  fc.integer({ min: INLINE_KEY_BYTES - 2, max: INLINE_KEY_BYTES + 2 }),
  fc.integer({ min: LEAF_BYTES - 2, max: 2 * LEAF_BYTES + 2 }),
);
const anyShape = fc.record({
  prefix: fc.nat({ max: 7 }),
  tail: fc.nat({ max: 600 }),
  owner: fc.nat({ max: 7 }).map((bits) => bits << 13),
});

describe.each(HEAPS)('entries on a $name', ({ make }) => {
  it('keep their keys, also when they are made anew in another shape', () => {
    fc.assert(
      fc.property(anyLength, anyShape, anyShape, (length, first, second) => {
        const heap = make();
        const entries = new Entries(heap, new ByteStrings(heap));
        const key = pattern(length + 1, length);
        const other = Uint8Array.from(key);
        if (length > 0) other[length - 1] ^= 1;
        const slice = new Slice(new Uint8Array(0), 0, 0);
        const check = (entry: Pointer, shape: typeof first) => {
          const word0 = heap.word(entry, 0);
          expect(prefixWords(word0)).toBe(shape.prefix);
          expect(word0 & OWNER_BITS).toBe(shape.owner);
          expect(hasLongKey(word0)).toBe(length > INLINE_KEY_BYTES);
          expect(inlineKeyBytes(word0)).toBe(length > INLINE_KEY_BYTES ? 8 : length);
          expect(heap.capacity(entry)).toBeGreaterThanOrEqual(tailOffset(word0) + shape.tail);
          // What the owner writes before and behind the key leaves the key alone.
          const words = heap.wordsOf(entry);
          words.fill(0xffffffff, heap.wordOffset(entry) + 2, heap.wordOffset(entry) + 2 + shape.prefix);
          const tail = heap.byteOffset(entry) + tailOffset(word0);
          heap.bytesOf(entry).fill(0xff, tail, tail + shape.tail);
          expect(entries.keyLength(entry)).toBe(length);
          expect(Buffer.from(entries.key(entry, slice).copy()).equals(key)).toBe(true);
          expect(entries.keyEquals(entry, Slice.from(key))).toBe(true);
          expect(entries.keyEquals(entry, Slice.from(other))).toBe(length === 0);
          expect(entries.keyEquals(entry, Slice.from(Buffer.concat([key, key.subarray(0, 1)])))).toBe(length === 0);
          heap.verify((visit) => entries.walk(entry, visit));
        };
        const entry = entries.create(Slice.from(key), first.prefix, first.tail, first.owner);
        check(entry, first);
        const fresh = entries.recreate(entry, second.prefix, second.tail, second.owner);
        heap.free(entry);
        check(fresh, second);
        entries.free(fresh);
        verifyEmpty(heap);
      }),
      { numRuns: 100 },
    );
  });
});
