import { describe, expect, it } from 'vitest';
import { FloatLiteral } from '../../src/lib/float-literal.ts';
import { Slice } from '../../src/lib/slice.ts';

const literal = new FloatLiteral();

function scan(text: string): boolean {
  const { bytes, start, end } = Slice.from(text);
  return literal.scan(bytes, start, end);
}

describe('FloatLiteral', () => {
  it('takes a decimal literal apart', () => {
    expect(scan('-012.3400e-5')).toBe(true);
    expect(literal.negative).toBe(true);
    expect(literal.hexadecimal).toBe(false);
    expect(literal.exponent).toBe(-5);
    expect(literal.fractionDigits).toBe(4);
    expect(literal.exact).toBe(true);
    expect(literal.significand).toBe(123400);
    expect(literal.digits(100)).toEqual({ text: '123400', exponent: -4 });
  });

  it('takes a hexadecimal literal apart', () => {
    expect(scan('+0X0a.Bp+7')).toBe(true);
    expect(literal.negative).toBe(false);
    expect(literal.hexadecimal).toBe(true);
    expect(literal.exact).toBe(false);
    expect(literal.exponent).toBe(7);
    expect(literal.digits(100)).toEqual({ text: 'aB', exponent: -1 });
  });

  it('forgets the literal before', () => {
    expect(scan('-0x1p9')).toBe(true);
    expect(scan('12')).toBe(true);
    expect([literal.negative, literal.hexadecimal, literal.exponent, literal.fractionDigits]).toEqual([
      false,
      false,
      0,
      0,
    ]);
    expect(scan('inf')).toBe(true);
    expect(literal.infinite).toBe(true);
    expect(scan('1')).toBe(true);
    expect(literal.infinite).toBe(false);
  });

  it('keeps a limited number of digits and a sticky one', () => {
    scan('00123456.700');
    expect(literal.digits(4)).toEqual({ text: '12341', exponent: 1 });
    scan('120000');
    expect(literal.digits(2)).toEqual({ text: '12', exponent: 4 });
    scan('0.000');
    expect(literal.digits(2).text).toBe('');
  });

  it('is exact up to 15 digits from the first that is not zero', () => {
    scan('000123456789012345');
    expect(literal.exact).toBe(true);
    scan('1234567890123456');
    expect(literal.exact).toBe(false);
  });

  it('bounds the exponent', () => {
    expect(scan(`1e-${'9'.repeat(400)}`)).toBe(true);
    expect(literal.exponent).toBeLessThan(-1e9);
    expect(Number.isFinite(literal.exponent)).toBe(true);
  });

  it.each([
    '',
    '+',
    '.',
    'e5',
    '1e',
    '1e+',
    '0x',
    '0x.',
    '0x1p',
    '1p5',
    '0x1g',
    'nan',
    'infinit',
    'inff',
    '1 ',
    ' 1',
    '1.2.3',
  ])('refuses %j', (text) => {
    expect(scan(text)).toBe(false);
  });
});
