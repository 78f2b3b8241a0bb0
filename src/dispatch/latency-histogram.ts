/**
 * A histogram of durations in logarithmic buckets, as LATENCY HISTOGRAM and INFO latencystats want it: exact to about
 * 3 % from one microsecond to a bit over one second, the range of Redis's own.
 */

/** Buckets between a power of two and the next. */
const SUBBUCKETS = 32;
const MAX_MICROSECONDS = 1 << 30;
const BUCKETS = SUBBUCKETS * 27;
/** The last bound takes whatever is longer, too: 2^30 nanoseconds, a bit over a second. */
const MAX_POWER = 30;

export class LatencyHistogram {
  /** Exact up to 2^53: at a million calls a second, 32 bits are full after an hour. */
  private counts: Float64Array | null = null;

  get count(): number {
    let total = 0;
    for (const count of this.counts ?? []) total += count;
    return total;
  }

  /** Notes a duration, `times` times. */
  record(microseconds: number, times = 1): void {
    // Most commands are never called: their histograms take no memory.
    this.counts ??= new Float64Array(BUCKETS);
    this.counts[bucketOf(microseconds)] += times;
  }

  reset(): void {
    this.counts = null;
  }

  /** The duration in microseconds that `percentile` per cent of the calls did not exceed. */
  percentile(percentile: number): number {
    if (this.counts === null) return 0;
    const wanted = Math.max(1, Math.ceil((this.count * percentile) / 100));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.counts[i];
      if (seen >= wanted) return upperEdge(i);
    }
    return 0;
  }

  /** How many calls took no longer than each of a row of bounds, where that changes: LATENCY HISTOGRAM. */
  cumulative(): Array<[microseconds: number, count: number]> {
    const rows: Array<[number, number]> = [];
    if (this.counts === null) return rows;
    let seen = 0;
    let reported = 0;
    const total = this.count;
    for (let bucket = 0, power = 10; reported < total; power++) {
      const bound = boundOf(power);
      for (; bucket < BUCKETS && (upperEdge(bucket) <= bound || power === MAX_POWER); bucket++) {
        seen += this.counts[bucket];
      }
      if (seen > reported) rows.push([bound, seen]);
      reported = seen;
    }
    return rows;
  }
}

/**
 * The bound that Redis prints for 2^`power` nanoseconds: the end of the bucket that begins there, in microseconds. Its
 * histograms (HdrHistogram with two significant digits) have 128 buckets between powers of two.
 */
function boundOf(power: number): number {
  return Math.floor((2 ** power + 2 ** (power - 7) - 1) / 1000);
}

/** Values below {@link SUBBUCKETS} have a bucket each; above, each power of two has {@link SUBBUCKETS} of them. */
function bucketOf(microseconds: number): number {
  const value = Math.min(MAX_MICROSECONDS, Math.max(0, Math.floor(microseconds)));
  if (value < SUBBUCKETS) return value;
  const shift = 26 - Math.clz32(value);
  return Math.min(BUCKETS - 1, shift * SUBBUCKETS + (value >>> shift));
}

/** The largest value in a bucket. */
function upperEdge(bucket: number): number {
  if (bucket < SUBBUCKETS * 2) return bucket;
  const shift = Math.floor(bucket / SUBBUCKETS) - 1;
  return (((bucket % SUBBUCKETS) + SUBBUCKETS + 1) << shift) - 1;
}
