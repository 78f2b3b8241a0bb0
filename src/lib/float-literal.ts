/**
 * The grammar of C's `strtod` and `strtold`, as far as Redis lets it through: decimal (`-1.5e3`, `.5`, `5.`),
 * hexadecimal (`0x1.8p-3`), `inf` and `infinity` in any case. NaN, spaces and trailing bytes are refused, since
 * `string2d` and `string2ld` of Redis 7.0.15 (`src/util.c`) refuse them.
 *
 * Only the shape is found here; rounding to a format is the caller's.
 */

const ZERO = 0x30;
const NINE = 0x39;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;

// A decimal significand of so many digits is exact in a double.
const MAX_EXACT_DIGITS = 15;
// Larger than any exponent that matters and than any number of digits.
const MAX_EXPONENT = 2 ** 40;

/** The digits of a literal that count. */
export interface Digits {
  /** Without leading zeros; empty for zero. */
  text: string;
  /** The power of 10 (16 for hexadecimal digits) that `text` is times, apart from the written exponent. */
  exponent: number;
}

/** A scanned literal; one instance is used again and again. */
export class FloatLiteral {
  negative = false;
  infinite = false;
  hexadecimal = false;
  /** The written exponent: of 10, or of 2 when hexadecimal. */
  exponent = 0;
  /** Digits after the point. */
  fractionDigits = 0;
  /** True when all digits from the first that is not zero on fit {@link significand}. Decimal literals only. */
  exact = false;
  /** The value of all digits together, the point left out, if {@link exact}. */
  significand = 0;

  private bytes: Uint8Array = new Uint8Array(0);
  private digitsStart = 0;
  private digitsEnd = 0;

  /** Scans all of `bytes[start, end)`. False when it is not a literal; the fields are undefined then. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    this.negative = false;
    this.infinite = false;
    this.hexadecimal = false;
    this.exponent = 0;
    if (at < end && (bytes[at] === MINUS || bytes[at] === PLUS)) {
      this.negative = bytes[at] === MINUS;
      at++;
    }
    if (at >= end) return false;
    const first = bytes[at] | 0x20;
    if (first === 0x69) {
      this.infinite = true;
      return spells(bytes, at, end, 'inf') || spells(bytes, at, end, 'infinity');
    }
    if (bytes[at] === ZERO && at + 1 < end && (bytes[at + 1] | 0x20) === 0x78) {
      this.hexadecimal = true;
      at += 2;
    }
    this.bytes = bytes;
    this.digitsStart = at;
    at = this.scanDigits(bytes, at, end);
    if (at < 0) return false;
    this.digitsEnd = at;
    if (at === end) return true;
    // The exponent: e for decimal, p for hexadecimal.
    if ((bytes[at] | 0x20) !== (this.hexadecimal ? 0x70 : 0x65)) return false;
    return this.scanExponent(bytes, at + 1, end);
  }

  /** The offset after the digits and the point, or -1 when there is no digit. */
  private scanDigits(bytes: Uint8Array, start: number, end: number): number {
    let digits = 0;
    let significant = 0;
    let significand = 0;
    let point = -1;
    let at = start;
    for (; at < end; at++) {
      const code = bytes[at];
      if (code >= ZERO && code <= NINE) {
        significand = significand * 10 + (code - ZERO);
        if (significant > 0 || code !== ZERO) significant++;
      } else if (code === POINT && point < 0) {
        point = at;
        continue;
      } else if (!this.hexadecimal || !isHexLetter(code)) {
        break;
      }
      digits++;
    }
    this.fractionDigits = point < 0 ? 0 : at - point - 1;
    this.exact = significant <= MAX_EXACT_DIGITS && !this.hexadecimal;
    this.significand = significand;
    return digits === 0 ? -1 : at;
  }

  private scanExponent(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    let negative = false;
    if (at < end && (bytes[at] === MINUS || bytes[at] === PLUS)) {
      negative = bytes[at] === MINUS;
      at++;
    }
    if (at >= end) return false;
    let exponent = 0;
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) return false;
      exponent = Math.min(exponent * 10 + digit, MAX_EXPONENT);
    }
    this.exponent = negative ? -exponent : exponent;
    return true;
  }

  /**
   * The significant digits, at most `limit` of them. If any but zeros had to be dropped, a 1 stands for them at
   * the end, so that rounding to fewer digits comes out as it would with all.
   */
  digits(limit: number): Digits {
    let text = '';
    let dropped = 0;
    let droppedValue = false;
    for (let at = this.digitsStart; at < this.digitsEnd; at++) {
      const code = this.bytes[at];
      if (code === POINT || (code === ZERO && text === '')) continue;
      if (text.length < limit) {
        text += String.fromCharCode(code);
      } else {
        dropped++;
        if (code !== ZERO) droppedValue = true;
      }
    }
    if (droppedValue) {
      text += '1';
      dropped--;
    }
    return { text, exponent: dropped - this.fractionDigits };
  }
}

function isHexLetter(code: number): boolean {
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66;
}

function spells(bytes: Uint8Array, start: number, end: number, lowerCase: string): boolean {
  if (end - start !== lowerCase.length) return false;
  for (let i = 0; i < lowerCase.length; i++) if ((bytes[start + i] | 0x20) !== lowerCase.charCodeAt(i)) return false;
  return true;
}
