/**
 * Time, injected wherever it is needed: one clock drives expiry, TIME, stream IDs and blocking timeouts, and a
 * test sets it by hand.
 */

export interface Clock {
  /** Wall-clock time in whole milliseconds since the Unix epoch. It can jump when the system's clock is set. */
  nowMs(): number;
  /** The same in whole microseconds. */
  nowUs(): number;
  /** Milliseconds, with a fraction, since some fixed moment; never goes back. For durations. */
  monotonicMs(): number;
}

// How far the two clocks may part before the wall clock is taken anew; Date.now() alone is coarse by 1 ms.
const MAX_DRIFT_MS = 2;

/** The clock of the machine. */
export class SystemClock implements Clock {
  // The wall-clock time at which the monotonic clock was 0, as last observed.
  private originMs = performance.timeOrigin;

  nowMs(): number {
    return Date.now();
  }

  nowUs(): number {
    const wallMs = Date.now();
    const monotonicMs = performance.now();
    let preciseMs = this.originMs + monotonicMs;
    // The wall clock was set, or the machine slept.
    if (preciseMs < wallMs - MAX_DRIFT_MS || preciseMs > wallMs + MAX_DRIFT_MS) {
      this.originMs = wallMs - monotonicMs;
      preciseMs = wallMs;
    }
    return Math.floor(preciseMs * 1000);
  }

  monotonicMs(): number {
    return performance.now();
  }
}

/** A clock that stands still until told otherwise. */
export class ManualClock implements Clock {
  private wallUs: number;
  private elapsedMs = 0;

  /** Starts at `nowMs`, milliseconds since the epoch, fractions down to a microsecond allowed. */
  constructor(nowMs = 1_700_000_000_000) {
    this.wallUs = Math.round(nowMs * 1000);
  }

  nowMs(): number {
    return Math.floor(this.wallUs / 1000);
  }

  nowUs(): number {
    return this.wallUs;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  /** Sets the wall clock, in either direction. The monotonic clock stays, as it does when a system's time is set. */
  set(nowMs: number): void {
    this.wallUs = Math.round(nowMs * 1000);
  }

  /** Lets `durationMs` (not negative) pass on both clocks. */
  advance(durationMs: number): void {
    this.wallUs += Math.round(durationMs * 1000);
    this.elapsedMs += durationMs;
  }
}
