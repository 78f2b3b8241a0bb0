import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import { Int64 } from '../../src/structures/int64.ts';
import {
  backLengthBytes,
  encodedBytesAt,
  LISTPACK_END,
  ListpackValue,
  lengthBytesOf,
  readBackLength,
} from '../../src/structures/listpack-encoding.ts';
import { anyElement, bytesOf, encodeListpack, listpackValue } from './listpack-fixtures.ts';

/** The entry of one element, as the plain encoder has it. */
function entryOf(text: string): Uint8Array {
  return encodeListpack([text]).slice(6, -1);
}

function written(value: ListpackValue): Uint8Array {
  const target = new Uint8Array(value.entryBytes + 2).fill(0xee);
  expect(value.writeEntry(target, 1)).toBe(value.entryBytes + 1);
  expect([target[0], target.at(-1)]).toEqual([0xee, 0xee]);
  return target.slice(1, -1);
}

describe('ListpackValue', () => {
  it('writes the entry the format asks for, of the size it announced', () => {
    const value = new ListpackValue();
    fc.assert(
      fc.property(anyElement, (text) => {
        const slice = Slice.from(bytesOf(text));
        const expected = entryOf(text);
        expect(value.setSlice(slice).entryBytes).toBe(expected.length);
        expect(written(value.setSlice(slice))).toEqual(expected);
        expect(encodedBytesAt(expected, 0)).toBe(value.encodedBytes);
        expect(readBackLength(expected, expected.length - 1)).toBe(value.encodedBytes);
        expect(value.entryBytes - value.encodedBytes).toBe(backLengthBytes(value.encodedBytes));
      }),
    );
  });

  it('writes integers given as numbers and as 64-bit integers', () => {
    const value = new ListpackValue();
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (small, large) => {
        expect(written(value.setNumber(small))).toEqual(entryOf(String(small)));
        expect(written(value.setInt64(Int64.of(large)))).toEqual(entryOf(String(large)));
      }),
    );
    expect(written(new ListpackValue())).toEqual(entryOf('0'));
  });

  it('writes back lengths up to three bytes', () => {
    for (const length of [4096, 16377, 16378, 16379, 16383, 16384, 65000]) {
      const text = 'z'.repeat(length);
      expect(written(listpackValue(text))).toEqual(entryOf(text));
    }
  });
});

it('sizes the back length of entries no test can afford to build', () => {
  expect([127, 128, 16_382, 16_383].map(backLengthBytes)).toEqual([1, 2, 2, 3]);
  expect([2_097_150, 2_097_151, 268_435_454, 268_435_455].map(backLengthBytes)).toEqual([3, 4, 4, 5]);
});

it('knows valid heads from others', () => {
  const valid = Array.from({ length: 256 }, (_, head) => head).filter((head) => lengthBytesOf(head) > 0);
  expect(valid).toEqual(Array.from({ length: 0xf5 }, (_, head) => head));
  expect(lengthBytesOf(LISTPACK_END)).toBe(0);
  expect(readBackLength(Uint8Array.from([1, 255, 255, 255, 255, 255]), 5)).toBe(-1);
});
