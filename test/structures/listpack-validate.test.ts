import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as listpack from '../../src/structures/listpack.ts';
import { ListpackElement } from '../../src/structures/listpack-element.ts';
import { validateListpack } from '../../src/structures/listpack-validate.ts';
import { anyElement, encodeListpack } from './listpack-fixtures.ts';

/** The array, with every read of a byte outside of `[start, end)` an error. */
function fenced(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Proxy(bytes, {
    get(target, property) {
      const index = Number(property);
      if (!Number.isInteger(index)) throw new Error(`read of ${String(property)}`);
      if (index < start || index >= end) throw new Error(`read of byte ${index} outside of [${start}, ${end})`);
      return target[index];
    },
  });
}

function validate(content: readonly number[] | Uint8Array, deep = true): string | null {
  const bytes = Uint8Array.from([9, 9, 9, ...content, 9, 9, 9]);
  const end = 3 + content.length;
  return validateListpack(fenced(bytes, 3, end), 3, end, deep);
}

/** Reads everything a listpack's reader would and answers how many elements there were in each direction. */
function walk(bytes: Uint8Array, base: number): [forwards: number, backwards: number] {
  const element = new ListpackElement();
  const target = new Uint8Array(1 << 17);
  let forwards = 0;
  for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; at = listpack.next(bytes, base, at)) {
    element.read(bytes, base, at);
    if (element.isInteger) element.writeTo(target, 0);
    else for (let i = element.start; i < element.end; i++) target[0] = bytes[i];
    forwards++;
  }
  let backwards = 0;
  for (let at = listpack.last(bytes, base); at !== listpack.NO_ELEMENT; at = listpack.previous(bytes, base, at)) {
    element.read(bytes, base, at);
    backwards++;
  }
  return [forwards, backwards];
}

describe('validateListpack', () => {
  it('accepts what is built here', () => {
    fc.assert(
      fc.property(fc.array(anyElement, { maxLength: 20 }), (elements) => {
        const content = encodeListpack(elements);
        expect(validate(content)).toBeNull();
        expect(validate(content, false)).toBeNull();
        content.fill(0xff, 4, 6);
        expect(validate(content)).toBeNull();
      }),
    );
  });

  it('accepts encodings longer than they need be', () => {
    // 5 in 16 bits, "a" with a 12-bit length, "12" as a string
    const entries = [0xf1, 5, 0, 3, 0xe0, 1, 0x61, 3, 0x82, 0x31, 0x32, 3];
    expect(validate([7 + entries.length, 0, 0, 0, 3, 0, ...entries, 0xff])).toBeNull();
  });

  const damaged: [reason: string, content: number[]][] = [
    ['listpack shorter than its header and end', []],
    ['listpack shorter than its header and end', [6, 0, 0, 0, 0, 0]],
    ['listpack header does not have the actual size', [8, 0, 0, 0, 0, 0, 0xff]],
    ['listpack header does not have the actual size', [7, 0, 0, 0x80, 0, 0, 0xff]],
    ['listpack does not end with its end byte', [9, 0, 0, 0, 1, 0, 5, 1, 0]],
    ['listpack entry has an unknown encoding', [9, 0, 0, 0, 1, 0, 0xf5, 1, 0xff]],
    ['listpack entry has an unknown encoding', [9, 0, 0, 0, 1, 0, 0xfe, 1, 0xff]],
    ['listpack entry reaches beyond the end', [8, 0, 0, 0, 1, 0, 0xe0, 0xff]],
    ['listpack entry reaches beyond the end', [11, 0, 0, 0, 1, 0, 0xf0, 0, 0, 0, 0xff]],
    ['listpack entry reaches beyond the end', [13, 0, 0, 0, 1, 0, 0xf0, 0xff, 0xff, 0xff, 0xff, 1, 0xff]],
    ['listpack entry reaches beyond the end', [9, 0, 0, 0, 1, 0, 0x82, 0x61, 0xff]],
    ['listpack entry reaches beyond the end', [8, 0, 0, 0, 1, 0, 5, 0xff]],
    ['listpack entry has a wrong back length', [9, 0, 0, 0, 1, 0, 5, 2, 0xff]],
    ['listpack entry has a wrong back length', [9, 0, 0, 0, 1, 0, 5, 0x81, 0xff]],
    ['listpack has an end byte before its end', [10, 0, 0, 0, 1, 0, 5, 1, 0xff, 0xff]],
    ['listpack header does not have the actual element count', [9, 0, 0, 0, 2, 0, 5, 1, 0xff]],
    ['listpack header does not have the actual element count', [9, 0, 0, 0, 0, 0, 5, 1, 0xff]],
  ];
  it.each(damaged)('%s: %j', (reason, content) => {
    expect(validate(content)).toBe(reason);
  });

  it('checks only header and end when it is not to look deeply', () => {
    expect(validate([9, 0, 0, 0, 2, 0, 0xf5, 1, 0xff], false)).toBeNull();
    expect(validate([9, 0, 0, 0, 1, 0, 5, 1, 0], false)).toBe('listpack does not end with its end byte');
  });

  it('reads nothing outside of damaged listpacks, nor do readers of those it accepts', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 0x80, 0xf0, 0xff))), {
      minLength: 1,
      maxLength: 3,
    });
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.array(anyElement, { minLength: 1, maxLength: 8 }),
        damage,
        fc.boolean(),
        (elements, changes, bodyOnly) => {
          const content = encodeListpack(elements);
          const from = bodyOnly ? 6 : 0;
          for (const [where, byte] of changes) content[from + (where % (content.length - from))] = byte;
          const bytes = Uint8Array.from([0xff, 0x7f, 0xff, ...content, 0x80, 0xff, 0x7f]);
          const end = 3 + content.length;
          const guarded = fenced(bytes, 3, end);
          if (validateListpack(guarded, 3, end, true) !== null) return;
          accepted++;
          const [forwards, backwards] = walk(guarded, 3);
          expect(backwards).toBe(forwards);
          expect(listpack.count(guarded, 3)).toBe(forwards);
        },
      ),
      { numRuns: 2000 },
    );
    // Without these the second half of the property would never have been tried.
    expect(accepted).toBeGreaterThan(20);
  });

  it('reads nothing outside of arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (body) => {
        const total = 7 + body.length;
        expect(() => validate([total, 0, 0, 0, 0xff, 0xff, ...body, 0xff])).not.toThrow();
        expect(() => validate(body)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});
