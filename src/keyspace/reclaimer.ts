/**
 * Frees what is too large to be freed at once, in slices between commands: abandoned tables and the blocks that ended
 * snapshots kept.
 */
import type { Heap } from '../memory/heap.ts';

/** Something to be freed step by step. */
export interface ReclaimJob {
  /** Frees a little (some hundred blocks at the most); false when nothing is left. */
  step(): boolean;
  /** Values still to be freed, for INFO's `lazyfree_pending_objects`. */
  readonly pending: number;
}

/** Blocks that one step of a sweep looks at. */
const SWEEP_STEP = 512;

/** Values that are freed at once rather than in slices. */
const SMALL_JOB = 512;

export class Reclaimer {
  /** Values freed by jobs so far. */
  reclaimed = 0;
  private readonly heap: Heap;
  private readonly jobs: ReclaimJob[] = [];

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** Does a job in slices. */
  add(job: ReclaimJob): void {
    this.jobs.push(job);
  }

  /** Does a small job at once, and a large one in slices. */
  free(job: ReclaimJob): void {
    if (job.pending > SMALL_JOB) this.jobs.push(job);
    else while (job.step());
  }

  /** True while something that no key reaches any more waits to be freed. */
  get hasJobs(): boolean {
    return this.jobs.length > 0;
  }

  get isIdle(): boolean {
    return this.jobs.length === 0 && !this.heap.needsSweep;
  }

  /** Values that wait to be freed. */
  get pending(): number {
    return this.jobs.reduce((sum, job) => sum + job.pending, 0);
  }

  /** Does one small step of work; false when there is none left. */
  step(): boolean {
    const job = this.jobs[0];
    if (job !== undefined) {
      const before = job.pending;
      if (!job.step()) this.jobs.shift();
      this.reclaimed += Math.max(0, before - job.pending);
    } else if (this.heap.needsSweep) {
      this.heap.sweep(SWEEP_STEP);
    }
    return !this.isIdle;
  }

  /** Does everything that is left, at once. */
  finish(): void {
    while (this.step());
  }
}
