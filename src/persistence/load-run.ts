/**
 * Reading files into the keyspace, one after the other: in slices, between which clients are told to wait, or at once.
 */
import type { Clock } from '../lib/clock.ts';
import type { LoadLog } from './load-log.ts';

/** How long loading goes on before others have their turn. */
const SLICE_MS = 10;
/** How often the log tells how far it is. */
const LOG_INTERVAL_MS = 5000;

const MIB = 2 ** 20;

/** A file that is being read. */
export interface LoadStep {
  /** How large the file is, and how much of it was read. */
  readonly totalBytes: number;
  readonly offset: number;
  /** Keys so far. */
  readonly keys: number;
  /** The memory that the server took which wrote the file; 0 where the file does not say (yet). */
  readonly savedUsedBytes: number;
  /** Reads on until `untilMs` of `performance.now()`; true when the file is read to its end. */
  run(untilMs: number): boolean;
}

export interface LoadRunOptions {
  readonly clock: Clock;
  readonly log: LoadLog;
  readonly totalBytes: number;
  readonly isAborted: () => boolean;
}

/** A load under way, and how far it is: see `LoadProgress` in dispatch/loading-service.ts. */
export class LoadRun {
  readonly totalBytes: number;
  readonly startedSeconds: number;
  private readonly options: LoadRunOptions;
  private readonly startedMs = performance.now();
  private nextLogMs = LOG_INTERVAL_MS;
  private finishedBytes = 0;
  private step: LoadStep | null = null;

  constructor(options: LoadRunOptions) {
    this.options = options;
    this.totalBytes = options.totalBytes;
    this.startedSeconds = Math.floor(options.clock.nowMs() / 1000);
  }

  get loadedBytes(): number {
    return this.finishedBytes + (this.step?.offset ?? 0);
  }

  get elapsedMs(): number {
    return performance.now() - this.startedMs;
  }

  get secondsLeft(): number {
    const { elapsedMs, loadedBytes } = this;
    if (elapsedMs < 1000) return 1;
    return Math.floor((elapsedMs * Math.max(0, this.totalBytes - loadedBytes)) / (loadedBytes + 1) / 1000);
  }

  get keys(): number {
    return this.step?.keys ?? 0;
  }

  get savedUsedBytes(): number {
    return this.step?.savedUsedBytes ?? 0;
  }

  /** Reads a file in slices; false when that was aborted. */
  async read(step: LoadStep): Promise<boolean> {
    this.step = step;
    for (let isWhole = false; !isWhole; ) {
      if (this.options.isAborted()) return false;
      isWhole = step.run(performance.now() + SLICE_MS);
      this.report();
      // What clients have sent meanwhile, and timers.
      if (!isWhole) await new Promise((turn) => setImmediate(turn));
    }
    this.finish(step);
    return !this.options.isAborted();
  }

  /** Reads a file at once, but for what is done between slices. */
  readAtOnce(step: LoadStep, betweenSlices: () => void): void {
    this.step = step;
    while (!step.run(performance.now() + SLICE_MS)) betweenSlices();
    this.finish(step);
  }

  toString(): string {
    const percent = (this.loadedBytes / Math.max(1, this.totalBytes)) * 100;
    return `${percent.toFixed(1)}% of ${(this.totalBytes / MIB).toFixed(1)} MiB, ${this.keys} keys, about ${this.secondsLeft} seconds left`;
  }

  private finish(step: LoadStep): void {
    this.finishedBytes += step.totalBytes;
    this.step = null;
  }

  private report(): void {
    const { elapsedMs } = this;
    if (elapsedMs <= this.nextLogMs) return;
    this.options.log('notice', `Loading: ${this}`);
    this.nextLogMs = elapsedMs + LOG_INTERVAL_MS;
  }
}
