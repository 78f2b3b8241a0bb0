import { describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const LONG = 'l'.repeat(20_000);

/** All that is tested here is the same however the elements are laid out. */
describe.each(['-2', '2', '-5', '1'])('lists with list-max-listpack-size %s', (size) => {
  const open = (): CommandSession => new CommandSession({ config: { 'list-max-listpack-size': size } });
  const all = (s: CommandSession, key = 'l') => s.call('LRANGE', key, 0, -1);

  it('grow at both ends', () => {
    const s = open();
    expect(s.effectOf('RPUSH', 'l', 'a', '1', LONG)).toEqual({
      log: [`RPUSH l a 1 ${LONG}`],
      events: ['new l', 'rpush l'],
      dirty: 3,
    });
    expect(s.effectOf('LPUSH', 'l', 'b', 'c')).toEqual({ log: ['LPUSH l b c'], events: ['lpush l'], dirty: 2 });
    expect(all(s)).toEqual(['c', 'b', 'a', '1', LONG]);
    expect(s.call('LPUSHX', 'l', 'x')).toBe(6);
    expect(s.call('RPUSHX', 'l', 'y', 'z')).toBe(8);
    expect(s.call('LLEN', 'l')).toBe(8);
    expect(s.effectOf('RPUSHX', 'none', 'x')).toEqual({ log: [], events: [], dirty: 0 });
    expect([s.call('LPUSHX', 'none', 'x'), s.call('LLEN', 'none'), s.call('EXISTS', 'none')]).toEqual([0, 0, 0]);
    expect(s.call('OBJECT', 'ENCODING', 'l')).toBe('quicklist');
    s.verify();
  });

  it('are popped at both ends, and go when they are empty', () => {
    const s = open();
    s.call('RPUSH', 'l', 'a', 'b', LONG, '4', '5', '6', '7');
    expect([s.call('LPOP', 'l'), s.call('RPOP', 'l')]).toEqual(['a', '7']);
    expect(s.call('LPOP', 'l', 2)).toEqual(['b', LONG]);
    expect(s.effectOf('RPOP', 'l', '2')).toEqual({ log: ['RPOP l 2'], events: ['rpop l'], dirty: 2 });
    s.call('RPUSH', 'l', '5', '6');
    expect(s.call('RPOP', 'l', 2)).toEqual(['6', '5']);
    expect(s.call('LPOP', 'l', 0)).toEqual([]);
    s.call('RPUSH', 'l', 'x');
    expect(s.effectOf('LPOP', 'l', 9)).toEqual({ log: ['LPOP l 9'], events: ['lpop l', 'del l'], dirty: 2 });
    expect([s.call('LPOP', 'l'), s.call('LPOP', 'l', 3), s.call('EXISTS', 'l')]).toEqual([null, null, 0]);
    s.call('RPUSH', 'l', 'x');
    expect(s.effectOf('RPOP', 'l')).toEqual({ log: ['RPOP l'], events: ['rpop l', 'del l'], dirty: 1 });
    s.verify();
  });

  it('tell elements by position, from either end', () => {
    const s = open();
    s.call('RPUSH', 'l', 'a', '-5', LONG, 'd', '9223372036854775807');
    expect(s.call('LRANGE', 'l', 1, 2)).toEqual(['-5', LONG]);
    expect(s.call('LRANGE', 'l', -2, 100)).toEqual(['d', '9223372036854775807']);
    expect(s.call('LRANGE', 'l', '-9223372036854775808', '9223372036854775807')).toHaveLength(5);
    const many = Array.from({ length: 700 }, (_, i) => (i % 150 === 7 ? String(i) : `e${i}`.padEnd(i % 90, '.')));
    s.call('RPUSH', 'many', ...many);
    for (const [start, end] of [
      [0, 700],
      [1, 130],
      [5, 9],
      [7, 8],
      [100, 300],
      [699, 700],
    ]) {
      expect(s.call('LRANGE', 'many', start, end - 1)).toEqual(many.slice(start, end));
    }
    for (const [start, stop] of [
      [3, 2],
      [5, 9],
      [0, -6],
    ]) {
      expect(s.call('LRANGE', 'l', start, stop)).toEqual([]);
    }
    expect([0, 2, 4, 5].map((index) => s.call('LINDEX', 'l', index))).toEqual(['a', LONG, '9223372036854775807', null]);
    expect([-1, -5, -6].map((index) => s.call('LINDEX', 'l', index))).toEqual(['9223372036854775807', 'a', null]);
    expect([s.call('LRANGE', 'none', 0, -1), s.call('LINDEX', 'none', 'x')]).toEqual([[], null]);
  });

  it('have elements replaced and inserted', () => {
    const s = open();
    s.call('RPUSH', 'l', 'a', 'b', 'c');
    expect(s.effectOf('LSET', 'l', -1, LONG)).toEqual({ log: [`LSET l -1 ${LONG}`], events: ['lset l'], dirty: 1 });
    s.call('LSET', 'l', 0, '7');
    expect(all(s)).toEqual(['7', 'b', LONG]);
    expect(s.call('LINSERT', 'l', 'BEFORE', '7', 'first')).toBe(4);
    expect(s.call('LINSERT', 'l', 'after', LONG, 'last')).toBe(5);
    expect(s.effectOf('LINSERT', 'l', 'AFTER', 'b', LONG).dirty).toBe(1);
    expect(all(s)).toEqual(['first', '7', 'b', LONG, LONG, 'last']);
    expect(s.effectOf('LINSERT', 'l', 'AFTER', 'nowhere', 'x')).toEqual({ log: [], events: [], dirty: 0 });
    expect([s.call('LINSERT', 'l', 'AFTER', 'nowhere', 'x'), s.call('LINSERT', 'n', 'AFTER', 'a', 'b')]).toEqual([
      -1, 0,
    ]);
    s.verify();
  });

  it('lose the elements that are equal to one', () => {
    const s = open();
    const elements = ['x', '1', 'x', LONG, '1', 'x', '1', LONG, 'x'];
    const left = (count: number, element: string): unknown => {
      s.call('DEL', 'l');
      s.call('RPUSH', 'l', ...elements);
      s.call('LREM', 'l', count, element);
      return all(s);
    };
    expect(left(0, 'x')).toEqual(elements.filter((each) => each !== 'x'));
    expect(left(2, '1')).toEqual(['x', 'x', LONG, 'x', '1', LONG, 'x']);
    expect(left(-2, '1')).toEqual(['x', '1', 'x', LONG, 'x', LONG, 'x']);
    expect(left(-1, LONG)).toEqual(['x', '1', 'x', LONG, '1', 'x', '1', 'x']);
    expect(left(0, 'y')).toEqual(elements);
    expect(s.effectOf('LREM', 'l', 0, 'x')).toEqual({ log: ['LREM l 0 x'], events: ['lrem l'], dirty: 4 });
    expect(s.effectOf('LREM', 'l', 0, 'x')).toEqual({ log: [], events: [], dirty: 0 });
    s.call('LREM', 'l', 0, LONG);
    expect(s.effectOf('LREM', 'l', -9, '1')).toEqual({ log: ['LREM l -9 1'], events: ['lrem l', 'del l'], dirty: 3 });
    expect(s.call('LREM', 'l', 0, '1')).toBe(0);
    s.verify();
  });

  it('are trimmed', () => {
    const s = open();
    s.call('RPUSH', 'l', '1', '2', '3', '4', '5', '6');
    expect(s.effectOf('LTRIM', 'l', 1, -2)).toEqual({ log: ['LTRIM l 1 -2'], events: ['ltrim l'], dirty: 2 });
    expect(all(s)).toEqual(['2', '3', '4', '5']);
    expect(s.effectOf('LTRIM', 'l', 0, 100)).toEqual({ log: [], events: ['ltrim l'], dirty: 0 });
    expect(s.effectOf('LTRIM', 'l', 3, 2)).toEqual({ log: ['LTRIM l 3 2'], events: ['ltrim l', 'del l'], dirty: 4 });
    expect([s.call('EXISTS', 'l'), s.call('LTRIM', 'l', 0, 1)]).toEqual([0, 'OK']);
    s.verify();
  });

  it('tell where elements are', () => {
    const s = open();
    s.call('RPUSH', 'l', 'a', 'b', 'c', '1', '2', '3', 'c', 'c');
    expect([s.call('LPOS', 'l', 'c'), s.call('LPOS', 'l', 'c', 'RANK', -1), s.call('LPOS', 'l', 'x')]).toEqual([
      2,
      7,
      null,
    ]);
    expect(s.call('LPOS', 'l', 'c', 'RANK', 2, 'COUNT', 0)).toEqual([6, 7]);
    expect(s.call('LPOS', 'l', 'c', 'RANK', -2, 'COUNT', 5)).toEqual([6, 2]);
    expect(s.call('LPOS', 'l', 'c', 'COUNT', 1)).toEqual([2]);
    expect(s.call('LPOS', 'l', 'c', 'COUNT', 0, 'MAXLEN', 7)).toEqual([2, 6]);
    expect(s.call('LPOS', 'l', 'c', 'MAXLEN', 2)).toBe(null);
    expect(s.call('LPOS', 'l', '3', 'maxlen', 0, 'rank', -1)).toBe(5);
    expect([
      s.call('LPOS', 'n', 'c'),
      s.call('LPOS', 'n', 'c', 'COUNT', 1),
      s.call('LPOS', 'l', 'x', 'COUNT', 0),
    ]).toEqual([null, [], []]);
  });

  it('give elements to each other, and to themselves', () => {
    const s = open();
    s.call('RPUSH', 'l', 'a', LONG, '3');
    expect(s.effectOf('LMOVE', 'l', 'm', 'RIGHT', 'LEFT')).toEqual({
      log: ['LMOVE l m RIGHT LEFT'],
      events: ['new m', 'lpush m', 'rpop l'],
      dirty: 1,
    });
    expect(s.call('RPOPLPUSH', 'l', 'm')).toBe(LONG);
    expect(s.call('LMOVE', 'm', 'm', 'LEFT', 'RIGHT')).toBe(LONG);
    expect([all(s), all(s, 'm')]).toEqual([['a'], ['3', LONG]]);
    expect(s.effectOf('LMOVE', 'l', 'l', 'LEFT', 'LEFT').events).toEqual(['lpush l', 'lpop l']);
    expect(s.effectOf('LMOVE', 'l', 'm', 'left', 'right').events).toEqual(['rpush m', 'lpop l', 'del l']);
    expect(all(s, 'm')).toEqual(['3', LONG, 'a']);
    expect([s.call('LMOVE', 'l', 'm', 'LEFT', 'LEFT'), s.call('RPOPLPUSH', 'l', 'l')]).toEqual([null, null]);
    s.verify();
  });

  it('are popped where the first of several is', () => {
    const s = open();
    s.call('RPUSH', 'l', '1', '2', '3', '4');
    expect(s.call('LMPOP', 2, 'none', 'l', 'LEFT')).toEqual(['l', ['1']]);
    expect(s.effectOf('LMPOP', 1, 'l', 'RIGHT', 'COUNT', 2)).toEqual({
      log: ['RPOP l 2'],
      events: ['rpop l'],
      dirty: 2,
    });
    expect(s.effectOf('BLMPOP', 0, 1, 'l', 'LEFT', 'COUNT', 10).log).toEqual(['LPOP l 1']);
    expect(s.call('LMPOP', 1, 'l', 'LEFT')).toBe(null);
    s.call('RPUSH', 'l', '1', '2', '3', '4');
    expect(s.call('BLPOP', 'none', 'l', 0)).toEqual(['l', '1']);
    expect(s.effectOf('BRPOP', 'l', 'none', 0)).toEqual({ log: ['RPOP l'], events: ['rpop l'], dirty: 1 });
    expect(s.effectOf('BLMOVE', 'l', 'm', 'LEFT', 'LEFT', 0).log).toEqual(['LMOVE l m LEFT LEFT']);
    expect(s.effectOf('BRPOPLPUSH', 'l', 'm', 0).log).toEqual(['RPOPLPUSH l m']);
    expect(all(s, 'm')).toEqual(['3', '2']);
    s.verify();
  });

  it('are copied', () => {
    const s = open();
    const elements = Array.from({ length: 500 }, (_, i) => (i % 100 === 0 ? LONG : `e${i}`));
    s.call('RPUSH', 'l', ...elements);
    s.call('COPY', 'l', 'm');
    s.call('LPOP', 'l', 400);
    expect(all(s, 'm')).toEqual(elements);
    s.verify();
  });
});

describe('commands of lists', () => {
  it('refuse keys of other types and arguments that make no sense', () => {
    const s = new CommandSession();
    s.call('SET', 's', 'text');
    s.call('RPUSH', 'l', 'a');
    for (const command of [
      ['LPUSH', 's', 'x'],
      ['RPUSHX', 's', 'x'],
      ['LPOP', 's'],
      ['RPOP', 's', 1],
      ['LLEN', 's'],
      ['LRANGE', 's', 0, 1],
      ['LINDEX', 's', 'x'],
      ['LSET', 's', 0, 'x'],
      ['LINSERT', 's', 'BEFORE', 'x', 'x'],
      ['LREM', 's', 0, 'x'],
      ['LTRIM', 's', 0, 1],
      ['LPOS', 's', 'x'],
      ['LMOVE', 's', 'l', 'LEFT', 'LEFT'],
      ['RPOPLPUSH', 'l', 's'],
      ['LMPOP', 2, 's', 'l', 'LEFT'],
      ['BLPOP', 'none', 's', 'l', 0],
      ['BLMOVE', 'l', 's', 'LEFT', 'LEFT', 0],
    ]) {
      expect(s.error(...command)).toBe(WRONG_TYPE);
    }
    for (const [error, ...commands] of [
      [
        'ERR value is not an integer or out of range',
        ['LRANGE', 'l', 'x', 1],
        ['LINDEX', 'l', '1.5'],
        ['LREM', 'n', '', 'x'],
      ],
      ['ERR value is out of range, must be positive', ['LPOP', 'l', -1], ['RPOP', 'l', 'x']],
      ["ERR wrong number of arguments for 'lpop' command", ['LPOP', 'l', 1, 2], ['LPOP']],
      ['ERR no such key', ['LSET', 'none', 'x', 'x']],
      ['ERR index out of range', ['LSET', 'l', 1, 'x'], ['LSET', 'l', -2, 'x']],
      [
        'ERR syntax error',
        ['LINSERT', 'n', 'AT', 'a', 'b'],
        ['LMOVE', 'n', 'n', 'UP', 'LEFT'],
        ['LPOS', 'l', 'a', 'RANK'],
      ],
      [
        'ERR syntax error',
        ['LMPOP', 1, 'l', 'UP'],
        ['LMPOP', 2, 'l', 'LEFT'],
        ['LMPOP', 1, 'l', 'LEFT', 'COUNT', 1, 'COUNT', 1],
      ],
      ['ERR numkeys should be greater than 0', ['LMPOP', 0, 'l', 'LEFT'], ['BLMPOP', 'x', 'x', 'l', 'LEFT']],
      [
        'ERR count should be greater than 0',
        ['LMPOP', 1, 'l', 'LEFT', 'COUNT', 0],
        ['LMPOP', 1, 'l', 'LEFT', 'COUNT', 'x'],
      ],
      ["ERR COUNT can't be negative", ['LPOS', 'n', 'a', 'COUNT', -1], ['LPOS', 'n', 'a', 'COUNT', 'x']],
      ["ERR MAXLEN can't be negative", ['LPOS', 'n', 'a', 'MAXLEN', -1]],
      ['ERR timeout is not a float or out of range', ['BLPOP', 'l', 'x'], ['BLMPOP', 'nan', 1, 'l', 'LEFT']],
      ['ERR timeout is negative', ['BRPOP', 'l', -1], ['BRPOPLPUSH', 'l', 'l', '1e300'], ['BLPOP', 'l', 'inf']],
    ] as const) {
      for (const command of commands) expect(s.error(...command)).toBe(error);
    }
    expect(s.error('LPOS', 'l', 'a', 'RANK', 0)).toMatch(/^ERR RANK can't be zero: use 1 to start/);
    expect(s.call('LRANGE', 'l', 0, -1)).toEqual(['a']);
  });

  it('never meet a target list whose time is over', () => {
    const s = new CommandSession();
    s.call('RPUSH', 'l', '1', '2');
    s.call('RPUSH', 'm', 'old');
    s.call('PEXPIRE', 'm', 10);
    s.clock.advance(20);
    expect(s.call('LMOVE', 'l', 'm', 'LEFT', 'LEFT')).toBe('1');
    expect(s.call('LRANGE', 'm', 0, -1)).toEqual(['1']);
    expect(s.call('TTL', 'm')).toBe(-1);
    s.verify();
  });
});
