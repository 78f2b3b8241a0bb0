import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommonSubsequence } from '../../../src/commands/string/common-subsequence.ts';

/** The textbook's table, and the way back through it that prefers shortening `b`. */
function reference(a: Uint8Array, b: Uint8Array): { length: number; matches: number[][] } {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      table[i][j] = same ? table[i - 1][j - 1] + 1 : Math.max(table[i - 1][j], table[i][j - 1]);
    }
  }
  const matches: number[][] = [];
  for (let i = a.length, j = b.length; i > 0 && j > 0; ) {
    if (a[i - 1] === b[j - 1]) {
      const last = matches.at(-1);
      i--;
      j--;
      if (last !== undefined && last[0] === i + 1 && last[1] === j + 1)
        matches[matches.length - 1] = [i, j, last[2] + 1];
      else matches.push([i, j, 1]);
    } else if (table[i - 1][j] > table[i][j - 1]) i--;
    else j--;
  }
  return { length: table[a.length][b.length], matches };
}

function letters(alphabet: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ max: alphabet - 1, maxLength: 150, size: 'max' });
}

describe('the longest common subsequence', () => {
  it.each([1, 2, 4, 256])('is the one that the table leads to, over %i bytes', (alphabet) => {
    fc.assert(
      fc.property(letters(alphabet), letters(alphabet), (a, b) => {
        const expected = reference(a, b);
        const common = new CommonSubsequence(a, b, true);
        const matches: number[][] = [];
        common.matches((...match) => matches.push(match));
        expect(matches).toEqual(expected.matches);
        expect(common.length).toBe(expected.length);
        expect(new CommonSubsequence(a, b, false).length).toBe(expected.length);
        const runs = expected.matches.toReversed().map(([start, , length]) => a.subarray(start, start + length));
        expect(Buffer.concat(runs).equals(common.bytes())).toBe(true);
      }),
    );
  });

  it('carries over all words of a row', () => {
    const b = new Uint8Array(1000).fill(1);
    b[999] = 2;
    expect(new CommonSubsequence(Uint8Array.of(2, 1), b, true).length).toBe(1);
    expect(new CommonSubsequence(new Uint8Array(999).fill(1), b, true).length).toBe(999);
  });
});
