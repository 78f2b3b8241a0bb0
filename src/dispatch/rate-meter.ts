/**
 * How fast a counter grows: the `instantaneous_` fields of INFO.
 */

/** Rates that are averaged, as in Redis: with ten a second, those of the last 1.6 seconds. */
const SAMPLES = 16;

export class RateMeter {
  private readonly rates = new Float64Array(SAMPLES);
  private next = 0;
  private lastCount = 0;
  private lastMs: number;

  constructor(nowMs: number) {
    this.lastMs = nowMs;
  }

  /** Takes note of the counter; to be called about ten times a second. `nowMs` never goes back. */
  sample(count: number, nowMs: number): void {
    const elapsedMs = nowMs - this.lastMs;
    if (elapsedMs <= 0) return;
    // A counter that was reset has grown by what it shows.
    const grown = count < this.lastCount ? count : count - this.lastCount;
    this.rates[this.next] = (grown * 1000) / elapsedMs;
    this.next = (this.next + 1) % SAMPLES;
    this.lastCount = count;
    this.lastMs = nowMs;
  }

  get perSecond(): number {
    let sum = 0;
    for (const rate of this.rates) sum += rate;
    return sum / SAMPLES;
  }

  reset(): void {
    this.rates.fill(0);
    this.lastCount = 0;
  }
}
