import { describe, expect, it } from 'vitest';
import { parseOctal, parseSaturating } from '../../src/config/numbers.ts';

describe('parseSaturating and parseOctal', () => {
  it.each([
    ['', 0n, 0n],
    [' \t+12', 12n, 10n],
    ['-07', -7n, -7n],
    ['8', 8n, null],
    ['1 ', null, null],
    ['x', null, null],
    ['-', null, null],
    [' ', null, null],
    ['7777777777777777777777777', 2n ** 63n - 1n, null],
    ['-7777777777777777777777777', -(2n ** 63n), null],
  ])('read %j', (text, decimal, octal) => {
    expect([parseSaturating(text), parseOctal(text)]).toEqual([decimal, octal]);
  });
});
