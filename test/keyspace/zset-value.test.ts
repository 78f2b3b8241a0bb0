import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Keyspace, KeyspaceSnapshot } from '../../src/keyspace/keyspace.ts';
import { EVENT_ZSET } from '../../src/keyspace/keyspace-events.ts';
import { keyBytes } from '../../src/keyspace/memory-usage.ts';
import { ZSET_LISTPACK, ZSET_TREE, type ZsetValue } from '../../src/keyspace/zset-value.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { Slice } from '../../src/lib/slice.ts';
import { freeze, KEYSPACES } from './keyspace-fixtures.ts';

type Pair = [member: string, score: number];

const SCORES = [0, 1, -1, 1.5, -2.25, 2 ** 53 + 2, -(2 ** 62), 2 ** 63, 1e300, 5e-324, 0.1];

/** latin1 text compares as its bytes do. */
function compare([a, scoreA]: Pair, [b, scoreB]: Pair): number {
  if (scoreA !== scoreB) return scoreA < scoreB ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function slice(text: string): Slice {
  return Slice.from(new Uint8Array(Buffer.from(text, 'latin1')));
}

const KEY = slice('sorted set');

/** A sorted set beside a Map. */
class Subject {
  readonly keyspace: Keyspace;
  readonly random: Xoshiro128;
  readonly model = new Map<string, number>();
  readonly snapshots: KeyspaceSnapshot[] = [];

  constructor(keyspace: Keyspace, seed: number) {
    this.keyspace = keyspace;
    this.random = new Xoshiro128(seed);
  }

  open(): ZsetValue | null {
    const database = this.keyspace.databases[0];
    const entry = database.lookupForWrite(KEY);
    return entry === 0 ? null : this.keyspace.zset.open(database, KEY, entry);
  }

  member(): string {
    const { random } = this;
    const n = random.below(60);
    const kind = random.below(40);
    if (kind === 0) return `long ${n}`.padEnd(100 + n * 40, 'x');
    if (kind === 1) return `longer ${n}`.padEnd(30_000, 'y');
    return kind < 20 ? String(n * 37 - 500) : `m${n}\xff`;
  }

  score(): number {
    const { random } = this;
    const kind = random.below(3);
    if (kind === 0) return random.below(10) - 5;
    if (kind === 1) return (random.float() - 0.5) * 100;
    return random.below(12) === 0 ? Number.POSITIVE_INFINITY : SCORES[random.below(SCORES.length)];
  }

  set(): void {
    const member = this.member();
    const score = this.score();
    const database = this.keyspace.databases[0];
    const zset = this.open() ?? this.keyspace.zset.createFor(database, KEY, slice(member), score);
    expect(zset.set(slice(member), score)).toBe(!this.model.has(member));
    this.model.set(member, score);
    database.changed(KEY, EVENT_ZSET, 'zadd');
  }

  delete(): void {
    const zset = this.open();
    const member = this.member();
    if (zset === null) return;
    expect(zset.delete(slice(member))).toBe(this.model.delete(member));
    expect(zset.removeIfEmpty()).toBe(this.model.size === 0);
  }

  removeRange(): void {
    const zset = this.open();
    if (zset === null) return;
    const rank = this.random.below(zset.length);
    const count = 1 + this.random.below(Math.min(12, zset.length - rank));
    const pairs = this.pairs();
    zset.removeRange(rank, count);
    for (const [member] of pairs.slice(rank, rank + count)) this.model.delete(member);
    expect(zset.removeIfEmpty()).toBe(this.model.size === 0);
  }

  /** Takes members away one by one, mostly from an end, with other changes in between. */
  pop(): void {
    const { random } = this;
    const fromEnd = random.below(4) > 0;
    const fromLast = random.below(2) === 0;
    for (let left = 1 + random.below(20); left > 0; left--) {
      const zset = this.open();
      if (zset === null) return;
      const last = zset.length - 1;
      const rank = fromEnd ? (fromLast ? last : 0) : random.below(last + 1);
      const [member, score] = this.pairs()[rank];
      expect(zset.seek(rank)).toBe(true);
      expect([zset.member.toLatin1(), zset.score]).toEqual([member, score]);
      zset.removeSought(rank);
      this.model.delete(member);
      expect(zset.removeIfEmpty()).toBe(this.model.size === 0);
      if (random.below(6) === 0) random.below(3) > 0 ? this.set() : this.delete();
      if (random.below(20) === 0) this.freezeOrRelease();
    }
  }

  freezeOrRelease(): void {
    const { snapshots, keyspace, random } = this;
    if (snapshots.length < 2 && random.below(2) === 0) snapshots.push(freeze(keyspace));
    else if (snapshots.length > 0) keyspace.release(snapshots.splice(random.below(snapshots.length), 1)[0]);
  }

  step(): void {
    const kind = this.random.below(100);
    if (kind < 65) this.set();
    else if (kind < 88) this.delete();
    else if (kind < 92) this.removeRange();
    else if (kind < 95) this.pop();
    else this.freezeOrRelease();
  }

  pairs(): Pair[] {
    return [...this.model].sort(compare);
  }

  check(): void {
    const pairs = this.pairs();
    const zset = this.open();
    expect(zset?.length ?? 0).toBe(pairs.length);
    if (zset === null) return;
    const seen: Pair[] = [];
    zset.forEach((member, score) => void seen.push([member.toLatin1(), score]));
    expect(seen).toEqual(pairs);
    const backwards: Pair[] = [];
    for (let more = zset.seek(pairs.length - 1); more; more = zset.previous()) {
      backwards.push([zset.member.toLatin1(), zset.score]);
    }
    expect(backwards).toEqual(pairs.toReversed());
    const scanned: Pair[] = [];
    let cursor = 0;
    do cursor = zset.scan(cursor, (member, score) => void scanned.push([member.toLatin1(), score]));
    while (cursor !== 0);
    expect(scanned.sort(compare)).toEqual(pairs);
    pairs.forEach(([member, score], rank) => {
      expect(zset.rank(slice(member))).toBe(rank);
      expect(zset.foundScore).toBe(score);
    });
    const score = this.score();
    expect(zset.rankOfScore(score, false)).toBe(pairs.filter((pair) => pair[1] < score).length);
    expect(zset.rankOfScore(score, true)).toBe(pairs.filter((pair) => pair[1] <= score).length);
    expect(zset.seek(pairs.length)).toBe(false);
    expect(zset.find(slice('nobody'))).toBe(false);
    zset.random();
    expect(this.model.get(zset.member.toLatin1())).toBe(zset.score);
  }
}

describe.each(KEYSPACES)('a sorted set on $name', ({ make }) => {
  it.each([
    { entries: 0, valueBytes: 64 },
    { entries: 4, valueBytes: 64 },
    { entries: 128, valueBytes: 64 },
    { entries: 1000, valueBytes: 100_000 },
  ])('holds what a Map holds, with up to $entries members of $valueBytes bytes in a listpack', (limits) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 250 }), (seed, steps) => {
        const { keyspace } = make();
        Object.assign(keyspace.limits.zset, limits);
        const subject = new Subject(keyspace, seed);
        for (let i = 0; i < steps; i++) subject.step();
        subject.check();
        keyspace.verify();
        while (subject.snapshots.length > 0) subject.freezeOrRelease();
        keyspace.databases[0].delete(KEY);
        keyspace.verify();
      }),
      { numRuns: 25 },
    );
  });

  it('takes its large form when it outgrows the limits, and never goes back', () => {
    const { keyspace } = make();
    const database = keyspace.databases[0];
    const zset = keyspace.zset.createFor(database, KEY, slice('m0'), 0);
    for (let i = 0; i < 128; i++) zset.set(slice(`m${i}`), i);
    expect(zset.encoding).toBe(ZSET_LISTPACK);
    zset.set(slice('m0'), 500);
    expect(zset.encoding).toBe(ZSET_LISTPACK);
    zset.set(slice('one more'), 1);
    expect(zset.encoding).toBe(ZSET_TREE);
    zset.removeRange(1, 128);
    expect([zset.length, zset.encoding]).toEqual([1, ZSET_TREE]);
    keyspace.verify();
  });

  it('takes as many bytes as are told, few for a member', () => {
    const { keyspace } = make();
    const database = keyspace.databases[0];
    const usedBefore = keyspace.heap.usedBytes;
    const zset = keyspace.zset.createFor(database, KEY, slice('m0'), 0);
    for (let i = 0; i < 5000; i++) zset.set(slice(`member of 16:${String(i).padStart(3, '0')}`), (i * 7919) % 5000);
    const used = keyspace.heap.usedBytes - usedBefore;
    expect(keyBytes(keyspace, zset.entry, 0)).toBe(used);
    expect(used / zset.length).toBeLessThan(75);
  });

  it('is copied and freed in either form', () => {
    const { keyspace } = make();
    const database = keyspace.databases[0];
    const zset = keyspace.zset.createFor(database, KEY, slice('m0'), 0);
    for (let i = 0; i < 3000; i++) {
      zset.set(slice(i === 7 ? 'seven'.padEnd(2000, '7') : `m${i}`), i / 7);
      if (i === 50 || i === 2999) {
        const name = slice(`copy ${i}`);
        database.copy(KEY, name, database);
        const copy = keyspace.zset.open(database, name, database.find(name));
        expect(copy.length).toBe(i + 1);
        expect(copy.rank(slice(`m${i}`))).toBe(i);
        keyspace.zset.open(database, KEY, database.find(KEY));
      }
    }
    keyspace.verify();
    const snapshot = freeze(keyspace);
    database.delete(KEY);
    keyspace.verify();
    keyspace.release(snapshot);
    keyspace.verify();
    database.flush();
    keyspace.verify();
  });

  it('is made without a key, and then put under one or dropped', () => {
    const { keyspace } = make();
    const database = keyspace.databases[0];
    const builder = keyspace.zsetBuilder;
    builder.begin(true);
    for (let i = 0; i < 100; i++) builder.set(slice(`m${i}`), -i);
    builder.compact();
    expect(builder.encoding).toBe(ZSET_LISTPACK);
    builder.attach(database, KEY);
    keyspace.verify();
    builder.begin(true);
    for (let i = 0; i < 2000; i++) builder.set(slice(`m${i}`), -i);
    builder.compact();
    expect(builder.encoding).toBe(ZSET_TREE);
    builder.attach(database, KEY);
    expect(keyspace.zset.open(database, KEY, database.find(KEY)).length).toBe(2000);
    builder.begin(false);
    for (let i = 0; i < 200; i++) builder.set(slice(`m${i}`), -i);
    builder.discard();
    keyspace.verify();
  });
});
