import { describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

describe('ZADD', () => {
  it('adds, updates and counts what changed', () => {
    const session = new CommandSession();
    expect(session.effectOf('ZADD', 'z', 1, 'a', 2, 'b', 1, 'a')).toEqual({
      log: ['ZADD z 1 a 2 b 1 a'],
      events: ['new z', 'zadd z'],
      dirty: 2,
    });
    expect(session.call('ZADD', 'z', 'CH', 5, 'a', 2, 'b', 7, 'c')).toBe(2);
    expect(session.effectOf('ZADD', 'z', 5, 'a')).toEqual({ log: [], events: [], dirty: 0 });
    expect(session.call('ZADD', 'z', 6, 'a', 8, 'd')).toBe(1);
    expect(session.call('ZRANGE', 'z', 0, -1, 'WITHSCORES')).toEqual(['b', '2', 'a', '6', 'c', '7', 'd', '8']);
    session.verify();
  });

  it('keeps to its conditions', () => {
    const session = new CommandSession();
    expect(session.call('ZADD', 'z', 'XX', 1, 'a')).toBe(0);
    expect(session.call('EXISTS', 'z')).toBe(0);
    session.call('ZADD', 'z', 5, 'a');
    expect(session.call('ZADD', 'z', 'NX', 'CH', 9, 'a', 1, 'b')).toBe(1);
    expect(session.call('ZADD', 'z', 'GT', 'CH', 4, 'a', 2, 'b', 0, 'c')).toBe(2);
    expect(session.call('ZADD', 'z', 'XX', 'LT', 'CH', 4, 'a', 3, 'b', 1, 'd')).toBe(1);
    expect(session.call('ZRANGE', 'z', 0, -1, 'WITHSCORES')).toEqual(['c', '0', 'b', '2', 'a', '4']);
  });

  it('increments, as ZINCRBY does', () => {
    const session = new CommandSession();
    expect(session.call('ZADD', 'z', 'INCR', '-0', 'a')).toBe('-0');
    expect(session.call('ZSCORE', 'z', 'a')).toBe('0');
    expect(session.effectOf('ZINCRBY', 'z', 'inf', 'a')).toEqual({
      log: ['ZINCRBY z inf a'],
      events: ['zincr z'],
      dirty: 1,
    });
    expect(session.error('ZINCRBY', 'z', '-inf', 'a')).toBe('ERR resulting score is not a number (NaN)');
    expect(session.call('ZADD', 'z', 'NX', 'INCR', 1, 'a')).toBe(null);
    expect(session.call('ZADD', 'z', 'GT', 'INCR', -1, 'b')).toBe('-1');
    expect(session.call('ZADD', 'z', 'GT', 'INCR', -1, 'b')).toBe(null);
    expect(session.call('ZADD', 'none', 'XX', 'INCR', 1, 'b')).toBe(null);
  });

  it('refuses before it changes anything', () => {
    const session = new CommandSession();
    session.call('SET', 's', 'x');
    expect(session.error('ZADD', 'z', 1, 'a', 'x', 'b')).toBe('ERR value is not a valid float');
    expect(session.error('ZADD', 'z', 'nan', 'a')).toBe('ERR value is not a valid float');
    expect(session.error('ZADD', 's', 'x', 'a')).toBe('ERR value is not a valid float');
    expect(session.error('ZADD', 's', 1, 'a')).toMatch(/^WRONGTYPE/);
    expect(session.error('ZADD', 'z', 'NX', 'XX', 1)).toBe('ERR syntax error');
    expect(session.error('ZADD', 'z', 'NX', 'XX', 1, 'a')).toBe(
      'ERR XX and NX options at the same time are not compatible',
    );
    expect(session.error('ZADD', 'z', 'GT', 'LT', 1, 'a')).toBe(
      'ERR GT, LT, and/or NX options at the same time are not compatible',
    );
    expect(session.error('ZADD', 'z', 'INCR', 1, 'a', 2, 'b')).toBe(
      'ERR INCR option supports a single increment-element pair',
    );
    expect(session.call('EXISTS', 'z')).toBe(0);
  });

  it('makes small scores integers and large ones floats', () => {
    for (const entries of ['0', '128']) {
      const session = new CommandSession({ config: { 'zset-max-listpack-entries': entries } });
      session.call('ZADD', 'z', 1e17, 'a', '-0', 'b', '1.1', 'c', '-inf', 'd', '3.0', 'e');
      expect(session.call('OBJECT', 'ENCODING', 'z')).toBe(entries === '0' ? 'skiplist' : 'listpack');
      expect(session.call('ZMSCORE', 'z', 'a', 'b', 'c', 'd', 'e', 'f')).toEqual([
        '1e+17',
        entries === '0' ? '-0' : '0',
        '1.1000000000000001',
        '-inf',
        '3',
        null,
      ]);
    }
  });
});
