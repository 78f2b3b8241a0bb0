/**
 * Rewrites that begin by themselves and fail again and again are tried less and less often: after three failures a
 * minute passes before the next, then two, four, up to an hour.
 */

const MAX_FAILURES = 3;
const MAX_DELAY_MINUTES = 60;

export class RewriteLimit {
  private delayMinutes = 0;
  private nextSeconds = 0;
  private readonly onLimit: (minutes: number) => void;

  /** @param onLimit told when a delay begins */
  constructor(onLimit: (minutes: number) => void) {
    this.onLimit = onLimit;
  }

  /** True while a rewrite must not begin by itself. */
  forbids(consecutiveFailures: number, nowSeconds: number): boolean {
    if (consecutiveFailures < MAX_FAILURES) {
      this.delayMinutes = 0;
      this.nextSeconds = 0;
      return false;
    }
    if (this.nextSeconds !== 0) {
      if (nowSeconds < this.nextSeconds) return true;
      this.nextSeconds = 0;
      return false;
    }
    this.delayMinutes = Math.min(MAX_DELAY_MINUTES, this.delayMinutes === 0 ? 1 : this.delayMinutes * 2);
    this.nextSeconds = nowSeconds + this.delayMinutes * 60;
    this.onLimit(this.delayMinutes);
    return true;
  }
}
