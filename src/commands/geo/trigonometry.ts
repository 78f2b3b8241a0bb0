/**
 * Sine, cosine and arcsine, rounded correctly in all but the rarest cases.
 *
 * `Math.sin` and its like may be off by one in the last digit, and then the distances that GEOSEARCHSTORE STOREDIST
 * stores differ from Redis's, which glibc calculates to within 0.55 of it. Here sums are carried in pairs of floats (a
 * value and what it lacks; Dekker, "A Floating-Point Technique for Extending the Available Precision", 1971), and
 * rounded once at the end.
 */

/** π/2 in three parts, of which the first has so few bits that its double is exact. */
const HALF_PI = [Math.PI / 2, 6.123233995736766e-17, -1.4973849048591833e-33] as const;
/** Splits a float into halves of 26 bits. */
const SPLITTER = 2 ** 27 + 1;
/** Terms that bring the series to 2^-100 at π/4. */
const TERMS = 27;

/** A sum of two floats, the second less than half of the first's last digit. */
class Pair {
  high: number;
  low: number;

  constructor(high: number, low: number) {
    this.high = high;
    this.low = low;
  }

  set(high: number, low: number): this {
    this.high = high;
    this.low = low;
    return this;
  }

  addFloat(x: number): this {
    const sum = this.high + x;
    const back = sum - this.high;
    return this.normalize(sum, this.high - (sum - back) + (x - back) + this.low);
  }

  add({ high, low }: Pair): this {
    const sum = this.high + high;
    const back = sum - this.high;
    return this.normalize(sum, this.high - (sum - back) + (high - back) + this.low + low);
  }

  multiply({ high, low }: Pair): this {
    const product = this.high * high;
    const error = productError(this.high, high, product);
    return this.normalize(product, error + (this.high * low + this.low * high));
  }

  /** Divides by a small integer. */
  divide(by: number): this {
    const quotient = this.high / by;
    const product = quotient * by;
    const rest = this.high - product - productError(quotient, by, product) + this.low;
    return this.normalize(quotient, rest / by);
  }

  private normalize(high: number, low: number): this {
    const sum = high + low;
    this.low = low - (sum - high);
    this.high = sum;
    return this;
  }
}

/** What `product`, the rounded product of two floats, lacks. */
function productError(a: number, b: number, product: number): number {
  const bigA = SPLITTER * a;
  const highA = bigA - (bigA - a);
  const lowA = a - highA;
  const bigB = SPLITTER * b;
  const highB = bigB - (bigB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

const reduced = new Pair(0, 0);
const square = new Pair(0, 0);
const series = new Pair(0, 0);

/** The sine of an angle of up to some turns, in radians. */
export function sin(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return Math.sin(x);
  sinOfQuarters(x, 0);
  return series.high;
}

/** The cosine of an angle of up to some turns, in radians. */
export function cos(x: number): number {
  if (!Number.isFinite(x)) return Math.cos(x);
  sinOfQuarters(x, 1);
  return series.high;
}

/** The arcsine of a number from 0 to 1. */
export function asin(x: number): number {
  const near = Math.asin(x);
  const slope = Math.cos(near);
  if (near === 0 || !(slope > 0)) return near;
  // One step of Newton's method.
  sinOfQuarters(near, 0);
  return near + (x - series.high - series.low) / slope;
}

/** Sets the series to the sine of `x` and so many right angles. */
function sinOfQuarters(x: number, shift: number): void {
  const quarters = Math.round(x / HALF_PI[0]);
  reduced.set(x, 0);
  for (const part of HALF_PI) {
    const product = part * quarters;
    reduced.addFloat(-product).addFloat(-productError(part, quarters, product));
  }
  const turn = (((quarters + shift) % 4) + 4) % 4;
  square.set(reduced.high, reduced.low).multiply(reduced);
  if (turn % 2 === 0) sum(TERMS);
  else sum(TERMS - 1);
  if (turn % 2 === 0) series.multiply(reduced);
  if (turn >= 2) series.set(-series.high, -series.low);
}

/** Sums 1 - x²/((n-1)·n)·(1 - …) from the last term: of the sine's series by its x for odd n, of the cosine's for even n. */
function sum(last: number): void {
  series.set(1, 0);
  for (let n = last; n >= 2; n -= 2) {
    series
      .multiply(square)
      .divide(-n * (n - 1))
      .addFloat(1);
  }
}
