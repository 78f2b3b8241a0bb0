import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ElementHash } from '../../../src/commands/hyperloglog/element-hash.ts';

const M = 0xc6a4a7935bd1e995n;

/** MurmurHash64A as it is published, in 64-bit arithmetic. */
function murmur(bytes: Uint8Array): bigint {
  const wrap = (value: bigint) => BigInt.asUintN(64, value);
  let hash = 0xadc83b19n ^ wrap(BigInt(bytes.length) * M);
  const blocks = bytes.length >>> 3;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < blocks; i++) {
    let k = wrap(view.getBigUint64(i * 8, true) * M);
    k = wrap((k ^ (k >> 47n)) * M);
    hash = wrap((hash ^ k) * M);
  }
  if ((bytes.length & 7) !== 0) {
    for (let i = blocks * 8; i < bytes.length; i++) hash ^= BigInt(bytes[i]) << BigInt(8 * (i & 7));
    hash = wrap(hash * M);
  }
  hash = wrap((hash ^ (hash >> 47n)) * M);
  return hash ^ (hash >> 47n);
}

describe('the hash of an element', () => {
  it('is MurmurHash64A, its lowest bits the register and the first bit set after them the run', () => {
    const hash = new ElementHash();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(5), (bytes, start) => {
        const expected = murmur(bytes);
        const rest = (expected >> 14n) | (1n << 50n);
        let run = 1;
        while (((rest >> BigInt(run - 1)) & 1n) === 0n) run++;
        const padded = new Uint8Array(start + bytes.length + 3).fill(0xaa);
        padded.set(bytes, start);
        hash.update(padded, start, start + bytes.length);
        expect([hash.index, hash.run]).toEqual([Number(expected & 0x3fffn), run]);
      }),
      { numRuns: 2000 },
    );
  });
});
