import { beforeEach, describe, expect, it } from 'vitest';
import { SetReply } from '../../../src/protocol/capture-writer.ts';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, ttlMs } from '../string/key-facts.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

const members = (key: string) => (s.call('SMEMBERS', key) as string[]).sort();

describe('SADD and SREM', () => {
  it('add and remove, each member once', () => {
    expect(s.call('SADD', 'k', 'a', 'b', 'a', '')).toBe(3);
    expect(s.call('SADD', 'k', 'b', 'c')).toBe(1);
    expect(members('k')).toEqual(['', 'a', 'b', 'c']);
    expect(s.call('SREM', 'k', 'b', 'x', 'b')).toBe(1);
    expect(s.call('SREM', 'missing', 'b')).toBe(0);
    expect(s.call('SCARD', 'k')).toBe(3);
    expect(s.call('SREM', 'k', 'a', 'c', '', 'never', 'reached')).toBe(3);
    expect(s.call('EXISTS', 'k')).toBe(0);
    s.verify();
  });

  it('count each member and notify once', () => {
    expect(effectOf(s, 'SADD', 'k', 'a', 'b', 'a')).toEqual({ log: ['SADD k a b a'], events: ['sadd k'], dirty: 2 });
    expect(effectOf(s, 'SADD', 'k', 'a')).toEqual({ log: [], events: [], dirty: 0 });
    expect(effectOf(s, 'SREM', 'k', 'x')).toEqual({ log: [], events: [], dirty: 0 });
    expect(effectOf(s, 'SREM', 'k', 'a', 'b')).toEqual({
      log: ['SREM k a b'],
      events: ['srem k', 'del k'],
      dirty: 2,
    });
  });

  it('encode as Redis does', () => {
    s.call('CONFIG', 'SET', 'set-max-intset-entries', 3);
    s.call('SADD', 'k', 1, 2, 3);
    expect(encodingOf(s, 'k')).toBe('intset');
    s.call('SADD', 'k', 3);
    expect(encodingOf(s, 'k')).toBe('intset');
    s.call('SADD', 'k', 4);
    s.call('SREM', 'k', 4);
    expect(encodingOf(s, 'k')).toBe('hashtable');
    s.call('SADD', 'text', 'a');
    expect(encodingOf(s, 'text')).toBe('hashtable');
    s.call('SADD', 'mixed', 1, 'a');
    s.call('SREM', 'mixed', 'a');
    expect(encodingOf(s, 'mixed')).toBe('hashtable');
  });

  it('refuse keys of other types', () => {
    s.call('SET', 'string', 'v');
    for (const [command, ...rest] of [
      ['SADD', 'a'],
      ['SREM', 'a'],
      ['SISMEMBER', 'a'],
      ['SMISMEMBER', 'a'],
      ['SMEMBERS'],
      ['SCARD'],
      ['SPOP'],
      ['SPOP', '1'],
      ['SRANDMEMBER'],
      ['SRANDMEMBER', '1'],
      ['SINTER'],
      ['SUNION'],
      ['SDIFF'],
      ['SSCAN', '0'],
    ]) {
      expect(s.error(command, 'string', ...rest)).toBe(WRONG_TYPE);
    }
  });
});

describe('SISMEMBER, SMISMEMBER and SMEMBERS', () => {
  it.each([
    ['intset', ['1', '-70000', '9223372036854775807']],
    ['hashtable', ['a', '1', 'x'.repeat(30_000)]],
    ['hashtable', Array.from({ length: 200 }, (_, i) => `m${i}`)],
  ])('see what is there, in a set encoded as %s', (encoding, all) => {
    s.call('SADD', 'k', ...all);
    expect(encodingOf(s, 'k')).toBe(encoding);
    for (const member of all) expect(s.call('SISMEMBER', 'k', member)).toBe(1);
    for (const other of ['', '01', '+1', 'no', '2', 'x'.repeat(29_999)])
      expect(s.call('SISMEMBER', 'k', other)).toBe(0);
    expect(s.call('SMISMEMBER', 'k', 'no', all[0], '01')).toEqual([0, 1, 0]);
    expect(members('k')).toEqual([...all].sort());
  });

  it('find nothing where there is no set', () => {
    expect(s.call('SISMEMBER', 'k', 'a')).toBe(0);
    expect(s.call('SMISMEMBER', 'k', 'a', 'b')).toEqual([0, 0]);
    expect(s.call('SMEMBERS', 'k')).toEqual([]);
    expect(s.call('SCARD', 'k')).toBe(0);
  });

  it('answer sets in RESP3', () => {
    s = new CommandSession({ version: 3 });
    s.call('SADD', 'k', 'a');
    for (const words of [
      ['SMEMBERS', 'k'],
      ['SMEMBERS', 'missing'],
      ['SPOP', 'missing', '3'],
      ['SPOP', 'k', '0'],
      ['SINTER', 'k', 'k'],
      ['SINTER', 'k', 'missing'],
      ['SUNION', 'k', 'missing'],
      ['SDIFF', 'k', 'missing'],
      ['SDIFF', 'k', 'k'],
      ['SPOP', 'k', '1'],
    ]) {
      expect(s.reply(...words), words.join(' ')).toBeInstanceOf(SetReply);
    }
    expect(s.reply('SRANDMEMBER', 'k', '3')).toEqual([]);
  });
});

