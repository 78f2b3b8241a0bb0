/**
 * BITCOUNT and BITPOS over the whole of strings and parts of them.
 */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { makeList } from '../string/key-facts.ts';
import { bitsIn, LEAF_BYTES } from './naive-bits.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const SYNTAX = 'ERR syntax error';
const NOT_INTEGER = 'ERR value is not an integer or out of range';
const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

/** Strings with long runs of equal bytes, so that words are skipped. */
const content = fc
  .array(fc.tuple(fc.constantFrom(0, 0, 255, 255, 1, 128, 90), fc.constantFrom(1, 2, 5, 70, 300)), { maxLength: 8 })
  .map((runs) => Uint8Array.from(runs.flatMap(([byte, length]) => new Array<number>(length).fill(byte))));

const position = fc.oneof(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -5000, max: 5000 }));

/** What the words of a range mean: the first bit and the last. */
function boundsOf(length: number, start: number, end: number, unit: number): readonly [number, number] {
  const total = (length * 8) / unit;
  const first = Math.max(0, start < 0 ? total + start : start);
  const last = Math.min(Math.max(0, end < 0 ? total + end : end), total - 1);
  return [first * unit, last * unit + unit - 1];
}

describe('BITCOUNT', () => {
  it('counts what is set in a range', () => {
    fc.assert(
      fc.property(content, position, position, fc.constantFrom(1, 8), (bytes, start, end, unit) => {
        s.call('SET', 'k', bytes);
        const reversed = start < 0 && end < 0 && start > end;
        const bits = reversed ? [] : bitsIn(bytes, ...boundsOf(bytes.length, start, end, unit));
        const expected = bits.filter((bit) => bit === 1).length;
        expect(s.call('BITCOUNT', 'k', start, end, unit === 1 ? 'bit' : 'BYTE')).toBe(expected);
        expect(s.call('BITCOUNT', 'k')).toBe(bitsIn(bytes, 0, bytes.length * 8 - 1).filter((bit) => bit === 1).length);
      }),
    );
  });

  it('counts over leaves and holes', () => {
    s.call('SET', 'k', 'a'.repeat(3 * LEAF_BYTES + 5));
    expect(s.call('BITCOUNT', 'k')).toBe(3 * (3 * LEAF_BYTES + 5));
    expect(s.call('BITCOUNT', 'k', 1, -2)).toBe(3 * (3 * LEAF_BYTES + 3));
    expect(s.call('BITCOUNT', 'k', LEAF_BYTES * 8 - 2, LEAF_BYTES * 8 + 3, 'BIT')).toBe(3);
    s.call('SETBIT', 'far', 2 ** 30, 1);
    expect(s.call('BITCOUNT', 'far')).toBe(1);
    expect(s.call('BITCOUNT', 'far', 0, -2)).toBe(0);
  });

  it('takes positions beyond all bounds', () => {
    s.call('SET', 'k', 'foobar');
    expect(s.call('BITCOUNT', 'k', MIN, MAX)).toBe(26);
    expect(s.call('BITCOUNT', 'k', MIN, MAX, 'BIT')).toBe(26);
    expect(s.call('BITCOUNT', 'k', '-9223372036854775807', MIN)).toBe(0);
    expect(s.call('BITCOUNT', 'k', MIN, '-9223372036854775807')).toBe(4);
    expect(s.call('BITCOUNT', 'k', MAX, MAX)).toBe(0);
  });

  it('looks at the key before its arguments', () => {
    expect(s.call('BITCOUNT', 'none', 'x')).toBe(0);
    expect(s.call('BITCOUNT', 'none', 'x', 'y', 'z', 'more')).toBe(0);
    makeList(s, 'l');
    expect(s.error('BITCOUNT', 'l', 'x')).toBe(WRONG_TYPE);
    s.call('SET', 'k', 'v');
    expect(s.error('BITCOUNT', 'k', 0)).toBe(SYNTAX);
    expect(s.error('BITCOUNT', 'k', 0, 1, 'BIT', 'x')).toBe(SYNTAX);
    expect(s.error('BITCOUNT', 'k', 0, 1, 'word')).toBe(SYNTAX);
    expect(s.error('BITCOUNT', 'k', 'x', 1, 'word')).toBe(NOT_INTEGER);
    expect(s.error('BITCOUNT', 'k', 0, 'x', 'word')).toBe(NOT_INTEGER);
    expect(s.call('BITCOUNT', 'k', -1, -2, 'word')).toBe(0);
  });
});

