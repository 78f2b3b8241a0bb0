import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../src/lib/invariant.ts';
import * as listpack from '../../src/structures/listpack.ts';
import * as edit from '../../src/structures/listpack-edit.ts';
import { ListpackValue } from '../../src/structures/listpack-encoding.ts';
import { validateListpack } from '../../src/structures/listpack-validate.ts';
import { anyElement, type Element, encodeListpack, listpackValue, Room } from './listpack-fixtures.ts';

type Step =
  | { kind: 'append'; element: Element }
  | { kind: 'before' | 'replace'; place: number; element: Element }
  | { kind: 'remove'; place: number; elements: number }
  | { kind: 'merge'; elements: Element[] };

const place = fc.nat({ max: 1000 });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), element: anyElement }),
  fc.record({
    kind: fc.constantFrom('before' as const, 'replace' as const),
    place,
    element: anyElement,
  }),
  fc.record({ kind: fc.constant('remove' as const), place, elements: fc.nat({ max: 4 }) }),
  fc.record({ kind: fc.constant('merge' as const), elements: fc.array(anyElement, { maxLength: 5 }) }),
);

/** Takes one step on the listpack and on the plain array, and answers the size that was announced for it. */
function take(step: Step, room: Room, model: Element[]): number {
  const { bytes, base } = room;
  switch (step.kind) {
    case 'append': {
      const value = listpackValue(step.element);
      const size = edit.sizeAfterInsert(bytes, base, value);
      expect(room.at(edit.append(bytes, base, value))).toBe(step.element);
      model.push(step.element);
      return size;
    }
    case 'merge': {
      const other = Room.of(step.elements, 5);
      const size = edit.sizeAfterMerge(bytes, base, other.bytes, other.base);
      edit.merge(bytes, base, other.bytes, other.base);
      expect(other.forwards()).toEqual(step.elements);
      model.push(...step.elements);
      return size;
    }
  }
  if (model.length === 0) return room.size;
  const index = step.place % model.length;
  const at = listpack.seek(bytes, base, index);
  if (step.kind === 'remove') {
    const following = edit.remove(bytes, base, at, step.elements);
    model.splice(index, step.elements);
    expect(following).toBe(index < model.length ? at : listpack.NO_ELEMENT);
    return encodeListpack(model).length;
  }
  const value = listpackValue(step.element);
  if (step.kind === 'replace') {
    const size = edit.sizeAfterReplace(bytes, base, at, value);
    edit.replace(bytes, base, at, value);
    model[index] = step.element;
    return size;
  }
  const size = edit.sizeAfterInsert(bytes, base, value);
  edit.insertBefore(bytes, base, at, value);
  model.splice(index, 0, step.element);
  expect(room.at(at)).toBe(step.element);
  return size;
}

describe('changing a listpack', () => {
  it('has the bytes of a listpack of the same elements after any sequence of changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat({ max: 20 }), (steps, base) => {
        const room = new Room(base, 1 << 19);
        const model: Element[] = [];
        let largest = room.size;
        for (const next of steps) {
          const announced = take(next, room, model);
          expect(room.size).toBe(announced);
          largest = Math.max(largest, announced);
          expect(Buffer.compare(room.content(), encodeListpack(model))).toBe(0);
        }
        expect(room.forwards()).toEqual(model);
        expect(room.backwards()).toEqual(model.toReversed());
        expect(validateListpack(room.bytes, base, base + room.size, true)).toBeNull();
        expect(room.surroundingsUntouched(largest)).toBe(true);
      }),
    );
  });

  it('removes what is equal to a value, from one place on and up to a limit', () => {
    const few = fc.constantFrom('a', '1', 'b'.repeat(70), '-5000');
    fc.assert(
      fc.property(
        fc.array(few, { minLength: 1, maxLength: 60 }),
        few,
        fc.nat(),
        fc.nat({ max: 20 }),
        (model, element, place, limit) => {
          const room = Room.of(model, 3);
          const { bytes, base, size } = room;
          const from = place % model.length;
          let left = limit;
          const kept = model.filter((each, i) => i < from || each !== element || left-- <= 0);
          const at = listpack.seek(bytes, base, from);
          expect(edit.removeEqual(bytes, base, at, listpackValue(element), limit)).toBe(model.length - kept.length);
          expect(Buffer.compare(room.content(), encodeListpack(kept))).toBe(0);
          expect(room.surroundingsUntouched(size)).toBe(true);
        },
      ),
    );
  });

  it('copies a range of entries into another place', () => {
    fc.assert(
      fc.property(fc.array(anyElement, { maxLength: 20 }), place, place, (elements, one, other) => {
        const room = Room.of(elements);
        const { bytes, base } = room;
        const [from, to] = [one, other].map((index) => index % (elements.length + 1)).toSorted((a, b) => a - b);
        const offsetOf = (index: number) =>
          index === elements.length ? listpack.endOffset(bytes, base) : listpack.seek(bytes, base, index);
        const size = edit.sizeOfRange(offsetOf(from), offsetOf(to));
        const target = new Room(3, size + 8);
        edit.copyRange(bytes, base, offsetOf(from), offsetOf(to), to - from, target.bytes, target.base);
        expect(target.size).toBe(size);
        expect(target.content()).toEqual(encodeListpack(elements.slice(from, to)));
        expect(target.surroundingsUntouched(Math.max(size, listpack.EMPTY_LISTPACK_BYTES))).toBe(true);
      }),
    );
  });

  it('refuses a value that lies in the listpack it is to be stored in', () => {
    const room = Room.of(['alpha', 'beta']);
    const value = new ListpackValue().setBytes(room.bytes, room.base + 7, room.base + 12);
    expect(() => edit.append(room.bytes, room.base, value)).toThrow(InvariantError);
    expect(() => edit.replace(room.bytes, room.base, listpack.first(room.bytes, room.base), value)).toThrow(
      InvariantError,
    );
    expect(room.forwards()).toEqual(['alpha', 'beta']);
  });
});

describe('the count in the header', () => {
  const many = 65_534;

  function full(): Room {
    const room = new Room(0, 7 + 2 * (many + 10));
    const value = listpackValue('5');
    for (let i = 0; i < many; i++) edit.append(room.bytes, room.base, value);
    return room;
  }

  it('is unknown from 65,535 elements on, and stays so until it is recorded', () => {
    const { bytes, base } = full();
    expect(listpack.headerCount(bytes, base)).toBe(many);
    edit.append(bytes, base, listpackValue('6'));
    expect(listpack.headerCount(bytes, base)).toBe(listpack.COUNT_UNKNOWN);
    edit.append(bytes, base, listpackValue('7'));
    expect(listpack.count(bytes, base)).toBe(many + 2);
    edit.recordCount(bytes, base);
    expect(listpack.headerCount(bytes, base)).toBe(listpack.COUNT_UNKNOWN);
    edit.remove(bytes, base, listpack.seek(bytes, base, -3), 3);
    expect(listpack.headerCount(bytes, base)).toBe(listpack.COUNT_UNKNOWN);
    edit.recordCount(bytes, base);
    expect(listpack.headerCount(bytes, base)).toBe(many - 1);
  });

  it('is unknown after a merge that reaches 65,535 elements', () => {
    const { bytes, base } = full();
    const other = Room.of(['1', '2', '3']);
    edit.merge(bytes, base, other.bytes, other.base);
    expect(listpack.headerCount(bytes, base)).toBe(listpack.COUNT_UNKNOWN);
    expect(listpack.count(bytes, base)).toBe(many + 3);
    expect(validateListpack(bytes, base, base + listpack.totalBytes(bytes, base), true)).toBeNull();
  });
});
