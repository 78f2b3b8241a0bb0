import { describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

describe.each(['2', '128'])('ranges, with up to %s members in a listpack', (entries) => {
  const open = (): CommandSession => {
    const session = new CommandSession({ config: { 'zset-max-listpack-entries': entries } });
    session.call('ZADD', 'z', 1, 'a', 2, 'b', 3, 'c', 4, 'd', 5, 'e');
    session.call('ZADD', 'lex', 0, 'a', 0, 'b', 0, 'c', 0, 'd', 0, '10');
    return session;
  };

  it('are by rank', () => {
    const session = open();
    expect(session.call('ZRANGE', 'z', 1, -2)).toEqual(['b', 'c', 'd']);
    expect(session.call('ZRANGE', 'z', -2, 99, 'REV', 'WITHSCORES')).toEqual(['b', '2', 'a', '1']);
    expect(session.call('ZREVRANGE', 'z', 0, 0)).toEqual(['e']);
    expect(session.call('ZRANGE', 'z', 5, 9)).toEqual([]);
    expect(session.call('ZRANGE', 'none', 0, -1)).toEqual([]);
  });

  it('are by score', () => {
    const session = open();
    expect(session.call('ZRANGE', 'z', '(1', 4, 'BYSCORE', 'LIMIT', 1, -1)).toEqual(['c', 'd']);
    expect(session.call('ZRANGEBYSCORE', 'z', '-inf', '(3')).toEqual(['a', 'b']);
    expect(session.call('ZREVRANGEBYSCORE', 'z', 4, 2, 'LIMIT', 1, 1)).toEqual(['c']);
    expect(session.call('ZRANGEBYSCORE', 'z', 4, 2)).toEqual([]);
    expect(session.call('ZRANGEBYSCORE', 'z', 1, 5, 'LIMIT', -1, 5)).toEqual([]);
    expect(session.call('ZRANGEBYSCORE', 'z', '', '0x2')).toEqual(['a', 'b']);
    expect(session.call('ZRANGEBYSCORE', 'z', '-1e999', ' 1')).toEqual(['a']);
    expect(session.call('ZCOUNT', 'z', '(1', '+inf')).toBe(4);
  });

  it('are by member', () => {
    const session = open();
    expect(session.call('ZRANGE', 'lex', '-', '(c', 'BYLEX')).toEqual(['10', 'a', 'b']);
    expect(session.call('ZREVRANGEBYLEX', 'lex', '+', '[b', 'LIMIT', 1, 2)).toEqual(['c', 'b']);
    expect(session.call('ZRANGEBYLEX', 'lex', '+', '-')).toEqual([]);
    expect(session.call('ZLEXCOUNT', 'lex', '[1', '[b')).toBe(3);
  });

  it('are stored and removed', () => {
    const session = open();
    expect(session.effectOf('ZRANGESTORE', 'z', 'z', 1, 3, 'REV')).toEqual({
      log: ['ZRANGESTORE z z 1 3 REV'],
      events: ['zrangestore z'],
      dirty: 1,
    });
    expect(session.call('ZRANGE', 'z', 0, -1)).toEqual(['b', 'c', 'd']);
    expect(session.effectOf('ZREMRANGEBYSCORE', 'z', '(2', 9)).toEqual({
      log: ['ZREMRANGEBYSCORE z (2 9'],
      events: ['zremrangebyscore z'],
      dirty: 2,
    });
    expect(session.effectOf('ZREMRANGEBYRANK', 'z', 0, -1).events).toEqual(['zremrangebyrank z', 'del z']);
    expect(session.call('ZREMRANGEBYLEX', 'lex', '[a', '[c')).toBe(3);
    expect(session.effectOf('ZRANGESTORE', 'lex', 'none', 0, -1).events).toEqual(['keymiss none', 'del lex']);
    session.verify();
  });

  it('tell ranks', () => {
    const session = open();
    expect(session.call('ZRANK', 'z', 'c')).toBe(2);
    expect(session.call('ZREVRANK', 'z', 'b', 'WITHSCORE')).toEqual([3, '2']);
    expect(session.call('ZRANK', 'z', 'x')).toBe(null);
    expect(session.error('ZRANK', 'z', 'x', 'WITHSCORES')).toBe('ERR syntax error');
  });

  it('are refused where they are none', () => {
    const session = open();
    expect(session.error('ZRANGE', 'z', 0, 1, 'LIMIT', 0, 1)).toBe(
      'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
    );
    expect(session.error('ZRANGE', 'z', 0, 1, 'BYLEX', 'WITHSCORES')).toBe(
      'ERR syntax error, WITHSCORES not supported in combination with BYLEX',
    );
    expect(session.error('ZRANGE', 'z', 0, 1, 'BYLEX')).toBe('ERR min or max not valid string range item');
    expect(session.error('ZRANGE', 'z', 'a', 1, 'BYSCORE')).toBe('ERR min or max is not a float');
    expect(session.error('ZRANGE', 'z', 'a', 1)).toBe('ERR value is not an integer or out of range');
    expect(session.error('ZRANGESTORE', 'd', 'z', 0, 1, 'WITHSCORES')).toBe('ERR syntax error');
    expect(session.error('ZREVRANGE', 'z', 0, 1, 'REV')).toBe('ERR syntax error');
  });
});

describe('members chosen at random, and scans', () => {
  it('answer all or some', () => {
    const session = new CommandSession();
    const members = Array.from({ length: 300 }, (_, i) => `m${i}`);
    session.call('ZADD', 'z', ...members.flatMap((member, i) => [i, member]));
    for (const count of [3, 200, 299]) {
      const drawn = session.call('ZRANDMEMBER', 'z', count) as string[];
      expect(new Set(drawn).size).toBe(count);
      expect(drawn.every((member) => members.includes(member))).toBe(true);
    }
    expect(session.call('ZRANDMEMBER', 'z', 999)).toHaveLength(300);
    expect(session.call('ZRANDMEMBER', 'z', -999, 'WITHSCORES')).toHaveLength(1998);
    const found: string[] = [];
    let cursor = '0';
    do {
      const [next, pairs] = session.call('ZSCAN', 'z', cursor, 'COUNT', 20) as [string, string[]];
      cursor = next;
      found.push(...pairs.filter((_, i) => i % 2 === 0));
    } while (cursor !== '0');
    expect(found.sort()).toEqual(members.sort());
  });
});
