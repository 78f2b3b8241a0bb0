/**
 * A signed 64-bit integer as two 32-bit halves, in a reusable object.
 *
 * Listpacks and intsets hold 64-bit integers, which a JavaScript number cannot, and a bigint is an allocation. Both
 * halves are signed 32-bit numbers (two's complement), so the engine keeps them unboxed and two integers are equal
 * exactly when their halves are.
 */

const TWO_32 = 0x1_0000_0000;
const BILLION = 1_000_000_000;
const MINUS = 0x2d;
const ZERO = 0x30;

/** The most bytes the digits of a 64-bit integer take: `-9223372036854775808`. */
export const MAX_INT64_DIGITS = 20;

export class Int64 {
  /** The upper 32 bits, signed. */
  high = 0;
  /** The lower 32 bits, signed. */
  low = 0;

  /** A new integer; for tests and set-up. */
  static of(value: number | bigint): Int64 {
    const integer = new Int64();
    return typeof value === 'number' ? integer.setNumber(value) : integer.setBigInt(value);
  }

  setHalves(high: number, low: number): this {
    this.high = high | 0;
    this.low = low | 0;
    return this;
  }

  /** `value` must be a safe integer. */
  setNumber(value: number): this {
    this.high = Math.floor(value / TWO_32) | 0;
    this.low = value | 0;
    return this;
  }

  /** `value` must lie in the signed 64-bit range. */
  setBigInt(value: bigint): this {
    this.high = Number(BigInt.asIntN(32, value >> 32n));
    this.low = Number(BigInt.asIntN(32, value));
    return this;
  }

  set(other: Int64): this {
    this.high = other.high;
    this.low = other.low;
    return this;
  }

  /**
   * Reads a canonical integer: exactly the bytes {@link writeDigits} would write, so no plus sign, no leading zeros,
   * no `-0`, no spaces, within the signed 64-bit range. Answers false, and leaves this integer as it was, for
   * anything else. The rules are those of Redis's `string2ll`.
   */
  parse(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length === 0 || length > MAX_INT64_DIGITS) return false;
    let from = start;
    const negative = bytes[start] === MINUS;
    if (negative) from++;
    const digits = end - from;
    if (digits === 0 || digits > 19) return false;
    const leading = bytes[from] - ZERO;
    if (leading < 0 || leading > 9) return false;
    if (leading === 0) {
      if (length !== 1) return false;
      this.high = 0;
      this.low = 0;
      return true;
    }
    if (digits <= 9) {
      let value = leading;
      for (let i = from + 1; i < end; i++) {
        const digit = bytes[i] - ZERO;
        if (digit < 0 || digit > 9) return false;
        value = (value * 10 + digit) | 0;
      }
      this.low = negative ? -value : value;
      this.high = this.low >> 31;
      return true;
    }
    let billions = leading;
    const split = end - 9;
    for (let i = from + 1; i < split; i++) {
      const digit = bytes[i] - ZERO;
      if (digit < 0 || digit > 9) return false;
      billions = billions * 10 + digit;
    }
    let rest = 0;
    for (let i = split; i < end; i++) {
      const digit = bytes[i] - ZERO;
      if (digit < 0 || digit > 9) return false;
      rest = (rest * 10 + digit) | 0;
    }
    return this.setBillions(billions, rest, negative);
  }

  /** True when a number represents the value and its neighbours exactly. */
  get isSafe(): boolean {
    return Number.isSafeInteger(this.toNumber());
  }

  /** True when the value lies in the signed 32-bit range. */
  get fitsInt32(): boolean {
    return this.high === this.low >> 31;
  }

  /** The nearest number; exact when {@link isSafe}. */
  toNumber(): number {
    return this.high * TWO_32 + (this.low >>> 0);
  }

  toBigInt(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
  }

  /** A number while that is exact, else a bigint. */
  toValue(): number | bigint {
    const value = this.toNumber();
    return Number.isSafeInteger(value) ? value : this.toBigInt();
  }

  equals(other: Int64): boolean {
    return this.low === other.low && this.high === other.high;
  }

  /** Below zero, zero or above zero, as this value is less than, equal to or greater than `other`. */
  compare(other: Int64): number {
    if (this.high !== other.high) return this.high < other.high ? -1 : 1;
    return (this.low >>> 0) - (other.low >>> 0);
  }

  /** How many bytes {@link writeDigits} writes, the sign included. */
  digitCount(): number {
    const { high, low } = this;
    if (high === low >> 31) return low < 0 ? 1 + digitsBelow10Billion(-low) : digitsBelow10Billion(low);
    return (high < 0 ? 10 : 9) + digitsBelow10Billion(this.billions());
  }

  /** Writes the canonical decimal digits at `offset` and answers the offset behind them. */
  writeDigits(target: Uint8Array, offset: number): number {
    const end = offset + this.digitCount();
    const { high, low } = this;
    let position = end;
    let rest = 0;
    if (high === low >> 31) {
      rest = low < 0 ? -low : low;
    } else {
      rest = this.billions();
      const magnitudeLow = high < 0 ? -low | 0 : low;
      // The product may exceed 2^53, but only its lower 32 bits matter: the remainder is below a billion.
      let remainder = (magnitudeLow - Math.imul(rest | 0, BILLION)) >>> 0;
      for (let i = 0; i < 9; i++) {
        const quotient = (remainder / 10) | 0;
        target[--position] = ZERO + (remainder - quotient * 10);
        remainder = quotient;
      }
    }
    do {
      const quotient = Math.floor(rest / 10);
      target[--position] = ZERO + (rest - quotient * 10);
      rest = quotient;
    } while (rest > 0);
    if (high < 0) target[--position] = MINUS;
    return end;
  }

  /** Sets the value to ±(billions × 10^9 + rest); answers false and changes nothing when that is out of range. */
  private setBillions(billions: number, rest: number, negative: boolean): boolean {
    // billions × 10^9 exceeds 2^53, so it is formed from two 16-bit places.
    const upper = Math.floor(billions / 65536);
    const upperProduct = upper * BILLION;
    const carry = Math.floor(upperProduct / 65536);
    const lowSum = (upperProduct - carry * 65536) * 65536 + (billions - upper * 65536) * BILLION + rest;
    const high = carry + Math.floor(lowSum / TWO_32);
    const low = lowSum | 0;
    if (high >= 0x8000_0000 && !(negative && high === 0x8000_0000 && low === 0)) return false;
    this.low = negative ? -low | 0 : low;
    this.high = negative ? (low === 0 ? -high | 0 : ~high) : high | 0;
    return true;
  }

  /** The magnitude divided by 10^9, rounded down: at most 9,223,372,036. */
  private billions(): number {
    let { high, low } = this;
    if (high < 0) {
      high = low === 0 ? -high : ~high;
      low = -low | 0;
    }
    // Long division in places of 16 bits: every intermediate value stays below 10^9 × 2^16.
    const highQuotient = Math.floor(high / BILLION);
    const middle = (high - highQuotient * BILLION) * 65536 + (low >>> 16);
    const middleQuotient = Math.floor(middle / BILLION);
    const lowest = (middle - middleQuotient * BILLION) * 65536 + (low & 0xffff);
    return highQuotient * TWO_32 + middleQuotient * 65536 + Math.floor(lowest / BILLION);
  }
}

/** The digits of an integer from 0 to 9,999,999,999. */
function digitsBelow10Billion(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2;
    if (value < 1000) return 3;
    return value < 10_000 ? 4 : 5;
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7;
  if (value < 100_000_000) return 8;
  return value < BILLION ? 9 : 10;
}
