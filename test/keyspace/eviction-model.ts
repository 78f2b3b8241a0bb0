/**
 * Accesses as clients make them, few keys often and many seldom, and how caches of exact policies fare with them.
 */
import type { Random } from '../../src/lib/random.ts';

/** Keys 0 to `keys - 1`, where the key of rank r is accessed in proportion to 1 / (r + 1)^skew. */
export class ZipfKeys {
  private readonly sums: Float64Array;
  private readonly random: Random;

  constructor(keys: number, skew: number, random: Random) {
    this.random = random;
    this.sums = new Float64Array(keys);
    let sum = 0;
    for (let i = 0; i < keys; i++) {
      sum += (i + 1) ** -skew;
      this.sums[i] = sum;
    }
  }

  next(): number {
    const wanted = this.random.float() * this.sums[this.sums.length - 1];
    let low = 0;
    let high = this.sums.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The share of accesses that go to the `count` keys that are accessed most. */
  shareOfFirst(count: number): number {
    return this.sums[count - 1] / this.sums[this.sums.length - 1];
  }
}

/** The hits of a cache of `capacity` keys that always evicts the one used least recently. */
export function exactLruHits(accesses: Uint32Array, capacity: number): number {
  const order = new Set<number>();
  let hits = 0;
  for (const key of accesses) {
    if (order.delete(key)) hits++;
    order.add(key);
    if (order.size > capacity) order.delete(order.values().next().value as number);
  }
  return hits;
}

/**
 * The hits of a cache that chooses as Redis does: each eviction compares so many keys drawn at random and those kept
 * of earlier ones, sixteen at the most, by whole seconds; there are `perSecond` accesses in one.
 */
export function sampledLruHits(
  accesses: Uint32Array,
  capacity: number,
  samples: number,
  perSecond: number,
  random: Random,
): number {
  const keys: number[] = [];
  const places = new Map<number, number>();
  const usedAt = new Map<number, number>();
  let pool: { idle: number; key: number }[] = [];
  let hits = 0;
  const evict = (second: number): void => {
    for (;;) {
      for (let i = 0; i < samples; i++) {
        const key = keys[random.below(keys.length)];
        const idle = second - (usedAt.get(key) as number);
        let at = 0;
        while (at < pool.length && pool[at].idle < idle) at++;
        pool.splice(at, 0, { idle, key });
        pool = pool.slice(-16);
      }
      for (let best = pool.pop(); best !== undefined; best = pool.pop()) {
        const place = places.get(best.key);
        if (place === undefined) continue;
        const last = keys.pop() as number;
        if (last !== best.key) {
          keys[place] = last;
          places.set(last, place);
        }
        places.delete(best.key);
        return;
      }
    }
  };
  accesses.forEach((key, i) => {
    const second = Math.floor(i / perSecond);
    if (places.has(key)) hits++;
    else {
      if (keys.length === capacity) evict(second);
      places.set(key, keys.length);
      keys.push(key);
    }
    usedAt.set(key, second);
  });
  return hits;
}
