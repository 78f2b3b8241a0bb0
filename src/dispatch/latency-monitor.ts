/**
 * The latency monitor: events that took longer than `latency-monitor-threshold`, by name, with their recent history.
 */

/** Samples kept per event, as in Redis. */
const HISTORY_LENGTH = 160;

export interface LatencySample {
  atSeconds: number;
  milliseconds: number;
}

export interface LatencyEvent {
  readonly samples: LatencySample[];
  maxMilliseconds: number;
}

export class LatencyMonitor {
  /** Events this long are kept; 0 turns the monitor off. */
  thresholdMs = 0;
  readonly events = new Map<string, LatencyEvent>();
  /** How long all events that were kept have taken together, in milliseconds. */
  keptMs = 0;

  /** Notes an event of `name`, if the monitor is on and it was long enough. */
  record(name: string, milliseconds: number, atMs: number): void {
    if (this.thresholdMs === 0 || milliseconds < this.thresholdMs) return;
    this.keptMs += milliseconds;
    const whole = Math.floor(milliseconds);
    const atSeconds = Math.floor(atMs / 1000);
    let event = this.events.get(name);
    if (event === undefined) {
      event = { samples: [], maxMilliseconds: 0 };
      this.events.set(name, event);
    }
    event.maxMilliseconds = Math.max(event.maxMilliseconds, whole);
    const last = event.samples.at(-1);
    // One sample a second: the worst.
    if (last !== undefined && last.atSeconds === atSeconds) {
      last.milliseconds = Math.max(last.milliseconds, whole);
      return;
    }
    event.samples.push({ atSeconds, milliseconds: whole });
    if (event.samples.length > HISTORY_LENGTH) event.samples.shift();
  }

  /** Forgets the named events, whose names may be in any case, or all; answers how many there were. */
  reset(names: readonly string[]): number {
    if (names.length === 0) {
      const count = this.events.size;
      this.events.clear();
      return count;
    }
    let count = 0;
    for (const name of names) {
      for (const event of this.events.keys()) {
        if (event.toLowerCase() === name.toLowerCase() && this.events.delete(event)) count++;
      }
    }
    return count;
  }
}
