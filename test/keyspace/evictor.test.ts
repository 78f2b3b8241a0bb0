import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EvictionPolicy, Evictor } from '../../src/keyspace/evictor.ts';
import { NULL } from '../../src/keyspace/key-entry.ts';
import { Keyspace } from '../../src/keyspace/keyspace.ts';
import { ManualClock } from '../../src/lib/clock.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Slice } from '../../src/lib/slice.ts';
import type { Heap } from '../../src/memory/heap.ts';
import { ParanoidHeap } from '../../src/memory/paranoid-heap.ts';
import { exactLruHits, sampledLruHits, ZipfKeys } from './eviction-model.ts';
import { freeze } from './keyspace-fixtures.ts';

const VALUE = Slice.from('value');
const POLICIES: readonly EvictionPolicy[] = [
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
];

let clock: ManualClock;
let keyspace: Keyspace;
let evictor: Evictor;

function start(heap?: Heap, hashSeed: readonly [number, number] = [1, 2]): void {
  clock = new ManualClock();
  keyspace = new Keyspace({
    clock,
    random: new Xoshiro128(1),
    hashSeed,
    databases: 4,
    ...(heap === undefined ? {} : { heap }),
  });
  evictor = new Evictor(keyspace);
}

beforeEach(() => start(new ParanoidHeap()));

function set(name: string, ttlMs = 0, database = 0): void {
  keyspace.heap.reserve(1 << 16);
  const deadlineMs = ttlMs === 0 ? 0 : clock.nowMs() + ttlMs;
  keyspace.databases[database].setString(Slice.from(name), VALUE, deadlineMs);
}

function has(name: string, database = 0): boolean {
  return keyspace.databases[database].peek(Slice.from(name)) !== NULL;
}

function advance(milliseconds: number): void {
  clock.advance(milliseconds);
  keyspace.access.tick();
}

function evict(count: number): number {
  let evicted = 0;
  while (evicted < count && evictor.evictOne()) evicted++;
  return evicted;
}

describe('the evictor', () => {
  it('evicts nothing without a policy', () => {
    set('k');
    evictor.setPolicy('noeviction');
    expect(evictor.evicts).toBe(false);
    expect(evictor.evictOne()).toBe(false);
    expect(has('k')).toBe(true);
  });

  for (const policy of POLICIES) {
    it(`evicts under ${policy} what may go, and then says that nothing is left`, () => {
      evictor.setPolicy(policy);
      for (let i = 0; i < 3000; i++) set(`stays:${i}`, 0, i % 4);
      for (let i = 0; i < 700; i++) set(`goes:${i}`, 100_000 + i, i % 3);
      const goes = policy.startsWith('volatile') ? 700 : 3700;
      expect(evict(5000)).toBe(goes);
      expect(keyspace.stats.evicted).toBe(goes);
      expect(keyspace.keyCount).toBe(3700 - goes);
      keyspace.verify();
    });
  }

  it('evicts the only keys that expire from among many that do not', () => {
    for (let i = 0; i < 20_000; i++) set(`stays:${i}`);
    for (let i = 0; i < 3; i++) set(`goes:${i}`, 1000);
    for (const policy of ['volatile-lru', 'volatile-ttl', 'volatile-random'] as const) {
      evictor.setPolicy(policy);
      expect(evict(1)).toBe(1);
    }
    expect(keyspace.databases[0].expiring).toBe(0);
    expect(evict(1)).toBe(0);
  });

  it('evicts keys of equal hashes, which lie in chains', () => {
    start(undefined);
    keyspace.hasher.hash = () => 0x12345678;
    for (let i = 0; i < 150; i++) set(`key:${i}`);
    evictor.setPolicy('allkeys-lru');
    expect(evict(1000)).toBe(150);
    keyspace.verify();
  });

  it('evicts under volatile-ttl those that expire soonest', () => {
    evictor.setPolicy('volatile-ttl');
    for (let i = 0; i < 5000; i++) set(`key:${i}`, 1_000_000 + ((i * 7919) % 5000));
    evict(500);
    let wrong = 0;
    for (let i = 0; i < 5000; i++) if (!has(`key:${i}`) && (i * 7919) % 5000 >= 600) wrong++;
    expect(wrong).toBe(0);
  });

  it('passes over a key that has been used since it was sampled', () => {
    evictor.setPolicy('allkeys-lru');
    for (let i = 0; i < 30; i++) set(`key:${i}`);
    advance(10_000);
    evict(1);
    // All the others are sampled. They were as old as each other; now one is older.
    const old = Array.from({ length: 30 }, (_, i) => `key:${i}`).filter((name) => has(name));
    advance(10_000);
    const database = keyspace.databases[0];
    for (const name of old.slice(1)) database.lookup(Slice.from(name));
    evict(1);
    expect(has(old[0])).toBe(false);
  });

  it('tells observers', () => {
    const told: string[] = [];
    keyspace.events.add({
      modified: (database, key) => told.push(`modified ${database} ${key.toLatin1()}`),
      event: (_class, name, database, key) => told.push(`${name} ${database} ${key.toLatin1()}`),
      deleted: (database, key, reason) => told.push(`deleted ${reason} ${database} ${key.toLatin1()}`),
    });
    keyspace.events.quietly(() => set('k', 0, 2));
    evictor.setPolicy('allkeys-random');
    evict(1);
    expect(told).toEqual(['deleted evicted 2 k', 'evicted 2 k', 'modified 2 k']);
  });

  it('keeps the keyspace sound between writes, freezes and flushes', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('set' as const), keys: fc.nat(60), ttl: fc.nat(3) }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('evict' as const), count: fc.nat(40) }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('policy' as const), policy: fc.constantFrom(...POLICIES) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('freeze' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('swap' as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        start(new ParanoidHeap());
        let name = 0;
        const frozen = [];
        for (const each of steps) {
          advance(500);
          if (each.kind === 'set') for (let i = 0; i < each.keys; i++) set(`k:${name++}`, each.ttl * 50_000, i % 2);
          else if (each.kind === 'evict') evict(each.count);
          else if (each.kind === 'policy') evictor.setPolicy(each.policy);
          else if (each.kind === 'swap') keyspace.swap(0, 1);
          else frozen.push(freeze(keyspace));
        }
        keyspace.verify();
        for (const each of frozen) keyspace.release(each);
        keyspace.verify();
      }),
      { numRuns: 40 },
    );
  });
});

