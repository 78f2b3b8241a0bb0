/**
 * C's `%.<digits>g`: the shorter of decimal and scientific notation, trailing zeros left out, ties rounded to even.
 */

/** More digits than any double that lies half-way between two texts has. */
const TIE_DIGITS = 60;

/** `value` with at most `digits` significant digits, from 1 to 17. */
export function formatGeneral(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  if (Object.is(value, -0)) return '-0';
  if (Number.isInteger(value) && Math.abs(value) < 10 ** Math.min(digits, 15)) return String(value);
  const negative = value < 0;
  const scientific = roundedToEven(Math.abs(value), digits);
  const mark = scientific.indexOf('e');
  const exponent = Number(scientific.slice(mark + 1));
  const significant = (scientific[0] + scientific.slice(2, mark)).replace(/0+$/, '') || '0';
  const text = layOut(significant, exponent, digits);
  return negative ? `-${text}` : text;
}

function layOut(significant: string, exponent: number, digits: number): string {
  if (exponent < -4 || exponent >= digits) {
    const fraction = significant.length > 1 ? `.${significant.slice(1)}` : '';
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${significant[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${significant}`;
  const whole = exponent + 1;
  if (significant.length <= whole) return significant.padEnd(whole, '0');
  return `${significant.slice(0, whole)}.${significant.slice(whole)}`;
}

/** In scientific notation; `toExponential` rounds a tie up. */
function roundedToEven(value: number, digits: number): string {
  const rounded = value.toExponential(digits - 1);
  const mark = rounded.indexOf('e');
  const lastDigit = rounded.charCodeAt(mark - 1) - 0x30;
  if (lastDigit % 2 === 0) return rounded;
  const long = value.toExponential(TIE_DIGITS);
  const all = long[0] + long.slice(2, long.indexOf('e'));
  if (!/^50*$/.test(all.slice(digits))) return rounded;
  return `${rounded.slice(0, mark - 1)}${lastDigit - 1}${rounded.slice(mark)}`;
}
