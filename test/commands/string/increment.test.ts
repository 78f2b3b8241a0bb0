import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, makeList, ttlMs } from './key-facts.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const NOT_INTEGER = 'ERR value is not an integer or out of range';
const NOT_FLOAT = 'ERR value is not a valid float';
const OVERFLOW = 'ERR increment or decrement would overflow';
const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('INCR, DECR, INCRBY and DECRBY', () => {
  it('count from 0', () => {
    expect(s.call('INCR', 'a')).toBe(1);
    expect(s.call('DECR', 'b')).toBe(-1);
    expect(s.call('INCRBY', 'c', MIN)).toBe(MIN);
    expect(s.call('DECRBY', 'd', MAX)).toBe(-MAX);
    expect(s.call('DECRBY', 'e', 0)).toBe(0);
    expect(s.call('MGET', 'a', 'b', 'c', 'd', 'e')).toEqual(['1', '-1', `${MIN}`, `-${MAX}`, '0']);
  });

  it.each([
    [9, 1, 10],
    [10, -1, 9],
    [-1, 1, 0],
    [0, -1, -1],
    [99_999_999, 1, 100_000_000],
    [2 ** 53 - 1, 1, 2n ** 53n],
    [2n ** 53n, 1, 2n ** 53n + 1n],
    [2n ** 53n, -1, 2 ** 53 - 1],
    [-(2n ** 53n), 1, -(2 ** 53 - 1)],
    [MAX - 1n, 1, MAX],
    [MAX, MIN, -1],
    [MIN, MAX, -1],
  ])('%s and %s make %s exactly', (value, increment, sum) => {
    s.call('SET', 'k', value);
    expect(s.call('INCRBY', 'k', increment)).toBe(sum);
    expect(s.call('GET', 'k')).toBe(String(sum));
    if (BigInt(increment) !== MIN) expect(s.call('DECRBY', 'k', increment)).toBe(value);
    s.verify();
  });

  it('keep the expiry and restore the integer encoding', () => {
    s.call('SETEX', 'k', 10, '12345');
    s.call('SETRANGE', 'k', 0, '9');
    expect(encodingOf(s, 'k')).toBe('raw');
    expect(s.call('INCR', 'k')).toBe(92_346);
    expect(encodingOf(s, 'k')).toBe('int');
    expect(ttlMs(s, 'k')).toBe(10_000);
  });

  it('refuse to overflow', () => {
    s.call('SET', 'k', MAX);
    expect(s.error('INCR', 'k')).toBe(OVERFLOW);
    expect(s.error('DECRBY', 'k', -1)).toBe(OVERFLOW);
    s.call('SET', 'k', MIN);
    expect(s.error('DECR', 'k')).toBe(OVERFLOW);
    expect(s.error('INCRBY', 'k', MIN)).toBe(OVERFLOW);
    expect(s.error('DECRBY', 'k', MIN)).toBe('ERR decrement would overflow');
    expect(s.call('GET', 'k')).toBe(String(MIN));
  });

  it.each(['', ' 1', '1 ', '+1', '01', '-0', '1.0', 'abc', '9223372036854775808', '1'.repeat(600), '1'.repeat(30_000)])(
    'refuse the value %.20j',
    (value) => {
      s.call('SET', 'k', value);
      expect(s.error('INCR', 'k')).toBe(NOT_INTEGER);
      expect(s.error('INCRBY', 'k', value)).toBe(NOT_INTEGER);
      expect(s.call('GET', 'k')).toBe(value);
    },
  );

  it('look at the increment before the key', () => {
    makeList(s, 'l');
    expect(s.error('INCRBY', 'l', 'x')).toBe(NOT_INTEGER);
    expect(s.error('DECRBY', 'l', MIN)).toBe('ERR decrement would overflow');
    expect(s.error('INCRBY', 'l', 1)).toBe(WRONG_TYPE);
    expect(s.error('INCR', 'l')).toBe(WRONG_TYPE);
  });

  it('count, notify and log as received', () => {
    expect(effectOf(s, 'INCR', 'k')).toEqual({ log: ['INCR k'], events: ['incrby k'], dirty: 1 });
    expect(effectOf(s, 'DECRBY', 'k', 5)).toEqual({ log: ['DECRBY k 5'], events: ['incrby k'], dirty: 1 });
    s.call('SET', 'k', 'x');
    expect(effectOf(s, 'INCR', 'k')).toEqual({ log: [], events: [], dirty: 0 });
  });

  it('count on in a frozen block’s copy', () => {
    s.call('SET', 'k', 41);
    const frozen = s.engine.keyspace.freeze();
    expect(s.call('INCR', 'k')).toBe(42);
    s.engine.keyspace.release(frozen);
    expect(s.call('GET', 'k')).toBe('42');
  });
});

describe('INCRBYFLOAT', () => {
  it.each([
    ['0', '0.1', '0.1'],
    ['10.50', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['3', '-3', '0'],
    ['-1.5', '1.5', '0'],
    ['9007199254740993', '1', '9007199254740994'],
    ['1', '0.000000000000000001', '1'],
  ])('adds to %s %s', (value, increment, sum) => {
    s.call('SET', 'k', value);
    expect(s.call('INCRBYFLOAT', 'k', increment)).toBe(sum);
  });

  it('writes out numbers of thousands of digits', () => {
    s.call('SET', 'k', '1e4000');
    expect(s.call('INCRBYFLOAT', 'k', 0)).toMatch(/^9{18}\d{3982}$/);
    expect(s.call('INCRBYFLOAT', 'k', '-1e3999')).toMatch(/^\d{4000}$/);
  });

  it('stores text, even where it spells an integer', () => {
    expect(s.call('INCRBYFLOAT', 'k', '3.0')).toBe('3');
    expect(s.call('GET', 'k')).toBe('3');
    expect(encodingOf(s, 'k')).toBe('embstr');
    expect(s.call('INCR', 'k')).toBe(4);
    expect(encodingOf(s, 'k')).toBe('int');
  });

  it('keeps the expiry and is logged as the SET of the sum', () => {
    s.call('SETEX', 'k', 10, '1.5');
    expect(effectOf(s, 'INCRBYFLOAT', 'k', '1.5e0')).toEqual({
      log: ['SET k 3 KEEPTTL'],
      events: ['incrbyfloat k'],
      dirty: 1,
    });
    expect(ttlMs(s, 'k')).toBe(10_000);
  });

  it('refuses other types, then what is no number, then sums that are none', () => {
    makeList(s, 'l');
    expect(s.error('INCRBYFLOAT', 'l', 'x')).toBe(WRONG_TYPE);
    s.call('SET', 'k', 'abc');
    expect(s.error('INCRBYFLOAT', 'k', '1')).toBe(NOT_FLOAT);
    s.call('SET', 'k', '1');
    for (const increment of ['x', '', ' 1', '1 ', 'nan', '1e5000']) {
      expect(s.error('INCRBYFLOAT', 'k', increment)).toBe(NOT_FLOAT);
    }
    expect(s.error('INCRBYFLOAT', 'k', 'inf')).toBe('ERR increment would produce NaN or Infinity');
    s.call('SET', 'k', 'inf');
    expect(s.error('INCRBYFLOAT', 'k', '-inf')).toBe('ERR increment would produce NaN or Infinity');
  });
});
