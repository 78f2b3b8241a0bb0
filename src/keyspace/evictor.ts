/**
 * Chooses the keys that go when memory is used up, and deletes them.
 *
 * As in Redis the choice is made among samples, of which a pool keeps the best. Unlike there, samples are taken in
 * bursts of neighbouring entries, whose cache misses overlap, and a key that was used after it was sampled is passed
 * over. The volatile policies go by the bounds of deadlines that table segments have (see {@link SegmentBounds}), so
 * that segments without keys that expire are not even looked at, and those with the earliest deadlines come first.
 */
import { invariant } from '../lib/invariant.ts';
import { Slice } from '../lib/slice.ts';
import type { Pointer } from '../memory/layout.ts';
import type { SegmentBounds } from '../structures/segment-bounds.ts';
import { MAX_BUCKET_BITS } from '../structures/table-layout.ts';
import { TableSample } from '../structures/table-sample.ts';
import type { Database } from './database.ts';
import { EvictionPool } from './eviction-pool.ts';
import { ACCESS_WORD, accessStampOf, deadlineOf, expires } from './key-entry.ts';
import type { Keyspace } from './keyspace.ts';

const POOL_CANDIDATES = 32;

/** Evictions for which samples are taken together. */
const BURST_EVICTIONS = 16;
/** Samples for each of the `maxmemory-samples`: in bursts they come cheap. The default of 5 then chooses as well as 10. */
const SAMPLES_PER_SETTING = 2;
/** Buckets that are read side by side, with some thirty entries in them. */
const RUN_BUCKETS = 4;
const SEGMENT_BUCKETS = 1 << MAX_BUCKET_BITS;
/** More `maxmemory-samples` than this choose no better, and would take too long in one go. */
const MAX_SAMPLES = 64;
/** Keys that expire which a run of buckets should hold, where a bucket holds as many keys. */
const EXPIRING_PER_RUN = 24;
const MEAN_BUCKET = 7;
/** Segments of which the one with the earliest deadline is looked at: a microsecond's work. */
const COMPARED_SEGMENTS = 1024;

const LFU_MAX = 255;

/** Room that deleting a key must find: copies of a frozen segment and the pages above it, and merges. */
const HEADROOM_BYTES = 128 * 1024;

/** What makes a key a better candidate than another; `null` where none may go. */
type Measure = 'lru' | 'lfu' | 'ttl' | 'random' | null;

/** The values of `maxmemory-policy`. */
export type EvictionPolicy =
  | 'volatile-lru'
  | 'volatile-lfu'
  | 'volatile-random'
  | 'volatile-ttl'
  | 'allkeys-lru'
  | 'allkeys-lfu'
  | 'allkeys-random'
  | 'noeviction';

export class Evictor {
  /** `maxmemory-samples`. */
  samples = 5;

