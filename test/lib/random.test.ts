import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomHex, Xoshiro128 } from '../../src/lib/random.ts';

const take = (random: Xoshiro128, count = 8) => Array.from({ length: count }, () => random.uint32());

/** xoshiro128** as published, on bigints. */
function* reference(state: bigint[]): Generator<number> {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const s = [...state];
  for (;;) {
    yield Number((rotate((s[1] * 5n) & mask, 7n) * 9n) & mask);
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
  }
}

/** SplitMix32, which fills the state. */
function stateOf(seed: number): bigint[] {
  let counter = seed >>> 0;
  return Array.from({ length: 4 }, () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let z = BigInt(counter);
    z = ((z ^ (z >> 16n)) * 0x21f0aaadn) & 0xffffffffn;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & 0xffffffffn;
    return z ^ (z >> 15n);
  });
}

describe('Xoshiro128', () => {
  it('follows the published generator', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const expected = reference(stateOf(seed));
        expect(take(new Xoshiro128(seed))).toEqual(Array.from({ length: 8 }, () => expected.next().value));
      }),
      { numRuns: 50 },
    );
  });

  it('repeats with a seed and differs without', () => {
    expect(take(new Xoshiro128(42))).toEqual(take(new Xoshiro128(42)));
    expect(take(new Xoshiro128(42))).not.toEqual(take(new Xoshiro128(43)));
    expect(take(new Xoshiro128(1))).not.toEqual(take(new Xoshiro128(2 ** 32 + 1)));
    expect(take(new Xoshiro128())).not.toEqual(take(new Xoshiro128()));
  });

  it('stays in range and reaches all of it', () => {
    const random = new Xoshiro128(7);
    const seen = new Set<number>();
    for (let i = 0; i < 500; i++) {
      const drawn = random.below(10);
      expect(Number.isInteger(drawn) && drawn >= 0 && drawn < 10).toBe(true);
      seen.add(drawn);
    }
    expect(seen.size).toBe(10);
    expect(random.below(1)).toBe(0);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (n) => {
        const drawn = random.below(n);
        expect(Number.isSafeInteger(drawn) && drawn >= 0 && drawn < n).toBe(true);
      }),
    );
  });

  it('uses the upper bits of a large range', () => {
    const random = new Xoshiro128(7);
    const drawn = Array.from({ length: 64 }, () => random.below(Number.MAX_SAFE_INTEGER));
    expect(Math.max(...drawn)).toBeGreaterThan(2 ** 52);
    expect(new Set(drawn.map((n) => n % 2))).toEqual(new Set([0, 1]));
  });

  it('spreads floats over [0, 1)', () => {
    const random = new Xoshiro128(7);
    const drawn = Array.from({ length: 1000 }, () => random.float());
    expect(drawn.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(Math.abs(drawn.reduce((sum, x) => sum + x) / 1000 - 0.5)).toBeLessThan(0.05);
    expect(drawn.some((x) => !Number.isInteger(x * 2 ** 32))).toBe(true);
  });
});

describe('randomHex', () => {
  it('has the length asked for and does not repeat', () => {
    expect(randomHex(0)).toBe('');
    expect(randomHex(7)).toMatch(/^[0-9a-f]{7}$/);
    expect(randomHex(40)).toMatch(/^[0-9a-f]{40}$/);
    expect(randomHex(40)).not.toBe(randomHex(40));
  });
});
