import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { sort } from '../../../src/commands/sort/sort.ts';
import { keysIn } from '../../../src/dispatch/command-keys.ts';
import { Args } from '../../../src/protocol/args.ts';
import { CommandSession, type Word } from '../../support/command-session.ts';
import { effectOf, encodingOf, ttlMs } from '../string/key-facts.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const SYNTAX = 'ERR syntax error';
const NOT_NUMBERS = "ERR One or more scores can't be converted into double";
const NOTHING = { log: [], events: [], dirty: 0 };

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

/** Makes `key` a collection of the elements. */
function fill(type: string, key: string, elements: readonly Word[]): void {
  s.call('DEL', key);
  if (type === 'list') s.call('RPUSH', key, ...elements);
  else if (type === 'set') s.call('SADD', key, ...elements);
  else s.call('ZADD', key, ...elements.flatMap((element, i) => [i, element]));
}

describe('SORT', () => {
  it.each(['list', 'set', 'zset'])('orders the numbers of a %s', (type) => {
    const numbers = fc.uniqueArray(fc.oneof(fc.integer(), fc.double({ noNaN: true, min: -1e9, max: 1e9 })), {
      minLength: 1,
      maxLength: 200,
      comparator: (a, b) => a === b,
    });
    fc.assert(
      fc.property(
        numbers,
        fc.integer({ min: -2, max: 20 }),
        fc.integer({ min: -2, max: 20 }),
        (list, offset, count) => {
          const texts = list.filter((n) => Math.abs(n) > 1e-300 || n === 0).map((n) => String(n === 0 ? 0 : n));
          fc.pre(texts.length > 0);
          fill(type, 'k', texts);
          const expected = texts.map(Number).sort((a, b) => a - b);
          expect((s.call('SORT', 'k') as string[]).map(Number)).toEqual(expected);
          const first = Math.max(0, offset);
          const last = count < 0 ? undefined : first + count;
          const limited = s.call('SORT', 'k', 'DESC', 'LIMIT', offset, count) as string[];
          expect(limited.map(Number)).toEqual(expected.toReversed().slice(first, last));
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each(['list', 'set', 'zset'])('orders the bytes of a %s', (type) => {
    const bytes = fc.uniqueArray(fc.stringMatching(/^[ -~]{0,100}$/), { minLength: 1, maxLength: 150 });
    fc.assert(
      fc.property(bytes, (list) => {
        fill(type, 'k', list);
        const expected = list.toSorted((a, b) => (a < b ? -1 : 1));
        expect(s.call('SORT', 'k', 'ALPHA')).toEqual(expected);
        expect(s.call('SORT_RO', 'k', 'alpha', 'desc')).toEqual(expected.toReversed());
        expect(s.call('SORT', 'k', 'ALPHA', 'STORE', 'd')).toBe(list.length);
        expect(s.call('LRANGE', 'd', 0, -1)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
    s.verify();
  });

  it('reads numbers as strtod does', () => {
    const good = ['-inf', '-2.5e3', '', '\t 7', '0x10', '17.', '18\0junk', '9007199254740993', 'Infinity'];
    fill('list', 'k', good.toReversed());
    expect(s.call('SORT', 'k')).toEqual(good);
    for (const bad of ['abc', 'nan', '1 ', ' ', '0x', '1e', '1e400', '1e-400', '5e-324', '2.225073858507201e-308']) {
      fill('list', 'k', ['1', bad]);
      expect(s.error('SORT', 'k')).toBe(NOT_NUMBERS);
      expect(effectOf(s, 'SORT', 'k', 'STORE', 'd')).toEqual(NOTHING);
    }
    fill('list', 'k', ['1', '2.2250738585072014e-308', '0x1p-1074', '\0x']);
    expect(s.call('SORT', 'k')).toEqual(['\0x', '0x1p-1074', '2.2250738585072014e-308', '1']);
  });

  it('orders equal numbers by their bytes', () => {
    fill('list', 'k', ['1.0', '01', '1', '+1']);
    expect(s.call('SORT', 'k')).toEqual(['+1', '01', '1', '1.0']);
    expect(s.call('SORT', 'k', 'DESC')).toEqual(['1.0', '1', '01', '+1']);
  });

  it('orders texts up to their first NUL, unless they are stored', () => {
    fill('list', 'k', ['a\0z', 'a\0b', 'a']);
    expect(s.call('SORT', 'k', 'ALPHA')).toEqual(['a\0z', 'a\0b', 'a']);
    s.call('SORT', 'k', 'ALPHA', 'STORE', 'd');
    expect(s.call('LRANGE', 'd', 0, -1)).toEqual(['a', 'a\0b', 'a\0z']);
  });

  it('orders by other keys and by fields of hashes', () => {
    fill('list', 'k', ['a', 'b', 'c', 'none']);
    s.call('MSET', 'w_a', 3, 'w_b', -1, 'w_c', 2);
    expect(s.call('SORT', 'k', 'BY', 'w_*')).toEqual(['b', 'none', 'c', 'a']);
    expect(s.call('SORT', 'k', 'BY', 'w_*', 'LIMIT', 1, 2)).toEqual(['none', 'c']);
    s.call('MSET', 'w_a', 'x', 'w_b', 'z'.repeat(50_000), 'w_c', 'y');
    expect(s.error('SORT', 'k', 'BY', 'w_*')).toBe(NOT_NUMBERS);
    expect(s.call('SORT', 'k', 'BY', 'w_*', 'ALPHA')).toEqual(['none', 'a', 'c', 'b']);
    expect(s.call('SORT', 'k', 'BY', 'w_*', 'ALPHA', 'DESC')).toEqual(['b', 'c', 'a', 'none']);
    for (const [i, name] of ['c', 'a', 'b'].entries()) s.call('HSET', `h_${name}_x`, 'f', i + 1, 'f->g', 3 - i);
    expect(s.call('SORT', 'k', 'BY', 'h_*_x->f')).toEqual(['none', 'c', 'a', 'b']);
    expect(s.call('SORT', 'k', 'BY', 'h_*_x->f->g')).toEqual(['none', 'b', 'a', 'c']);
    // Strings are no hashes, hashes are no strings, and an arrow at the end belongs to the name.
    for (const nothing of ['w_*->f', 'h_*_x', 'h_*_x->', 'h_*_x->none', '*_*']) {
      expect(s.call('SORT', 'k', 'BY', nothing)).toEqual(['a', 'b', 'c', 'none']);
    }
  });

  it('keeps equal texts in their order', () => {
    fill('list', 'k', ['d', 'b', 'c', 'a']);
    s.call('MSET', 'w_b', 'same', 'w_c', 'same');
    expect(s.call('SORT', 'k', 'BY', 'w_*', 'ALPHA')).toEqual(['d', 'a', 'b', 'c']);
    expect(s.call('SORT', 'k', 'BY', 'w_*', 'ALPHA', 'DESC')).toEqual(['b', 'c', 'd', 'a']);
  });

  it.each(['list', 'zset'])('leaves a %s in its order where BY names one thing for all', (type) => {
    const elements = Array.from({ length: 300 }, (_, i) => `e${(i * 7) % 300}`);
    fill(type, 'k', elements);
    expect(s.call('SORT', 'k', 'BY', 'nosort')).toEqual(elements);
    expect(s.call('SORT', 'k', 'BY', 'nosort', 'LIMIT', 10, 5)).toEqual(elements.slice(10, 15));
    expect(s.call('SORT', 'k', 'BY', 'a\0*', 'DESC', 'LIMIT', 10, 5)).toEqual(elements.toReversed().slice(10, 15));
    expect(s.call('SORT', 'k', 'BY', 'nosort', 'BY', 'w_*', 'DESC')).toEqual(elements.toReversed());
    expect(s.call('SORT', 'k', 'BY', 'nosort', 'LIMIT', 300, 5)).toEqual([]);
    expect(s.call('SORT', 'k', 'BY', 'nosort', 'LIMIT', 299, '9223372036854775807')).toEqual([elements[299]]);
  });

  it('orders the bytes of a set that is to be stored unsorted', () => {
    fill('set', 'k', ['b', '10', '9', 'a']);
    expect(s.call('SORT', 'k', 'BY', 'nosort', 'STORE', 'd')).toBe(4);
    expect(s.call('LRANGE', 'd', 0, -1)).toEqual(['10', '9', 'a', 'b']);
    expect((s.call('SORT', 'k', 'BY', 'nosort') as string[]).toSorted()).toEqual(['10', '9', 'a', 'b']);
    expect((s.call('SORT', 'k', 'BY', 'nosort', 'LIMIT', 1, 2) as string[]).length).toBe(2);
  });

  it('answers what GET names, and null or nothing where there is none', () => {
    fill('list', 'k', ['2', '1']);
    s.call('SET', 'o_1', 'one'.repeat(9000));
    s.call('HSET', 'h_2', 'f', 'two');
    const get = ['GET', '#', 'GET', 'o_*', 'GET', 'h_*->f', 'GET', 'fixed', 'GET', '#\0x'];
    const one = 'one'.repeat(9000);
    expect(s.call('SORT', 'k', ...get)).toEqual(['1', one, null, null, '1', '2', null, 'two', null, '2']);
    expect(s.call('SORT', 'k', ...get, 'STORE', 'd')).toBe(10);
    expect(s.call('LRANGE', 'd', 0, -1)).toEqual(['1', one, '', '', '1', '2', '', 'two', '', '2']);
    s.verify();
  });

  it('does not see keys whose time is over', () => {
    fill('list', 'k', ['1', '2']);
    s.call('SET', 'o_1', 'v', 'PX', 10);
    s.call('SET', 'w_1', 5, 'PX', 10);
    s.clock.advance(20);
    expect(s.call('SORT', 'k', 'BY', 'w_*', 'DESC', 'GET', 'o_*', 'GET', '#')).toEqual([null, '2', null, '1']);
  });

  it('stores a list in the place of whatever was there, also of its source', () => {
    fill('list', 'k', ['3', '1', '2']);
    s.call('SET', 'd', 'v', 'EX', 100);
    expect(effectOf(s, 'SORT', 'k', 'STORE', 'd')).toEqual({
      log: ['SORT k STORE d'],
      events: ['sortstore d'],
      dirty: 3,
    });
    expect(s.call('LRANGE', 'd', 0, -1)).toEqual(['1', '2', '3']);
    expect(ttlMs(s, 'd')).toBe(-1);
    expect(s.call('SORT', 'k', 'DESC', 'STORE', 'k', 'STORE', 'k')).toBe(3);
    expect(s.call('LRANGE', 'k', 0, -1)).toEqual(['3', '2', '1']);
    expect(effectOf(s, 'SORT', 'none', 'STORE', 'd')).toEqual({
      log: ['SORT none STORE d'],
      events: ['keymiss none', 'del d'],
      dirty: 1,
    });
    expect(effectOf(s, 'SORT', 'none', 'STORE', 'd')).toEqual({ log: [], events: ['keymiss none'], dirty: 0 });
    expect(effectOf(s, 'SORT', 'k')).toEqual(NOTHING);
    s.verify();
  });

  it('takes a key that does not exist for an empty one', () => {
    expect(s.call('SORT', 'none')).toEqual([]);
    expect(s.call('SORT_RO', 'none', 'BY', 'nosort', 'GET', '#')).toEqual([]);
  });

  it('makes a sorted set a large one, as Redis does', () => {
    fill('zset', 'k', ['1', '2']);
    expect(encodingOf(s, 'k')).toBe('listpack');
    const frozen = s.engine.keyspace.freeze();
    expect(s.call('SORT_RO', 'k', 'DESC')).toEqual(['2', '1']);
    s.engine.keyspace.release(frozen);
    expect(encodingOf(s, 'k')).toBe('skiplist');
    expect(s.call('ZRANGE', 'k', 0, -1, 'WITHSCORES')).toEqual(['1', '0', '2', '1']);
    s.verify();
  });

  it('refuses options before it looks at the key', () => {
    s.call('SET', 'str', 'v');
    const bad: Word[][] = [['LIMIT', 1], ['BY'], ['GET'], ['STORE'], ['x'], ['ALPHA', 'LIMIT']];
    for (const words of bad) expect(s.error('SORT', 'str', ...words)).toBe(SYNTAX);
    expect(s.error('SORT_RO', 'str', 'STORE', 'd')).toBe(SYNTAX);
    expect(s.error('SORT', 'str', 'LIMIT', 'x', 1)).toBe('ERR value is not an integer or out of range');
    expect(s.error('SORT', 'str', 'LIMIT', 1, 'x')).toBe('ERR value is not an integer or out of range');
    expect(s.error('SORT', 'str')).toBe(WRONG_TYPE);
    expect(s.error('SORT', 'str', 'STORE', 'd')).toBe(WRONG_TYPE);
  });

  it('tells where its keys are', () => {
    const found = (...words: string[]) => keysIn(sort, Args.of('SORT', 'k', ...words)).map(({ index }) => index);
    expect(found()).toEqual([1]);
    expect(found('STORE', 'd')).toEqual([1, 3]);
    expect(found('BY', 'STORE', 'GET', 'STORE', 'LIMIT', 'STORE', 'x', 'STORE', 'a', 'store', 'b')).toEqual([1, 12]);
  });
});
