/**
 * A histogram of durations in logarithmic buckets, as LATENCY HISTOGRAM and INFO latencystats want it: exact to about
 * 3 % from one microsecond to a bit over one second, the range of Redis's own.
 */

/** Buckets between a power of two and the next. */
const SUBBUCKETS = 32;
const MAX_MICROSECONDS = 1 << 30;
const BUCKETS = SUBBUCKETS * 27;

export class LatencyHistogram {
  private counts: Uint32Array | null = null;
  private total = 0;

  get count(): number {
    return this.total;
  }

  /** Notes a duration. */
  record(microseconds: number): void {
    // Most commands are never called: their histograms take no memory.
    this.counts ??= new Uint32Array(BUCKETS);
    this.counts[bucketOf(microseconds)]++;
    this.total++;
  }

  reset(): void {
    this.counts = null;
    this.total = 0;
  }

  /** The duration in microseconds that `percentile` per cent of the calls did not exceed. */
  percentile(percentile: number): number {
    if (this.counts === null) return 0;
    const wanted = Math.max(1, Math.ceil((this.total * percentile) / 100));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.counts[i];
      if (seen >= wanted) return upperEdge(i);
    }
    return 0;
  }

  /** Cumulative counts at the powers of two that hold anything, as LATENCY HISTOGRAM prints them. */
  powersOfTwo(): Array<[microseconds: number, cumulative: number]> {
    const rows: Array<[number, number]> = [];
    if (this.counts === null) return rows;
    let seen = 0;
    let reported = 0;
    for (let edge = 1, bucket = 0; edge <= MAX_MICROSECONDS && reported < this.total; edge *= 2) {
      for (; bucket < BUCKETS && upperEdge(bucket) <= edge; bucket++) seen += this.counts[bucket];
      if (seen > reported) rows.push([edge, seen]);
      reported = seen;
    }
    return rows;
  }
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
