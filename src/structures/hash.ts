/**
 * HalfSipHash-1-3: a keyed hash of bytes to 32 bits that a client who does not know the key cannot flood.
 *
 * Source: J.-P. Aumasson, D. J. Bernstein, SipHash (https://github.com/veorq/SipHash, `halfsiphash.c`), with one
 * compression and three finalisation rounds. It needs 32-bit operations only, which is what JavaScript is fast at.
 */
export class KeyHasher {
  private readonly k0: number;
  private readonly k1: number;

  /** The seed's two words are secret and stay the same for as long as anything hashed with them lives. */
  constructor(seed: readonly [number, number]) {
    this.k0 = seed[0] | 0;
    this.k1 = seed[1] | 0;
  }

  /**
   * The hash of `bytes[start, end)`: 32 bits as a signed integer, since an unsigned one beyond 2^31 is an object to
   * V8, and every look-up would make one.
   */
  hash(bytes: Uint8Array, start: number, end: number): number {
    let v0 = this.k0;
    let v1 = this.k1;
    let v2 = 0x6c796765 ^ v0;
    let v3 = 0x74656462 ^ v1;
    const length = end - start;
    const wholeEnd = start + (length & ~3);
    let at = start;
    for (; at < wholeEnd; at += 4) {
      const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = (v1 << 5) | (v1 >>> 27);
      v1 ^= v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = (v3 << 8) | (v3 >>> 24);
      v3 ^= v2;
      v0 = (v0 + v3) | 0;
      v3 = (v3 << 7) | (v3 >>> 25);
      v3 ^= v0;
      v2 = (v2 + v1) | 0;
      v1 = (v1 << 13) | (v1 >>> 19);
      v1 ^= v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    let last = length << 24;
    if (at < end) last |= bytes[at];
    if (at + 1 < end) last |= bytes[at + 1] << 8;
    if (at + 2 < end) last |= bytes[at + 2] << 16;
    v3 ^= last;
    // The round for the last word and the three rounds of the finalisation.
    for (let round = 0; round < 4; round++) {
      v0 = (v0 + v1) | 0;
      v1 = (v1 << 5) | (v1 >>> 27);
      v1 ^= v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = (v3 << 8) | (v3 >>> 24);
      v3 ^= v2;
      v0 = (v0 + v3) | 0;
      v3 = (v3 << 7) | (v3 >>> 25);
      v3 ^= v0;
      v2 = (v2 + v1) | 0;
      v1 = (v1 << 13) | (v1 >>> 19);
      v1 ^= v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      if (round === 0) {
        v0 ^= last;
        v2 ^= 0xff;
      }
    }
    return v1 ^ v3;
  }
}
