import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as listpack from '../../src/structures/listpack.ts';
import { writeEmpty } from '../../src/structures/listpack-edit.ts';
import { anyElement, encodeListpack, listpackValue, Room } from './listpack-fixtures.ts';

const elementLists = fc.array(anyElement, { maxLength: 40 });

/** The listpack with 65,535 for "unknown" in its header. */
function withoutCount(room: Room): Room {
  room.bytes.fill(0xff, room.base + 4, room.base + 6);
  return room;
}

describe('reading a listpack', () => {
  it('walks forwards and backwards', () => {
    fc.assert(
      fc.property(elementLists, fc.nat({ max: 40 }), (elements, base) => {
        const room = Room.of(elements, base);
        expect(room.content()).toEqual(encodeListpack(elements));
        expect(room.forwards()).toEqual(elements);
        expect(room.backwards()).toEqual(elements.toReversed());
        expect(listpack.count(room.bytes, room.base)).toBe(elements.length);
        expect(listpack.count(withoutCount(room).bytes, room.base)).toBe(elements.length);
      }),
    );
  });

  it('seeks by positive and negative index, with and without a count in the header', () => {
    fc.assert(
      fc.property(elementLists, fc.boolean(), (elements, known) => {
        const room = known ? Room.of(elements) : withoutCount(Room.of(elements));
        for (let index = -elements.length - 2; index < elements.length + 2; index++) {
          const at = listpack.seek(room.bytes, room.base, index);
          const expected = elements.at(index) !== undefined && index < elements.length ? elements.at(index) : null;
          expect(at === listpack.NO_ELEMENT ? null : room.at(at), `index ${index}`).toBe(expected);
        }
      }),
    );
  });

  it('finds elements, comparing every (skip + 1)-th from a place on', () => {
    const few = fc.array(fc.oneof(fc.constantFrom('1', '01', 'a', '-70000', 'ab', ''), anyElement), { maxLength: 30 });
    fc.assert(
      fc.property(few, fc.nat({ max: 3 }), fc.nat(), fc.nat(), anyElement, (elements, skip, from, pick, other) => {
        const room = Room.of(elements);
        const start = elements.length === 0 ? 0 : from % elements.length;
        for (const needle of [elements[pick % (elements.length || 1)] ?? '', other, '1']) {
          let expected = -1;
          for (let i = start; i < elements.length && expected < 0; i += skip + 1) {
            if (elements[i] === needle) expected = i;
          }
          const startAt = listpack.seek(room.bytes, room.base, start);
          const at = listpack.find(room.bytes, room.base, startAt, listpackValue(needle), skip);
          const wanted = expected < 0 ? listpack.NO_ELEMENT : listpack.seek(room.bytes, room.base, expected);
          expect(at).toBe(wanted);
        }
      }),
    );
  });

  it('finds digits that are stored as a string, as Redis does', () => {
    const bytes = Uint8Array.from([12, 0, 0, 0, 1, 0, 0x83, 0x31, 0x32, 0x33, 4, 0xff]);
    expect(listpack.find(bytes, 0, listpack.first(bytes, 0), listpackValue('123'), 0)).toBe(6);
    expect(listpack.find(bytes, 0, listpack.first(bytes, 0), listpackValue('124'), 0)).toBe(listpack.NO_ELEMENT);
  });

  it('has neither first nor last element when empty', () => {
    const bytes = new Uint8Array(listpack.EMPTY_LISTPACK_BYTES);
    writeEmpty(bytes, 0);
    expect([...bytes]).toEqual([7, 0, 0, 0, 0, 0, 0xff]);
    expect(listpack.first(bytes, 0)).toBe(listpack.NO_ELEMENT);
    expect(listpack.last(bytes, 0)).toBe(listpack.NO_ELEMENT);
    expect(listpack.seek(bytes, 0, 0)).toBe(listpack.NO_ELEMENT);
    expect(listpack.seek(bytes, 0, -1)).toBe(listpack.NO_ELEMENT);
  });
});
