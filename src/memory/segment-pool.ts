/**
 * Where segments come from and go to.
 *
 * A SharedArrayBuffer's memory is returned to the system only when a garbage collection finds that no thread holds
 * it, and a server that makes no garbage hardly ever collects. So a few retired segments are kept for reuse, and
 * dropping more than that asks for a collection.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SEGMENT_BYTES } from './layout.ts';

/** Retired segments that are kept for reuse. */
const KEPT_SEGMENTS = 2;

/** A collection is asked for after this many dropped segments, or after the time below if there are fewer. */
const DROPPED_BEFORE_COLLECTION = 8;
const COLLECTION_DELAY_MS = 1000;
/** The first collection after a drop may still find the segment held by what is about to end. */
const COLLECTIONS = 2;

export class SegmentPool {
  /** False while what is given back is to go back to the system, and what is taken is to be fresh. */
  keeps = true;
  private readonly kept: SharedArrayBuffer[] = [];
  private dropped = 0;
  /** Collections that are still to come. */
  private collections = 0;
  private timer: NodeJS.Timeout | null = null;

  /** A segment, its bytes arbitrary; null when the system has no memory for one. */
  take(): SharedArrayBuffer | null {
    const kept = this.kept.pop();
    if (kept !== undefined) return kept;
    try {
      return new SharedArrayBuffer(SEGMENT_BYTES);
    } catch {
      return null; // RangeError: the allocation failed
    }
  }

  /** Takes a segment back that nobody uses any more. */
  give(segment: SharedArrayBuffer): void {
    if (this.keeps && this.kept.length < KEPT_SEGMENTS) {
      this.kept.push(segment);
      return;
    }
    this.drop();
  }

  /** Gives up what is kept for reuse. */
  trim(): void {
    while (this.kept.pop() !== undefined) this.drop();
  }

  private drop(): void {
    this.dropped++;
    this.collections = COLLECTIONS;
    if (this.dropped >= DROPPED_BEFORE_COLLECTION) this.requestCollection();
    this.arm();
  }

  private requestCollection(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.dropped = 0;
    if (--this.collections > 0) this.arm();
    // The JavaScript heap is small, because the data set is not in it, so a full collection takes milliseconds;
    // it must not run inside a command.
    setImmediate(() => collectGarbage()).unref();
  }

  private arm(): void {
    this.timer ??= setTimeout(() => this.requestCollection(), COLLECTION_DELAY_MS).unref();
  }
}

let collector: (() => void) | null = null;

/** Runs a full garbage collection. */
export function collectGarbage(): void {
  if (collector === null) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as () => void;
  }
  collector();
}
