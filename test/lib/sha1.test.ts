import { expect, it } from 'vitest';
import { sha1Hex } from '../../src/lib/sha1.ts';

it('gives the digests of FIPS 180-4', () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  expect(sha1Hex(encode(''))).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
  expect(sha1Hex(encode('abc'))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  expect(sha1Hex(encode('abcde').subarray(0, 3))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
});
