/**
 * The active expiry cycle: deletes keys whose time is over and that nobody asks for, in small slices.
 *
 * Every table segment has a lower bound of the deadlines in it (see {@link SegmentBounds}), so the cycle goes round the
 * bounds and opens only segments that may have something due. Deleting keys merges segments and gives their ids to
 * others; hence due keys are copied before the first of them is deleted, and each is looked up again by its name. Where
 * a merge moves something due to a segment that this round has passed already, the next round finds it.
 *
 * Invariant: a bound is raised only when its whole segment has been looked at, and all that was due is deleted before
 * anything else can happen.
 */
import { invariant } from '../lib/invariant.ts';
import { Slice } from '../lib/slice.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import { SEGMENT_ID } from '../structures/table-layout.ts';
import type { Database } from './database.ts';
import { deadlineOf } from './key-entry.ts';
import type { Keyspace } from './keyspace.ts';

/** Keys that are deleted without a look at the clock. */
const BATCH_KEYS = 64;
/** Bytes of names after which a batch is closed, whatever the number of keys. */
const BATCH_BYTES = 64 * 1024;
/** Bounds that are compared without a look at the clock. */
const BATCH_BOUNDS = 4096;
/** Room that a batch must find before it starts: copies of a frozen segment and the pages above it, and merges. */
const BATCH_HEADROOM_BYTES = 128 * 1024;

/** How often the mean time to live is sampled, and from how many keys and buckets each time. */
const SAMPLE_INTERVAL_MS = 100;
const SAMPLE_KEYS = 20;
const SAMPLE_BUCKETS = 16;

/** Above this share of due keys among those looked at, the cycle may take half of all time. */
const CROWDED_PERCENT = 10;
const MIN_SLICE_MS = 0.1;
const MAX_SLICE_MS = 1;

export class ExpiryCycle {
  /** DEBUG SET-ACTIVE-EXPIRE. */
  enabled = true;
  /** `active-expire-effort`, 1 to 10. */
  effort = 1;

  private readonly keyspace: Keyspace;
  /** Where the next run goes on: the database, and in it the id of a segment. */
  private databaseIndex = 0;
  private segmentId = 0;
  private sampledMs = 0;
  /** Due keys among those looked at in the last run, in percent. */
  private duePercent = 0;

  // The batch under way.
  private names = new Uint8Array(BATCH_BYTES);
  private readonly ends = new Int32Array(BATCH_KEYS);
  private count = 0;
  private kept = 0;
  private isComplete = true;
  private earliestMs = Number.POSITIVE_INFINITY;
  private nowMs = 0;

  // This run.
  private looked = 0;
  private expired = 0;
  private isStarved = false;

