/**
 * A small seeded generator (mulberry32), so that a run is repeated exactly by its seed.
 */
export class Random {
  /** How many numbers were drawn: something that only grows, and grows alike with the same seed. */
  drawn = 0;
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** An unsigned 32-bit number. */
  next(): number {
    this.drawn++;
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let bits = this.state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  }

  /** An integer of `[0, bound)`. */
  below(bound: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * bound);
  }

  /** An integer of `[from, to]`. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.next() / 0x1_0000_0000 < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  /** One of the items, each as likely as its weight. */
  weighted<T>(items: readonly { readonly item: T; readonly weight: number }[]): T {
    let total = 0;
    for (const { weight } of items) total += weight;
    let target = (this.next() / 0x1_0000_0000) * total;
    for (const { item, weight } of items) {
      target -= weight;
      if (target < 0) return item;
    }
    return items[items.length - 1].item;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = this.next() & 0xff;
    return bytes;
  }
}