describe('SMOVE', () => {
  it('moves a member', () => {
    s.call('SADD', 'a', 1, 'x');
    s.call('SADD', 'b', 2);
    expect(s.call('SMOVE', 'a', 'b', 'x')).toBe(1);
    expect([members('a'), members('b')]).toEqual([['1'], ['2', 'x']]);
    expect([encodingOf(s, 'a'), encodingOf(s, 'b')]).toEqual(['hashtable', 'hashtable']);
    expect(s.call('SMOVE', 'a', 'c', '1')).toBe(1);
    expect([s.call('EXISTS', 'a'), members('c'), encodingOf(s, 'c')]).toEqual([0, ['1'], 'intset']);
    s.verify();
  });

  it('does nothing without the member, and answers membership for one key twice', () => {
    s.call('SADD', 'a', 'x');
    expect(s.call('SMOVE', 'a', 'b', 'y')).toBe(0);
    expect(s.call('SMOVE', 'missing', 'b', 'y')).toBe(0);
    expect(s.call('EXISTS', 'b')).toBe(0);
    expect(s.call('SMOVE', 'a', 'a', 'x')).toBe(1);
    expect(s.call('SMOVE', 'a', 'a', 'y')).toBe(0);
    expect(effectOf(s, 'SMOVE', 'a', 'a', 'x')).toEqual({ log: [], events: [], dirty: 0 });
  });

  it('looks at the source before the types', () => {
    s.call('SET', 'string', 'v');
    s.call('SADD', 'a', 'x');
    expect(s.call('SMOVE', 'missing', 'string', 'x')).toBe(0);
    expect(s.error('SMOVE', 'a', 'string', 'x')).toBe(WRONG_TYPE);
    expect(s.error('SMOVE', 'string', 'a', 'x')).toBe(WRONG_TYPE);
    expect(members('a')).toEqual(['x']);
  });

  it('counts a change for each set that it changed', () => {
    s.call('SADD', 'a', 'x', 'y');
    s.call('SADD', 'b', 'y');
    expect(effectOf(s, 'SMOVE', 'a', 'b', 'y')).toEqual({ log: ['SMOVE a b y'], events: ['srem a'], dirty: 1 });
    expect(effectOf(s, 'SMOVE', 'a', 'b', 'x')).toEqual({
      log: ['SMOVE a b x'],
      events: ['srem a', 'del a', 'sadd b'],
      dirty: 2,
    });
  });

  it('moves into a destination whose time is over as into none', () => {
    s.call('SADD', 'a', 'x');
    s.call('SADD', 'b', 'y');
    s.call('PEXPIRE', 'b', 10);
    s.clock.advance(11);
    expect(s.call('SMOVE', 'a', 'b', 'x')).toBe(1);
    expect([members('b'), ttlMs(s, 'b')]).toEqual([['x'], -1]);
    s.verify();
  });
});

describe('SSCAN', () => {
  it.each([
    ['intset', 50],
    ['listpack', 50],
    ['table', 2000],
  ])('finds each member of a set in the form %s', (form, count) => {
    const all = Array.from({ length: count }, (_, i) => (form === 'intset' ? String(i) : `m${i}`));
    s.call('SADD', 'k', ...all);
    const found: string[] = [];
    let cursor = '0';
    let rounds = 0;
    do {
      const [next, some] = s.call('SSCAN', 'k', cursor, 'COUNT', 30) as [string, string[]];
      found.push(...some);
      cursor = next;
      rounds++;
    } while (cursor !== '0');
    expect(found.sort()).toEqual(all.sort());
    expect(rounds > 10).toBe(form === 'table');
  });

  it('filters, and looks at the cursor, the key and the options in this order', () => {
    s.call('SADD', 'k', 'a1', 'a2', 'b1');
    expect(s.call('SSCAN', 'k', 0, 'MATCH', 'b*')).toEqual(['0', ['b1']]);
    s.call('SET', 'string', 'v');
    expect(s.error('SSCAN', 'string', 'x')).toBe('ERR invalid cursor');
    expect(s.error('SSCAN', 'string', '0', 'x')).toBe(WRONG_TYPE);
    expect(s.call('SSCAN', 'missing', '0', 'x')).toEqual(['0', []]);
    expect(s.error('SSCAN', 'k', '0', 'x')).toBe('ERR syntax error');
    expect(s.error('SSCAN', 'k', '0', 'COUNT', '0')).toBe('ERR syntax error');
  });
});
