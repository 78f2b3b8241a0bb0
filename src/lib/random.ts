/**
 * Randomness, injected wherever it is needed, so that a test can repeat a run.
 *
 * Not for secrets: what others must not guess (hash seeds, passwords, run ids) comes from the system's generator,
 * as in {@link randomHex}.
 */

import { randomBytes, randomFillSync } from 'node:crypto';

export interface Random {
  /** Uniform in 0 to 2^32 - 1. */
  uint32(): number;
  /** Uniform in [0, 1), in steps of 2^-53. */
  float(): number;
  /** Uniform in 0 to n - 1, without bias. `n` is a safe integer above 0. */
  below(n: number): number;
}

const TWO_32 = 2 ** 32;
const TWO_53 = 2 ** 53;

/**
 * xoshiro128**, version 1.1 (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021): 128 bits
 * of state, period 2^128 - 1. A seed is spread over the state by SplitMix32.
 */
export class Xoshiro128 implements Random {
  private readonly state = new Int32Array(4);

  /** Seeded with the safe integer `seed`, or, without one, from the system's generator. */
  constructor(seed?: number) {
    const state = this.state;
    if (seed === undefined) {
      randomFillSync(state);
    } else {
      let counter = (seed ^ Math.imul(Math.floor(seed / TWO_32), 0x85ebca6b)) | 0;
      for (let i = 0; i < 4; i++) {
        counter = (counter + 0x9e3779b9) | 0;
        let mixed = Math.imul(counter ^ (counter >>> 16), 0x21f0aaad);
        mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
        state[i] = mixed ^ (mixed >>> 15);
      }
    }
    // The one state that yields zeros for ever.
    if ((state[0] | state[1] | state[2] | state[3]) === 0) state[0] = 1;
  }

  uint32(): number {
    const state = this.state;
    const s1 = state[1];
    const scrambled = Math.imul(s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    state[2] ^= state[0];
    state[3] ^= s1;
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= s1 << 9;
    state[3] = (state[3] << 11) | (state[3] >>> 21);
    return result >>> 0;
  }

  float(): number {
    return this.bits53() / TWO_53;
  }

  below(n: number): number {
    // What lies past the largest multiple of n is drawn again.
    if (n <= TWO_32) {
      const limit = TWO_32 - (TWO_32 % n);
      let drawn = this.uint32();
      while (drawn >= limit) drawn = this.uint32();
      return drawn % n;
    }
    const limit = TWO_53 - (TWO_53 % n);
    let drawn = this.bits53();
    while (drawn >= limit) drawn = this.bits53();
    return drawn % n;
  }

  private bits53(): number {
    const upper = this.uint32() >>> 5;
    return upper * 0x4000000 + (this.uint32() >>> 6);
  }
}

/** `length` random hexadecimal digits in lower case, from the system's generator: run ids, replication ids, passwords. */
export function randomHex(length: number): string {
  return randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length);
}
