/**
 * `maxmemory`: evicts keys while too much memory is used, before each command and, where that does not do, in the
 * background.
 *
 * Compared with the limit is what the data set and the buffers of clients take; what only snapshots keep is left out,
 * since evicting does not make it less, and so is what replicas have yet to be sent. What was deleted and is still
 * being freed in slices is freed before anything else is evicted.
 *
 * Invariant: clients never wait long for it. Before a command it takes as long as `maxmemory-eviction-tenacity` says,
 * once; if that was not enough, slices in the background do the rest, and all commands of an event-loop turn together
 * have no more than one slice's time.
 */
import type { Evictor } from '../keyspace/evictor.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { LatencyMonitor } from './latency-monitor.ts';
import type { MemoryMonitor } from './memory-monitor.ts';

/** Enough memory is free; not yet; or there is nothing left that may be evicted. */
export type LimitState = 'within' | 'evicting' | 'exceeded';

/** Keys that are evicted without a look at the clock. */
const BATCH = 16;

export interface MemoryLimitOptions {
  readonly keyspace: Keyspace;
  readonly evictor: Evictor;
  readonly memory: MemoryMonitor;
  readonly latency: LatencyMonitor;
  /** Has {@link MemoryLimit.runSlice} called soon, between the commands. */
  readonly scheduleSlice: () => void;
  /** False while the data set must not change: loading, paused clients, a replica that follows its primary. */
  readonly mayEvict: () => boolean;
}

export class MemoryLimit {
  /** `maxmemory`; 0 for none. */
  limitBytes = 0;
  /** What {@link enforce} last said: to commands that run within another one it still applies. */
  state: LimitState = 'within';

  private readonly options: MemoryLimitOptions;
  private timeLimitMs = 0;
  /** Slices are scheduled. */
  private isRunning = false;
  /** While slices run: what is left of the commands' share of this turn. */
  private shareMs = 0;
  /** Since when too much is used; negative while it is not. */
  private exceededSinceMs = -1;
  private exceededMs = 0;

  constructor(options: MemoryLimitOptions) {
    this.options = options;
    this.setTenacity(10);
  }

  /** `maxmemory-eviction-tenacity`, converted to a time as in Redis: up to half a millisecond, then 15 % more per step. */
  setTenacity(tenacity: number): void {
    if (tenacity <= 10) this.timeLimitMs = tenacity * 0.05;
    else this.timeLimitMs = tenacity < 100 ? 0.5 * 1.15 ** (tenacity - 10) : Number.POSITIVE_INFINITY;
  }

  /** Bytes that count. */
  get countedBytes(): number {
    return this.options.memory.countedBytes;
  }

  /** For how long too much has been used, in milliseconds: in all, and since when it has been without a break. */
  get exceededTimeMs(): { readonly total: number; readonly current: number } {
    const current = this.exceededSinceMs < 0 ? 0 : this.nowMs() - this.exceededSinceMs;
    return { total: this.exceededMs + current, current };
  }

  /** CONFIG RESETSTAT. */
  resetStats(): void {
    this.exceededMs = 0;
    this.exceededSinceMs = -1;
  }

  /** To be called before each command while there is a limit: evicts if need be, and says whether there is room now. */
  enforce(): LimitState {
    if (this.countedBytes > this.limitBytes) this.options.memory.refresh();
    if (this.countedBytes <= this.limitBytes) {
      if (this.state !== 'within') this.become('within');
      return 'within';
    }
    if (!this.options.mayEvict()) {
      this.state = 'within';
      return 'within';
    }
    if (!this.isRunning) return this.evict(this.timeLimitMs);
    if (this.shareMs <= 0) return this.state;
    const startMs = this.nowMs();
    const state = this.evict(Math.min(this.shareMs, this.timeLimitMs));
    this.shareMs -= this.nowMs() - startMs;
    return state;
  }

  /** The limit has changed: the excess, if there is any, goes in the background. */
  limitChanged(limitBytes: number): void {
    this.limitBytes = limitBytes;
    if (limitBytes === 0) {
      this.become('within');
      return;
    }
    this.options.memory.refresh();
    if (this.countedBytes > limitBytes && this.options.evictor.evicts) this.startSlices();
  }

  /** Goes on evicting for about `budgetMs`. Answers whether it is to be called again after the clients' turn. */
  runSlice(budgetMs: number): boolean {
    if (!this.isRunning) return false;
    const sliceMs = Math.max(budgetMs, this.timeLimitMs);
    this.shareMs = sliceMs;
    this.isRunning = false;
    if (this.limitBytes === 0 || !this.options.mayEvict()) return false;
    this.options.memory.refresh();
    if (this.countedBytes <= this.limitBytes) this.become('within');
    else this.evict(sliceMs);
    return this.isRunning;
  }

  private evict(limitMs: number): LimitState {
    const { evictor, keyspace, latency, memory } = this.options;
    if (!evictor.evicts) return this.become('exceeded');
    const watched = latency.thresholdMs > 0;
    const startMs = watched ? this.nowMs() : 0;
    let endMs = 0;
    let left = BATCH;
    let state: LimitState = 'within';
    // What clients are told of evicted keys waits in their buffers: were it to count here, evicting would feed itself.
    const heapLimitBytes = this.limitBytes - memory.clientBytes;
    while (keyspace.heap.usedBytes > heapLimitBytes) {
      if (keyspace.reclaimer.hasJobs) {
        keyspace.reclaimer.step();
        left = 1;
      } else if (!(watched ? this.evictWatched() : evictor.evictOne())) {
        state = 'exceeded';
        break;
      }
      if (--left > 0) continue;
      left = BATCH;
      const nowMs = this.nowMs();
      // Time counts from the first look at the clock on: most evictions are over before it.
      if (endMs === 0) endMs = nowMs + limitMs;
      if (nowMs < endMs) continue;
      this.startSlices();
      state = 'evicting';
      break;
    }
    if (watched) latency.record('eviction-cycle', this.nowMs() - startMs, keyspace.clock.nowMs());
    return this.become(state);
  }

  private nowMs(): number {
    return this.options.keyspace.clock.monotonicMs();
  }

  private evictWatched(): boolean {
    const { evictor, keyspace, latency } = this.options;
    const startMs = this.nowMs();
    const evicted = evictor.evictOne();
    latency.record('eviction-del', this.nowMs() - startMs, keyspace.clock.nowMs());
    return evicted;
  }

  private startSlices(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.shareMs = this.timeLimitMs;
    this.become('evicting');
    this.options.scheduleSlice();
  }

  private become(state: LimitState): LimitState {
    this.state = state;
    if (state !== 'within') {
      if (this.exceededSinceMs < 0) this.exceededSinceMs = this.nowMs();
    } else if (this.exceededSinceMs >= 0) {
      this.exceededMs += this.nowMs() - this.exceededSinceMs;
      this.exceededSinceMs = -1;
    }
    return state;
  }
}
