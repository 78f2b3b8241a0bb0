import { expect, test } from 'vitest';
import { copyShort } from '../../src/lib/copy-short.ts';

test('copies runs of any length, and nothing beside them', () => {
  const source = Uint8Array.from({ length: 40 }, (_, i) => i + 1);
  for (let start = 0; start < 9; start++) {
    for (let length = 0; length <= 24; length++) {
      const target = new Uint8Array(40);
      copyShort(source, start, start + length, target, 5);
      const expected = new Uint8Array(40);
      expected.set(source.subarray(start, start + length), 5);
      expect(target).toEqual(expected);
    }
  }
});
