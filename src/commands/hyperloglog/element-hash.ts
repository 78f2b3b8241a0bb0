/**
 * Which register an element belongs to, and what it raises it to: MurmurHash64A (Austin Appleby's MurmurHash2 for
 * 64-bit platforms) with Redis's seed, in 32-bit arithmetic.
 */
import { REGISTERS } from './layout.ts';

const SEED = 0xadc83b19;
/** The multiplier, 0xc6a4a7935bd1e995. */
const M_HIGH = 0xc6a4a793;
const M_LOW = 0x5bd1e995;
const M_LOW_UPPER = M_LOW >>> 16;
const M_LOW_LOWER = M_LOW & 0xffff;

const INDEX_BITS = 14;
/** Hash bits that are left when the register's index is taken away. The run of zeros never goes beyond them. */
const RUN_BITS = 64 - INDEX_BITS;

export class ElementHash {
  /** The register of the element hashed last, … */
  index = 0;
  /** … and how many zeros its other bits begin with, plus one: 1 to 51. */
  run = 0;
  private high = 0;
  private low = 0;

  /** Hashes `bytes[start, end)`. */
  update(bytes: Uint8Array, start: number, end: number): void {
    this.hash(bytes, start, end);
    this.index = this.low & (REGISTERS - 1);
    // The lowest bits come first; a bit set behind the last of them ends a run of nothing but zeros.
    const first = (this.low >>> INDEX_BITS) | (this.high << (32 - INDEX_BITS));
    const second = (this.high >>> INDEX_BITS) | (1 << (RUN_BITS - 32));
    this.run = first !== 0 ? trailingZeros(first) + 1 : 32 + trailingZeros(second) + 1;
  }

  private hash(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.high = 0;
    this.low = length;
    this.multiply();
    let high = this.high;
    let low = this.low ^ SEED;
    let at = start;
    for (const last = start + (length & ~7); at < last; at += 8) {
      this.low = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      this.high = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
      this.multiply();
      this.fold();
      this.multiply();
      this.high ^= high;
      this.low ^= low;
      this.multiply();
      high = this.high;
      low = this.low;
    }
    this.high = high;
    this.low = low;
    if (at < end) {
      for (let i = 0; at + i < end; i++) {
        if (i < 4) this.low ^= bytes[at + i] << (8 * i);
        else this.high ^= bytes[at + i] << (8 * i - 32);
      }
      this.multiply();
    }
    this.fold();
    this.multiply();
    this.fold();
  }

  /** Times the multiplier, modulo 2^64. */
  private multiply(): void {
    const { high, low } = this;
    // The upper half of the product of the two lower halves, from products of 16 bits.
    const upper = low >>> 16;
    const lower = low & 0xffff;
    const middle = upper * M_LOW_LOWER + ((lower * M_LOW_LOWER) >>> 16);
    const other = lower * M_LOW_UPPER + (middle & 0xffff);
    const carry = upper * M_LOW_UPPER + (middle >>> 16) + (other >>> 16);
    this.high = (carry + Math.imul(high, M_LOW) + Math.imul(low, M_HIGH)) | 0;
    this.low = Math.imul(low, M_LOW);
  }

  /** XORs with itself shifted right by 47 bits. */
  private fold(): void {
    this.low ^= this.high >>> 15;
  }
}

/** Of a word that is not 0. */
function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}
