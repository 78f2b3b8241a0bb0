import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import { LISTPACK_HEADER_BYTES } from '../../src/structures/listpack.ts';
import { ListpackElement } from '../../src/structures/listpack-element.ts';
import { ListpackValue } from '../../src/structures/listpack-encoding.ts';
import { anyElement, bytesOf, listpackValue, Room, textOf } from './listpack-fixtures.ts';

function read(text: string): ListpackElement {
  const room = Room.of([text]);
  return new ListpackElement().read(room.bytes, room.base, LISTPACK_HEADER_BYTES);
}

describe('ListpackElement', () => {
  it('answers the bytes that were stored', () => {
    fc.assert(
      fc.property(anyElement, (text) => {
        const element = read(text);
        const slice = element.toSlice(new Slice(new Uint8Array(0), 0, 0));
        expect(textOf(slice.bytes, slice.start, slice.end)).toBe(text);
        expect(element.byteLength()).toBe(text.length);
        if (element.isInteger) expect(element.integer.toBigInt().toString()).toBe(text);
        else expect(textOf(element.bytes, element.start, element.end)).toBe(text);
      }),
    );
  });

  it('compares with other elements as their bytes do', () => {
    const related = fc.oneof(
      fc.tuple(anyElement, anyElement),
      fc.tuple(anyElement, anyElement).map(([a, b]) => [a, a + b] as const),
      anyElement.map((a) => [a, a] as const),
    );
    fc.assert(
      fc.property(related, ([a, b]) => {
        const element = read(a);
        const slice = Slice.from(bytesOf(b));
        expect(element.equalsSlice(slice)).toBe(a === b);
        expect(element.equals(listpackValue(b))).toBe(a === b);
        expect(Math.sign(element.compare(slice))).toBe(Buffer.compare(bytesOf(a), bytesOf(b)));
      }),
    );
  });

  it('becomes a value that stores the same element', () => {
    const value = new ListpackValue();
    fc.assert(
      fc.property(anyElement, (text) => {
        const copied = read(text).toValue(value);
        const expected = listpackValue(text);
        const entry = new Uint8Array(copied.entryBytes);
        const expectedEntry = new Uint8Array(expected.entryBytes);
        expect(copied.writeEntry(entry, 0)).toBe(entry.length);
        expected.writeEntry(expectedEntry, 0);
        expect(entry).toEqual(expectedEntry);
        expect(textOf(copied.bytes, copied.start, copied.end)).toBe(text);
      }),
    );
  });

  it('can be pointed at strings and integers in turn', () => {
    const element = new ListpackElement();
    expect(element.byteLength()).toBe(1);
    for (const text of ['abc', '-5000000000', 'x', '12']) {
      const room = Room.of([text]);
      element.read(room.bytes, room.base, LISTPACK_HEADER_BYTES);
      expect(element.isInteger).toBe(/\d/.test(text));
      expect(element.equalsSlice(Slice.from(text))).toBe(true);
      expect(element.equalsSlice(Slice.from(`${text}0`))).toBe(false);
    }
  });
});
