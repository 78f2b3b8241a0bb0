/**
 * How many different elements a HyperLogLog has seen, from how many registers have which value: the estimator of
 * Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284), algorithm 6.
 */
import { REGISTERS } from './layout.ts';

/** Registers reach one more than the 50 bits of a hash that are no index; histograms have room for what 6 bits hold. */
const MAX_RUN = 50;
export const HISTOGRAM_SIZE = 64;
/** 1 / (2 ln 2) */
const ALPHA = 0.7213475204444817;
const INT64_MIN = -(2n ** 63n);

/**
 * The estimate, rounded; what Redis answers where registers that no hash leads to make it infinite. `histogram[v]` is
 * how many registers are v.
 */
export function estimate(histogram: Int32Array): number | bigint {
  let z = REGISTERS * tau((REGISTERS - histogram[MAX_RUN + 1]) / REGISTERS);
  for (let value = MAX_RUN; value >= 1; value--) z = (z + histogram[value]) * 0.5;
  z += REGISTERS * sigma(histogram[0] / REGISTERS);
  const cardinality = (ALPHA * REGISTERS * REGISTERS) / z;
  if (cardinality === Number.POSITIVE_INFINITY) return INT64_MIN;
  const whole = Math.floor(cardinality);
  return cardinality - whole >= 0.5 ? whole + 1 : whole;
}

/** The paper's σ: x + x² + 2 x⁴ + 4 x⁸ + … */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = x;
  for (let before = -1; before !== z; ) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

/** The paper's τ. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (let before = -1; before !== z; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
