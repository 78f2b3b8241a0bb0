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

/** A collection is asked for so long after a segment was dropped, or sooner when there are so many. */
const COLLECTION_DELAY_MS = 1000;
const MANY_DROPPED = 8;
/**
 * From one collection to the next, at the least. What a collection finds is unmapped in the background, and the next one
 * would wait for that: 40 segments, collected in six goes at once, held everybody up for a tenth of a second.
 */
const COLLECTION_GAP_MS = 250;
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
  private collectedAtMs = Number.NEGATIVE_INFINITY;
  private readonly collector: () => void;

  /** `collector` runs a full garbage collection. */
  constructor(collector: () => void = collectGarbage) {
    this.collector = collector;
  }

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
    if (this.dropped === MANY_DROPPED) this.schedule(COLLECTION_GAP_MS - (performance.now() - this.collectedAtMs));
    else if (this.timer === null) this.schedule(COLLECTION_DELAY_MS);
  }

  /** The next collection is to run after this time, by itself: never inside a command. */
  private schedule(delayMs: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.collect(), Math.max(0, delayMs)).unref();
  }

  private collect(): void {
    this.timer = null;
    this.dropped = 0;
    // The JavaScript heap is small, because the data set is not in it: a full collection takes milliseconds.
    this.collector();
    this.collectedAtMs = performance.now();
    if (--this.collections > 0) this.schedule(COLLECTION_DELAY_MS);
  }
}

let gc: (() => void) | null = null;

/** Runs a full garbage collection. */
export function collectGarbage(): void {
  if (gc === null) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as () => void;
  }
  gc();
}
