/**
 * `activedefrag`: decides when to move data together and how much time to spend on it.
 *
 * A pass begins when memory that holds nothing is more than the thresholds say, and goes on to its end, in slices of a
 * millisecond. The more is wasted, the shorter the rests between them: from `active-defrag-cycle-min` percent of one
 * CPU at the lower threshold to `active-defrag-cycle-max` at the upper one. None begins while a snapshot is alive, which
 * holds on to what would be given back.
 */
import type { Config } from '../config/config.ts';
import type { Defragmenter } from '../keyspace/defragmenter.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { LatencyMonitor } from './latency-monitor.ts';
import type { LoopMonitor } from './loop-monitor.ts';

const SLICE_MS = 1;

/** A pass that hardly gave anything back is not repeated before this much time has passed. */
const FRUITLESS_REST_MS = 10_000;

export interface DefragPacerOptions {
  readonly config: Config;
  readonly keyspace: Keyspace;
  readonly defragmenter: Defragmenter;
  readonly latency: LatencyMonitor;
  readonly loop: LoopMonitor;
  /** False while the data set must not change. */
  readonly mayRun: () => boolean;
  /** A slice failed: an invariant is broken. */
  readonly onBroken: (error: unknown) => void;
}

export class DefragPacer {
  private readonly options: DefragPacerOptions;
  private timer: NodeJS.Timeout | null = null;
  private wastedAtBegin = 0;
  private notBeforeMs = Number.NEGATIVE_INFINITY;
  private startedMs = -1;
  private spentMs = 0;

  constructor(options: DefragPacerOptions) {
    this.options = options;
  }

  /** Percent of one CPU that is being used; 0 while nothing is done. */
  get effort(): number {
    return this.options.defragmenter.isRunning ? this.effortNow() : 0;
  }

  /** For how long passes have been under way, in milliseconds: in all, and the one that is. */
  get timeMs(): { readonly total: number; readonly current: number } {
    const current = this.startedMs < 0 ? 0 : this.options.keyspace.clock.monotonicMs() - this.startedMs;
    return { total: this.spentMs + current, current };
  }

  /** CONFIG RESETSTAT. */
  resetStats(): void {
    this.spentMs = 0;
    this.options.defragmenter.stats.reset();
  }

  /** To be called some times a second: begins a pass if there is cause, and ends the one under way if it may not go on. */
  check(): void {
    const { config, defragmenter, keyspace } = this.options;
    if (!config.get('activedefrag') || !this.options.mayRun() || keyspace.heap.snapshotCount > 0) {
      this.stop();
      return;
    }
    if (defragmenter.isRunning || !keyspace.reclaimer.isIdle) return;
    const nowMs = keyspace.clock.monotonicMs();
    const { wastedBytes } = defragmenter;
    if (nowMs < this.notBeforeMs && wastedBytes <= this.wastedAtBegin * 1.1) return;
    if (wastedBytes < config.get('active-defrag-ignore-bytes')) return;
    if (this.wastedPercent() < config.get('active-defrag-threshold-lower')) return;
    this.wastedAtBegin = wastedBytes;
    if (!defragmenter.begin()) return;
    this.startedMs = nowMs;
    this.schedule();
  }

  /** Ends the pass under way. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.options.defragmenter.end();
    this.passEnded();
  }

  private slice(): void {
    this.timer = null;
    const { defragmenter, keyspace, latency, loop } = this.options;
    try {
      const startMs = keyspace.clock.monotonicMs();
      loop.beginWork(startMs);
      const more = defragmenter.run(SLICE_MS);
      latency.record('active-defrag-cycle', keyspace.clock.monotonicMs() - startMs, keyspace.clock.nowMs());
      loop.endWork();
      if (more) this.schedule();
      else this.passCompleted();
    } catch (error) {
      this.options.onBroken(error);
    }
  }

  private schedule(): void {
    const restMs = (SLICE_MS * (100 - this.effortNow())) / this.effortNow();
    this.timer = setTimeout(() => this.slice(), restMs).unref();
  }

  private passEnded(): void {
    if (this.startedMs < 0) return;
    this.spentMs += this.options.keyspace.clock.monotonicMs() - this.startedMs;
    this.startedMs = -1;
  }

  private passCompleted(): void {
    this.passEnded();
    const { defragmenter, keyspace } = this.options;
    const isFruitful = defragmenter.wastedBytes < this.wastedAtBegin * 0.9;
    const restMs = isFruitful ? 0 : FRUITLESS_REST_MS;
    this.notBeforeMs = keyspace.clock.monotonicMs() + restMs;
  }

  private wastedPercent(): number {
    const { heap } = this.options.keyspace;
    return (this.options.defragmenter.wastedBytes * 100) / Math.max(1, heap.usedBytes + heap.snapshotBytes);
  }

  /** As in Redis: linear between the thresholds. */
  private effortNow(): number {
    const { config } = this.options;
    const lower = config.get('active-defrag-threshold-lower');
    const upper = config.get('active-defrag-threshold-upper');
    const least = config.get('active-defrag-cycle-min');
    const most = config.get('active-defrag-cycle-max');
    const share = upper > lower ? (this.wastedPercent() - lower) / (upper - lower) : 1;
    return Math.round(Math.max(least, Math.min(most, least + (most - least) * share)));
  }
}