describe('BITPOS', () => {
  it('finds the first bit in a range', () => {
    const bit = fc.constantFrom(0, 1);
    fc.assert(
      fc.property(content, bit, position, position, fc.constantFrom(1, 8), (bytes, wanted, start, end, unit) => {
        s.call('SET', 'k', bytes);
        const [first, last] = boundsOf(bytes.length, start, end, unit);
        const found = bitsIn(bytes, first, last).indexOf(wanted);
        const expected = found < 0 ? -1 : first + found;
        expect(s.call('BITPOS', 'k', wanted, start, end, unit === 1 ? 'BIT' : 'byte')).toBe(expected);
      }),
    );
  });

  it('goes on with zeros behind the end unless an end is given', () => {
    s.call('SET', 'k', Uint8Array.of(255, 255));
    expect(s.call('BITPOS', 'k', 0)).toBe(16);
    expect(s.call('BITPOS', 'k', 0, 1)).toBe(16);
    expect(s.call('BITPOS', 'k', 0, 2)).toBe(-1);
    expect(s.call('BITPOS', 'k', 0, 0, -1)).toBe(-1);
    expect(s.call('BITPOS', 'k', 0, 3, 12, 'BIT')).toBe(-1);
    s.call('SET', 'k', '');
    expect(s.call('BITPOS', 'k', 0)).toBe(-1);
    expect(s.call('BITPOS', 'none', 0)).toBe(0);
    expect(s.call('BITPOS', 'none', 1)).toBe(-1);
  });

  it('finds bits over leaves and holes', () => {
    s.call('SETBIT', 'k', 2 ** 31 + 5, 1);
    expect(s.call('BITPOS', 'k', 1)).toBe(2 ** 31 + 5);
    expect(s.call('BITPOS', 'k', 0)).toBe(0);
    expect(s.call('BITPOS', 'k', 1, 0, 2 ** 31 + 4, 'BIT')).toBe(-1);
    s.call('SET', 'k', Buffer.alloc(2 * LEAF_BYTES + 100, 255));
    expect(s.call('BITPOS', 'k', 0)).toBe((2 * LEAF_BYTES + 100) * 8);
    s.call('SETBIT', 'k', 2 * LEAF_BYTES * 8 + 3, 0);
    expect(s.call('BITPOS', 'k', 0)).toBe(2 * LEAF_BYTES * 8 + 3);
  });

  it('looks at the bit, then at the key, then at the range', () => {
    expect(s.error('BITPOS', 'none', 2)).toBe('ERR The bit argument must be 1 or 0.');
    expect(s.error('BITPOS', 'none', 'x')).toBe(NOT_INTEGER);
    expect(s.call('BITPOS', 'none', 1, 'x')).toBe(-1);
    makeList(s, 'l');
    expect(s.error('BITPOS', 'l', 1, 'x')).toBe(WRONG_TYPE);
    s.call('SET', 'k', 'v');
    expect(s.error('BITPOS', 'k', 1, 'x', 0, 'word')).toBe(NOT_INTEGER);
    expect(s.error('BITPOS', 'k', 1, 0, 'x', 'word')).toBe(SYNTAX);
    expect(s.error('BITPOS', 'k', 1, 0, 1, 'BIT', 'x')).toBe(SYNTAX);
  });
});
