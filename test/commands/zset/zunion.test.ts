import { describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

describe('operations on several sorted sets', () => {
  it('combine sorted sets and sets', () => {
    for (const entries of ['1', '128']) {
      const session = new CommandSession({ config: { 'zset-max-listpack-entries': entries } });
      session.call('ZADD', 'x', 1, 'a', 2, 'b', 3, 'c');
      session.call('ZADD', 'y', 10, 'b', 20, 'c', 30, 'd');
      session.call('SADD', 's', 'c', 'd', 'e');
      const all = ['a', '1', 'e', '1', 'b', '12', 'c', '24', 'd', '31'];
      expect(session.call('ZUNION', 3, 'x', 'y', 's', 'WITHSCORES')).toEqual(all);
      expect(session.call('ZINTER', 2, 'x', 'y', 'WEIGHTS', 2, -1, 'AGGREGATE', 'min', 'WITHSCORES')).toEqual([
        'c',
        '-20',
        'b',
        '-10',
      ]);
      expect(session.call('ZINTERCARD', 2, 'x', 'y')).toBe(2);
      expect(session.call('ZINTERCARD', 2, 'x', 'y', 'LIMIT', 1)).toBe(1);
      expect(session.call('ZDIFF', 2, 'x', 's', 'WITHSCORES')).toEqual(['a', '1', 'b', '2']);
      expect(session.call('ZDIFF', 1, 'none')).toEqual([]);
      expect(session.effectOf('ZUNIONSTORE', 'x', 3, 'x', 'y', 's')).toEqual({
        log: ['ZUNIONSTORE x 3 x y s'],
        events: ['zunionstore x'],
        dirty: 1,
      });
      expect(session.call('ZRANGE', 'x', 0, -1, 'WITHSCORES')).toEqual(all);
      expect(session.call('OBJECT', 'ENCODING', 'x')).toBe(entries === '1' ? 'skiplist' : 'listpack');
      expect(session.effectOf('ZINTERSTORE', 'x', 2, 'x', 'none')).toEqual({
        log: ['ZINTERSTORE x 2 x none'],
        events: ['keymiss none', 'del x'],
        dirty: 1,
      });
      session.verify();
    }
  });

  it('replaces -0 by 0', () => {
    const session = new CommandSession({ config: { 'zset-max-listpack-entries': '0' } });
    session.call('ZADD', 'x', '-0', 'a');
    expect(session.call('ZUNION', 2, 'x', 'x', 'WITHSCORES')).toEqual(['a', '-0']);
    expect(session.call('ZUNION', 2, 'x', 'x', 'WEIGHTS', 1, -1, 'WITHSCORES')).toEqual(['a', '0']);
  });

  it('count infinities that cancel out as 0', () => {
    const session = new CommandSession();
    session.call('ZADD', 'x', 'inf', 'a');
    session.call('ZADD', 'y', '-inf', 'a');
    expect(session.call('ZUNION', 2, 'x', 'y', 'WITHSCORES')).toEqual(['a', '0']);
    expect(session.call('ZINTER', 1, 'x', 'WEIGHTS', 0, 'WITHSCORES')).toEqual(['a', '0']);
  });

  it('check types before options', () => {
    const session = new CommandSession();
    session.call('SET', 'string', 'x');
    expect(session.error('ZUNION', 1, 'string', 'BAD')).toMatch(/^WRONGTYPE/);
    expect(session.error('ZUNION', 0, 'x')).toBe("ERR at least 1 input key is needed for 'zunion' command");
    expect(session.error('ZUNION', 2, 'x')).toBe('ERR syntax error');
    expect(session.error('ZUNION', 1, 'x', 'WEIGHTS', 'a')).toBe('ERR weight value is not a float');
    expect(session.error('ZDIFF', 1, 'x', 'WEIGHTS', 1)).toBe('ERR syntax error');
    expect(session.error('ZINTERCARD', 1, 'x', 'LIMIT', -1)).toBe("ERR LIMIT can't be negative");
    expect(session.error('ZUNIONSTORE', 'd', 1, 'x', 'WITHSCORES')).toBe('ERR syntax error');
  });
});
