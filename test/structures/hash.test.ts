import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyHasher } from '../../src/structures/hash.ts';

const rotate = (x: number, by: number) => ((x << by) | (x >>> (32 - by))) >>> 0;

/** HalfSipHash-c-d with 32 bits of output, as its authors describe it: one word a time, rounds as a function. */
function halfSipHash(c: number, d: number, key: readonly [number, number], message: Uint8Array): number {
  const v = [key[0] >>> 0, key[1] >>> 0, (key[0] ^ 0x6c796765) >>> 0, (key[1] ^ 0x74656462) >>> 0];
  const addInto = (to: number, from: number) => {
    v[to] = (v[to] + v[from]) % 2 ** 32;
  };
  const mix = (at: number, by: number, other: number) => {
    v[at] = (rotate(v[at], by) ^ v[other]) >>> 0;
  };
  const round = () => {
    addInto(0, 1);
    mix(1, 5, 0);
    v[0] = rotate(v[0], 16);
    addInto(2, 3);
    mix(3, 8, 2);
    addInto(0, 3);
    mix(3, 7, 0);
    addInto(2, 1);
    mix(1, 13, 2);
    v[2] = rotate(v[2], 16);
  };
  const padded = new Uint8Array(Math.floor(message.length / 4) * 4 + 4);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  const words = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 4) {
    const word = words.getUint32(at, true);
    v[3] = (v[3] ^ word) >>> 0;
    for (let i = 0; i < c; i++) round();
    v[0] = (v[0] ^ word) >>> 0;
  }
  v[2] = (v[2] ^ 0xff) >>> 0;
  for (let i = 0; i < d; i++) round();
  return (v[1] ^ v[3]) | 0;
}

describe('the reference', () => {
  // From the authors' test vectors of HalfSipHash-2-4: key 00 01 … 07, messages 00 01 ….
  it.each([
    [0, 0x5b9f35a9],
    [1, 0xb85a4727],
    [2, 0x03a662fa],
    [3, 0x04e7fe8a],
    [4, 0x89466e2a],
  ])('answers the published value for %i bytes', (length, expected) => {
    const message = Uint8Array.from({ length }, (_, i) => i);
    expect(halfSipHash(2, 4, [0x03020100, 0x07060504], message)).toBe(expected | 0);
  });
});

describe('hashing a key', () => {
  const anyWord = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  it('is HalfSipHash-1-3, wherever the key lies', () => {
    fc.assert(
      fc.property(
        fc.tuple(anyWord, anyWord),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat({ max: 9 }),
        (seed, key, at) => {
          const bytes = new Uint8Array(at + key.length + 3).fill(0xa5);
          bytes.set(key, at);
          expect(new KeyHasher(seed).hash(bytes, at, at + key.length)).toBe(halfSipHash(1, 3, seed, key));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is so for each length to 40, and for long keys', () => {
    const hasher = new KeyHasher([0x12345678, 0xfedcba98]);
    for (const length of [...Array(41).keys(), 255, 256, 257, 70_001]) {
      const key = Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 0xff);
      expect(hasher.hash(key, 0, length)).toBe(halfSipHash(1, 3, [0x12345678, 0xfedcba98], key));
    }
  });

  it('spreads keys that differ little over all bits', () => {
    const hasher = new KeyHasher([1, 2]);
    const keys = 64 * 1024;
    const tops = new Uint32Array(256);
    const lows = new Uint32Array(256);
    const distinct = new Set<number>();
    for (let i = 0; i < keys; i++) {
      const key = new TextEncoder().encode(`key:${i}`);
      const hash = hasher.hash(key, 0, key.length);
      tops[hash >>> 24]++;
      lows[hash & 0xff]++;
      distinct.add(hash);
    }
    // 256 expected in each, with a standard deviation of 16; half a pair is expected to collide.
    for (const count of [...tops, ...lows]) expect(Math.abs(count - 256)).toBeLessThan(6 * 16);
    expect(distinct.size).toBeGreaterThan(keys - 10);
  });

  it('depends on each bit of the seed', () => {
    const key = new TextEncoder().encode('key');
    const hashes = new Set<number>();
    for (let bit = 0; bit < 64; bit++) {
      const seed: [number, number] = bit < 32 ? [(1 << bit) >>> 0, 0] : [0, (1 << (bit - 32)) >>> 0];
      hashes.add(new KeyHasher(seed).hash(key, 0, key.length));
    }
    expect(hashes.size).toBe(64);
  });
});