  private readonly key = new Slice(new Uint8Array(0), 0, 0);
  private readonly collect: (entry: Pointer) => void;
  private sampleSum = 0;
  private sampleCount = 0;
  private readonly sample: (entry: Pointer) => void;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
    this.collect = (entry) => this.collectDue(entry);
    this.sample = (entry) => this.sampleTtl(entry);
  }

  /**
   * Deletes keys whose deadline is before `nowMs` (Unix milliseconds) until none is left or about `budgetMs` have
   * passed. Answers whether there may be more: the caller runs it again after the clients' turn.
   */
  run(nowMs: number, budgetMs: number): boolean {
    const { keyspace } = this;
    if (!this.enabled || keyspace.keepsExpired) return false;
    if (nowMs - this.sampledMs >= SAMPLE_INTERVAL_MS || nowMs < this.sampledMs) this.sampleAll(nowMs);
    this.nowMs = nowMs;
    this.looked = this.expired = 0;
    this.isStarved = false;
    const endMs = keyspace.clock.monotonicMs() + budgetMs;
    const more = !this.goRound(endMs) && !this.isStarved;
    if (more) keyspace.stats.expireTimeCapReached++;
    this.countRun();
    return more;
  }

  /**
   * How long the next run may take where everybody else has had `othersMs` since the last one: a quarter of all time
   * with the least effort, half of it while much is due, and never so much that clients notice.
   */
  sliceMs(othersMs: number): number {
    const share = this.duePercent > CROWDED_PERCENT ? 0.5 : 0.25 + 0.02 * (this.effort - 1);
    return Math.min(MAX_SLICE_MS, Math.max(MIN_SLICE_MS, (othersMs * share) / (1 - share)));
  }

  /** Goes on with the round until every database has nothing due; false when it had to stop first. */
  private goRound(endMs: number): boolean {
    const { databases } = this.keyspace;
    for (let left = databases.length; left > 0; left--) {
      if (this.databaseIndex >= databases.length) this.databaseIndex = 0;
      if (!this.sweep(databases[this.databaseIndex], endMs)) return false;
      this.databaseIndex++;
      this.segmentId = 0;
    }
    return true;
  }

  /** Passes over a database until a whole pass meets nothing due; false when it had to stop first. */
  private sweep(database: Database, endMs: number): boolean {
    if (database.expiring === 0) return true;
    for (;;) {
      let opened = false;
      const from = this.segmentId;
      for (let id = from; id < database.bounds.length; id++) {
        this.segmentId = id;
        if ((id & (BATCH_BOUNDS - 1)) === BATCH_BOUNDS - 1 && this.isOver(endMs)) return false;
        if (database.bounds.deadline(id) >= this.nowMs) continue;
        opened = true;
        do {
          this.expireBatch(database, id);
          if (this.isStarved || this.isOver(endMs)) return false;
        } while (database.bounds.deadline(id) < this.nowMs);
      }
      this.segmentId = 0;
      if (!opened && from === 0) return true;
    }
  }

  /** Deletes the first due keys of one segment, if there is memory to do it in. */
  private expireBatch(database: Database, id: number): void {
    const { heap } = this.keyspace;
    this.isStarved = !heap.reserve(BATCH_HEADROOM_BYTES);
    if (this.isStarved) return;
    const { table, bounds } = database;
    table.locate(database.root, bounds.firstHash(id));
    const { segment } = table;
    invariant(heap.word(segment, SEGMENT_ID) === id, 'a segment does not lie where its bound says');
    this.count = this.kept = 0;
    this.isComplete = true;
    this.earliestMs = Number.POSITIVE_INFINITY;
    table.forEachInSegment(segment, this.collect);
    this.looked += this.count;
    if (this.isComplete) {
      this.looked += this.kept;
      bounds.set(id, this.earliestMs);
    }
    for (let i = 0; i < this.count; i++) this.expire(database, i);
  }

  private collectDue(entry: Pointer): void {
    const deadlineMs = deadlineOf(this.keyspace.heap, entry);
    if (deadlineMs >= this.nowMs) {
      if (deadlineMs < this.earliestMs) this.earliestMs = deadlineMs;
      this.kept++;
      return;
    }
    const { count } = this;
    const start = count === 0 ? 0 : this.ends[count - 1];
    const { length } = this.keyspace.entries.key(entry, this.key);
    if (count === BATCH_KEYS || (count > 0 && start + length > this.names.length)) {
      this.isComplete = false;
      return;
    }
    // A name longer than all of a batch is a batch of its own.
    if (length > this.names.length) this.names = new Uint8Array(length);
    this.copyName(start);
    this.ends[count] = start + length;
    this.count++;
  }

  private copyName(at: number): void {
    const { bytes, start, end } = this.key;
    const { names } = this;
    if (end - start > 64) names.set(bytes.subarray(start, end), at);
    else for (let i = start; i < end; i++) names[at + i - start] = bytes[i];
  }

  private expire(database: Database, index: number): void {
    const key = this.key.point(this.names, index === 0 ? 0 : this.ends[index - 1], this.ends[index]);
    const entry = database.peek(key);
    if (entry === NULL || deadlineOf(this.keyspace.heap, entry) >= this.nowMs) return;
    database.expireFound(entry, key);
    this.expired++;
  }

  private isOver(endMs: number): boolean {
    return this.keyspace.clock.monotonicMs() >= endMs;
  }

  /** A running mean in which this run counts for a twentieth, as in Redis. */
  private countRun(): void {
    const { stats } = this.keyspace;
    const percent = this.looked === 0 ? 0 : (this.expired * 100) / this.looked;
    stats.stalePercent = percent * 0.05 + stats.stalePercent * 0.95;
    this.duePercent = percent;
    if (this.names.length > BATCH_BYTES) this.names = new Uint8Array(BATCH_BYTES);
  }

  // The mean time to live

  private sampleAll(nowMs: number): void {
    this.sampledMs = nowMs;
    this.nowMs = nowMs;
    for (const database of this.keyspace.databases) {
      if (database.expiring === 0) database.averageTtlMs = 0;
      else this.sampleDatabase(database);
    }
  }

  /** A running mean in which the new sample counts for a fiftieth, in whole milliseconds, as in Redis. */
  private sampleDatabase(database: Database): void {
    this.sampleSum = this.sampleCount = 0;
    let cursor = this.keyspace.random.uint32();
    for (let i = 0; i < SAMPLE_BUCKETS && this.sampleCount < SAMPLE_KEYS; i++) {
      cursor = database.table.scan(database.root, cursor, this.sample);
    }
    if (this.sampleCount === 0) return;
    const sampleMs = Math.trunc(this.sampleSum / this.sampleCount);
    const meanMs = database.averageTtlMs === 0 ? sampleMs : database.averageTtlMs;
    database.averageTtlMs = Math.trunc(meanMs / 50) * 49 + Math.trunc(sampleMs / 50);
  }

  private sampleTtl(entry: Pointer): void {
    const ttlMs = deadlineOf(this.keyspace.heap, entry) - this.nowMs;
    if (ttlMs <= 0 || !Number.isFinite(ttlMs)) return;
    this.sampleSum += ttlMs;
    this.sampleCount++;
  }
}