describe('the choice of the evictor', () => {
  const CAPACITY = 5000;
  const PER_SECOND = CAPACITY / 20;
  const zipf = new ZipfKeys(4 * CAPACITY, 0.9, new Xoshiro128(7));
  const accesses = Uint32Array.from({ length: 100_000 }, () => zipf.next());

  function hits(policy: EvictionPolicy): number {
    start();
    evictor.setPolicy(policy);
    keyspace.access.lfu = policy.endsWith('lfu');
    const [database] = keyspace.databases;
    let count = 0;
    accesses.forEach((key, i) => {
      if (i % PER_SECOND === 0) advance(1000);
      const name = Slice.from(`key:${key}`);
      if (database.lookup(name) !== NULL) {
        count++;
        return;
      }
      if (database.size === CAPACITY) evictor.evictOne();
      keyspace.heap.reserve(1 << 16);
      database.setString(name, VALUE, policy.startsWith('volatile') ? clock.nowMs() + 1e9 : 0);
    });
    return count;
  }

  it('hits under the lru policies as often as an exact one, and as Redis does with twice the samples', () => {
    const exact = exactLruHits(accesses, CAPACITY);
    const sampled = sampledLruHits(accesses, CAPACITY, 10, PER_SECOND, new Xoshiro128(3));
    for (const policy of ['allkeys-lru', 'volatile-lru'] as const) {
      const count = hits(policy);
      expect(count / exact).toBeGreaterThan(0.998);
      expect(count / sampled).toBeGreaterThan(0.9995);
    }
  });

  it('hits under the lfu policies more often, since the often used are so all the time', () => {
    const exactLru = exactLruHits(accesses, CAPACITY);
    // What a cache would hit that has known from the beginning which keys are used most.
    const ideal = accesses.length * zipf.shareOfFirst(CAPACITY);
    for (const policy of ['allkeys-lfu', 'volatile-lfu'] as const) {
      const count = hits(policy);
      expect(count).toBeGreaterThan(exactLru * 1.01);
      expect(count / ideal).toBeGreaterThan(0.85);
    }
  });

  it('hits under the random policies less often', () => {
    expect(hits('allkeys-random')).toBeLessThan(exactLruHits(accesses, CAPACITY) * 0.98);
  });
});
