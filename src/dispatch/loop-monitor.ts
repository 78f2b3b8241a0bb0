/**
 * How long the event loop is held up: the longest stretch of synchronous work, during which no client is served.
 *
 * Measured in the places that do work, with clock readings that are taken anyway: one stretch is a turn (all reads that
 * came together, the log, and the writes of the replies) where the network says when a turn has ended, or else each
 * read by itself; background slices and the server's own periodic work are stretches too. Busy time as a whole and the
 * loop's rounds are Node's own count, which costs nothing.
 *
 * The latency monitor is told of long stretches as `eventloop` events, where they are not explained by other events:
 * a slow command is one by itself.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Clock } from '../lib/clock.ts';
import type { LatencyMonitor } from './latency-monitor.ts';

/**
 * A turn of this length ends after the read that made it so long, though more has come: replies do not wait for other
 * clients' commands any longer than this. Turns are as long as that with very many clients, or while a snapshot is
 * alive, when the first write to each part of the keyspace copies it (800 SETs of 50 clients then took up to 14 ms).
 */
const LONG_TURN_MS = 2;

/**
 * Sending takes about so long per client that has something to be sent. With messages to a thousand subscribers it is
 * what takes longest, and many messages that leave together cost little more than one: a turn takes at least twice as
 * long as the sending at its end.
 */
const SEND_MS = 0.003;
const MIN_WORK_PER_SENDING = 2;

/** What the thread has waited for a processor is looked up no more often than this. */
const DELAY_AGE_MS = 1;

/** Reads further apart than this do not belong to one turn, though nothing was sent between them. */
const MAX_GAP_MS = 0.2;

export class LoopMonitor {
  /** The longest stretch since the last reset, in microseconds: INFO's `eventloop_longest_us`. */
  longestUs = 0;
  /**
   * The longest without what the thread waited for a processor that others had, to about a millisecond: INFO's
   * `eventloop_longest_running_us`.
   */
  longestRunningUs = 0;
  /** Set by a network that calls {@link endTurn}; without one every read counts by itself. */
  hasTurns = false;

  private readonly latency: LatencyMonitor;
  private readonly clock: Clock;
  private readonly runDelayUs: () => number;
  private isOpen = false;
  private startMs = 0;
  private lastMs = 0;
  /** What the thread had waited for a processor at `delayAtMs`, about when the stretch began. */
  private delayUs: number;
  private delayAtMs: number;
  /** What the latency monitor had kept when the stretch began. */
  private keptBeforeMs = 0;
  private workStartMs = 0;
  private workDelayUs = 0;
  private busyBefore: EventLoopUtilization;
  private cyclesBefore: number;

  /** `runDelayUs` tells how long the thread has waited for a processor, in all. */
  constructor(latency: LatencyMonitor, clock: Clock, runDelayUs: () => number) {
    this.latency = latency;
    this.clock = clock;
    this.runDelayUs = runDelayUs;
    this.delayUs = runDelayUs();
    this.delayAtMs = performance.now();
    this.busyBefore = performance.eventLoopUtilization();
    this.cyclesBefore = loopCount();
  }

  /** Work on what was read begins at `nowMs`, as `performance.now()` tells it. */
  beginRead(nowMs: number): void {
    if (this.isOpen && nowMs - this.lastMs < MAX_GAP_MS) return;
    this.isOpen = true;
    this.startMs = nowMs;
    this.keptBeforeMs = this.latency.keptMs;
    if (nowMs - this.delayAtMs <= DELAY_AGE_MS) return;
    this.delayUs = this.runDelayUs();
    this.delayAtMs = nowMs;
  }

  /** It ended, and so many clients have something to be sent. True when the turn should end now. */
  endRead(nowMs: number, waiting: number): boolean {
    this.lastMs = nowMs;
    if (!this.isOpen) return false;
    if (this.hasTurns) {
      const turnMs = nowMs - this.startMs;
      return turnMs >= LONG_TURN_MS && turnMs >= waiting * SEND_MS * MIN_WORK_PER_SENDING;
    }
    this.isOpen = false;
    this.note(nowMs - this.startMs, this.delayUs, this.latency.keptMs - this.keptBeforeMs);
    return false;
  }

  /** The turn ended: its replies are sent. */
  endTurn(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.note(performance.now() - this.startMs, this.delayUs, this.latency.keptMs - this.keptBeforeMs);
  }

  /** Other work, outside of turns, begins at `nowMs`. */
  beginWork(nowMs: number): void {
    this.workStartMs = nowMs;
    this.workDelayUs = this.runDelayUs();
  }

  /** It ends. */
  endWork(): void {
    this.note(performance.now() - this.workStartMs, this.workDelayUs, 0);
  }

  /** Rounds of the event loop, as far as Node counts them (from 20.18 on). */
  get cycles(): number {
    return loopCount() - this.cyclesBefore;
  }

  /** Time that the loop was not waiting, in microseconds. */
  get busyUs(): number {
    return Math.max(0, performance.eventLoopUtilization().active - this.busyBefore.active) * 1000;
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.longestUs = 0;
    this.longestRunningUs = 0;
    this.busyBefore = performance.eventLoopUtilization();
    this.cyclesBefore = loopCount();
  }

  /** `delayBeforeUs`: what the thread had waited for a processor when the stretch began. */
  private note(milliseconds: number, delayBeforeUs: number, explainedMs: number): void {
    const microseconds = milliseconds * 1000;
    if (microseconds > this.longestUs) this.longestUs = microseconds;
    if (microseconds > this.longestRunningUs) {
      const runningUs = microseconds - (this.runDelayUs() - delayBeforeUs);
      if (runningUs > this.longestRunningUs) this.longestRunningUs = runningUs;
    }
    const unexplainedMs = milliseconds - explainedMs;
    if (unexplainedMs >= 1) this.latency.record('eventloop', unexplainedMs, this.clock.nowMs());
  }
}

function loopCount(): number {
  const timing: { readonly uvMetricsInfo?: { readonly loopCount: number } } = performance.nodeTiming;
  return timing.uvMetricsInfo?.loopCount ?? 0;
}
