import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { makeList } from './key-facts.ts';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
  s.call('MSET', 'a', 'ohmytext', 'b', 'mynewtext');
});

describe('LCS', () => {
  it('answers the subsequence, its length, or where it lies', () => {
    expect(s.call('LCS', 'a', 'b')).toBe('mytext');
    expect(s.call('LCS', 'a', 'b', 'len')).toBe(6);
    expect(s.call('LCS', 'a', 'b', 'IDX')).toEqual([
      'matches',
      [
        [
          [4, 7],
          [5, 8],
        ],
        [
          [2, 3],
          [0, 1],
        ],
      ],
      'len',
      6,
    ]);
  });

  it('leaves out short matches and tells lengths', () => {
    expect(s.call('LCS', 'a', 'b', 'IDX', 'MINMATCHLEN', 3, 'WITHMATCHLEN')).toEqual([
      'matches',
      [[[4, 7], [5, 8], 4]],
      'len',
      6,
    ]);
    expect(s.call('LCS', 'a', 'b', 'IDX', 'MINMATCHLEN', '9223372036854775807')).toEqual(['matches', [], 'len', 6]);
    expect(s.call('LCS', 'a', 'b', 'IDX', 'MINMATCHLEN', 3, 'MINMATCHLEN', -1)).toEqual(s.call('LCS', 'a', 'b', 'IDX'));
    expect(s.call('LCS', 'a', 'b', 'MINMATCHLEN', 5, 'WITHMATCHLEN')).toBe('mytext');
  });

  it('answers a map in RESP3', () => {
    s = new CommandSession({ version: 3 });
    expect(s.call('LCS', 'a', 'b', 'IDX')).toEqual({ matches: [], len: 0 });
  });

  it('takes missing keys for empty strings', () => {
    expect(s.call('LCS', 'a', 'none')).toBe('');
    expect(s.call('LCS', 'none', 'b', 'LEN')).toBe(0);
    expect(s.call('LCS', 'none', 'nobody', 'IDX')).toEqual(['matches', [], 'len', 0]);
    expect(s.engine.keyspace.stats.misses).toBe(4);
  });

  it('looks at the types, the options and the size, in this order', () => {
    makeList(s, 'l');
    expect(s.error('LCS', 'a', 'l', 'FOO')).toBe('ERR The specified keys must contain string values');
    expect(s.error('LCS', 'l', 'none')).toBe('ERR The specified keys must contain string values');
    expect(s.error('LCS', 'a', 'b', 'FOO')).toBe('ERR syntax error');
    expect(s.error('LCS', 'a', 'b', 'MINMATCHLEN')).toBe('ERR syntax error');
    expect(s.error('LCS', 'a', 'b', 'LEN', 'IDX', 'MINMATCHLEN', 'x')).toBe(
      'ERR value is not an integer or out of range',
    );
    s.call('SETRANGE', 'c', 15_000_000, 'x');
    expect(s.error('LCS', 'a', 'c', 'LEN', 'IDX')).toBe(
      'ERR If you want both the length and indexes, please just use IDX.',
    );
    expect(s.error('LCS', 'a', 'c')).toBe(
      'ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len',
    );
  });

  it('allows exactly as much as the limit says', () => {
    s = new CommandSession({ config: { 'proto-max-bulk-len': '1mb' } });
    s.call('SET', 'a', 'x');
    s.call('SETRANGE', 'b', 2 ** 17 - 2, 'x');
    expect(s.call('LCS', 'a', 'b', 'IDX')).toEqual([
      'matches',
      [
        [
          [0, 0],
          [2 ** 17 - 2, 2 ** 17 - 2],
        ],
      ],
      'len',
      1,
    ]);
    s.call('APPEND', 'b', 'y');
    expect(s.error('LCS', 'a', 'b', 'LEN')).toMatch(/^ERR Insufficient memory/);
  });
});
