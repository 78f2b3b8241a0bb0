/** Order statistics of small samples. Each function leaves its argument as it was and refuses an empty one. */

/** The middle value; of an even number, the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest value that at least `fraction` (0 to 1) of the sample does not exceed (nearest rank). */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = ascending(values);
  // Rounded first: 0.999 * 1000 is a hair above 999 in binary, and the rank would be one too high.
  const rank = Math.ceil(Number((fraction * sorted.length).toFixed(6)));
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
}

/** The smallest value. */
export function minimum(values: readonly number[]): number {
  return ascending(values)[0];
}

/** The largest value. */
export function maximum(values: readonly number[]): number {
  return ascending(values)[values.length - 1];
}

function ascending(values: readonly number[]): Float64Array {
  if (values.length === 0) throw new RangeError('a sample needs at least one value');
  return Float64Array.from(values).sort();
}