  private readonly keyspace: Keyspace;
  private measure: Measure = null;
  private isVolatile = false;
  private readonly pool = new EvictionPool(POOL_CANDIDATES);
  /** Evictions before samples are taken again. */
  private credit = 0;
  /** The database whose turn it is under the random policies. */
  private nextDatabase = 0;
  private readonly sample: TableSample;
  private readonly key = new Slice(new Uint8Array(0), 0, 0);

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
    this.sample = new TableSample(keyspace.heap, ACCESS_WORD);
  }

  /** `maxmemory-policy`. */
  setPolicy(policy: EvictionPolicy): void {
    this.measure = policy === 'noeviction' ? null : (policy.slice(policy.indexOf('-') + 1) as Measure);
    this.isVolatile = policy.startsWith('volatile');
    this.pool.clear();
  }

  /** False under `noeviction`. */
  get evicts(): boolean {
    return this.measure !== null;
  }

  /** Deletes the best candidate. False when the policy allows none, or there is no memory to delete it in. */
  evictOne(): boolean {
    if (this.measure === null || !this.keyspace.heap.reserve(HEADROOM_BYTES)) return false;
    if (this.measure === 'random') return this.evictRandom();
    if (this.credit-- <= 0 && !this.refill()) return false;
    while (!this.takeCandidate()) if (!this.refill()) return false;
    return true;
  }

  /** Evicts the pool's best candidate; false when the pool has none left that is still what it was. */
  private takeCandidate(): boolean {
    const { keyspace, pool, sample } = this;
    while (pool.take()) {
      const database = keyspace.databases[pool.database];
      const { entry } = pool;
      if (!sample.isThere(database.table, database.root, pool.position, entry)) continue;
      if (this.isVolatile && !expires(keyspace.heap, entry)) continue;
      const stamp = accessStampOf(keyspace.heap, entry);
      const score = this.measure === 'ttl' ? -deadlineOf(keyspace.heap, entry) : this.scoreOfStamp(stamp);
      // It has been used since, or will live longer.
      if (score < pool.score) continue;
      this.evict(database, entry);
      return true;
    }
    return false;
  }

  private evict(database: Database, entry: Pointer): void {
    const key = this.keyspace.entries.key(entry, this.key);
    database.peek(key);
    database.evictFound(entry, key);
  }

  /** The higher, the better a candidate is a key with this stamp. */
  private scoreOfStamp(stamp: number): number {
    const { access } = this.keyspace;
    return this.measure === 'lru' ? access.idleSeconds(stamp) : LFU_MAX - access.decayed(stamp);
  }

  /** Candidates in a database, as far as the policy goes. */
  private candidatesOf(database: Database): number {
    return this.isVolatile ? database.expiring : database.size;
  }

  /** Samples all databases, each by its share of the keys. False when there is nothing to be evicted. */
  private refill(): boolean {
    this.credit = BURST_EVICTIONS - 1;
    const { databases } = this.keyspace;
    let total = 0;
    for (let i = 0; i < databases.length; i++) total += this.candidatesOf(databases[i]);
    if (total === 0) return false;
    const wanted = BURST_EVICTIONS * Math.min(this.samples, MAX_SAMPLES) * SAMPLES_PER_SETTING;
    for (let i = 0; i < databases.length; i++) {
      const candidates = this.candidatesOf(databases[i]);
      if (candidates === 0) continue;
      const share = Math.min(candidates, Math.ceil((wanted * candidates) / total));
      if (this.isVolatile) this.sampleExpiring(databases[i], share);
      else this.sampleAll(databases[i], share);
    }
    return true;
  }

  private sampleAll(database: Database, wanted: number): void {
    const { keyspace, pool, sample } = this;
    for (let taken = 0; taken < wanted; taken += sample.count) {
      sample.take(database.table, database.root, keyspace.random.uint32(), RUN_BUCKETS);
      let { threshold } = pool;
      for (let i = 0; i < sample.count; i++) {
        const score = this.scoreOfStamp(sample.words[i] >>> 8);
        if (score <= threshold) continue;
        this.offer(database, score, i);
        threshold = pool.threshold;
      }
    }
  }

  private sampleExpiring(database: Database, wanted: number): void {
    const { sample, measure } = this;
    const { heap } = this.keyspace;
    for (let taken = 0; taken < wanted; ) {
      this.takeExpiring(database);
      taken += sample.count;
      for (let i = 0; i < sample.count; i++) {
        const entry = sample.entries[i] as Pointer;
        const score = measure === 'ttl' ? -deadlineOf(heap, entry) : this.scoreOfStamp(sample.words[i] >>> 8);
        if (score > this.pool.threshold) this.offer(database, score, i);
      }
    }
  }

  private offer(database: Database, score: number, index: number): void {
    const { entries, positions } = this.sample;
    this.pool.offer(score, entries[index] as Pointer, positions[index], database.index);
  }

  /** Samples a segment of a database in which there are keys that expire; the sample has only such keys, maybe none. */
  private takeExpiring(database: Database): void {
    const { keyspace, sample } = this;
    const { bounds, root, table } = database;
    const id = this.measure === 'ttl' ? this.soonestSegment(bounds) : this.expiringSegment(bounds);
    const first = bounds.firstHash(id);
    table.locate(root, first);
    const hash = first + Math.floor(keyspace.random.float() * 2 ** (32 - table.depth));
    // As many buckets as hold a dozen keys that expire; nothing less than all tells which deadline is the earliest.
    const density = database.expiring / database.size;
    const buckets = this.measure === 'ttl' ? SEGMENT_BUCKETS : Math.ceil(EXPIRING_PER_RUN / (density * MEAN_BUCKET));
    const isWhole = sample.take(table, root, hash, buckets);
    const earliestMs = this.keepExpiring();
    if (isWhole) bounds.set(id, earliestMs);
  }

  /** Drops from the sample what does not expire. Answers the earliest deadline. */
  private keepExpiring(): number {
    const { sample } = this;
    const { heap } = this.keyspace;
    const { entries, positions, words } = sample;
    let kept = 0;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < sample.count; i++) {
      const entry = entries[i] as Pointer;
      if (!expires(heap, entry)) continue;
      earliestMs = Math.min(earliestMs, deadlineOf(heap, entry));
      entries[kept] = entry;
      positions[kept] = positions[i];
      words[kept++] = words[i];
    }
    sample.count = kept;
    return earliestMs;
  }

  /** Any segment that may hold keys that expire; there is one. */
  private expiringSegment(bounds: SegmentBounds): number {
    const { length } = bounds;
    const from = this.keyspace.random.below(length);
    for (let i = 0; i < length; i++) {
      const id = (from + i) % length;
      if (bounds.deadline(id) !== Number.POSITIVE_INFINITY) return id;
    }
    invariant(false, 'a key expires, and no segment knows of it');
  }

  /** The segment with the earliest deadline among many, or all. */
  private soonestSegment(bounds: SegmentBounds): number {
    const { length } = bounds;
    const from = length > COMPARED_SEGMENTS ? this.keyspace.random.below(length) : 0;
    let soonest = from;
    for (let i = 1; i < Math.min(length, COMPARED_SEGMENTS); i++) {
      const id = (from + i) % length;
      if (bounds.deadline(id) < bounds.deadline(soonest)) soonest = id;
    }
    return bounds.deadline(soonest) === Number.POSITIVE_INFINITY ? this.expiringSegment(bounds) : soonest;
  }

  /** Evicts any key of the next database that has one. */
  private evictRandom(): boolean {
    const { databases, random } = this.keyspace;
    for (let i = 0; i < databases.length; i++) {
      this.nextDatabase = (this.nextDatabase + 1) % databases.length;
      const database = databases[this.nextDatabase];
      if (this.candidatesOf(database) === 0) continue;
      const entry = this.isVolatile ? this.anyExpiring(database) : database.table.random(database.root, random);
      this.evict(database, entry);
      return true;
    }
    return false;
  }

  private anyExpiring(database: Database): Pointer {
    const { sample } = this;
    do this.takeExpiring(database);
    while (sample.count === 0);
    return sample.entries[this.keyspace.random.below(sample.count)] as Pointer;
  }
}
