import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyBytes, moveBytes } from '../../src/structures/byte-runs.ts';

function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}

it('moves short and long runs to overlapping places in both directions', () => {
  const place = fc.nat({ max: 100 });
  fc.assert(
    fc.property(place, fc.nat({ max: 150 }), place, (start, length, target) => {
      const expected = counting(256);
      expected.copyWithin(target, start, start + length);
      const bytes = counting(256);
      moveBytes(bytes, start, start + length, target);
      expect(bytes).toEqual(expected);
    }),
  );
});

it('copies short and long runs and nothing else', () => {
  for (const length of [0, 1, 63, 64, 65, 200]) {
    const source = counting(256);
    const target = new Uint8Array(256).fill(0xee);
    copyBytes(source, 7, 7 + length, target, 3);
    const expected = new Uint8Array(256).fill(0xee);
    for (let i = 0; i < length; i++) expected[3 + i] = 7 + i;
    expect(target).toEqual(expected);
  }
});
