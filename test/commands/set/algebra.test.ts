import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, ttlMs } from '../string/key-facts.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

const sorted = (value: unknown) => [...(value as string[])].sort();

/** A few sets of integers and texts, small and large, some of them missing. */
const anyMembers: fc.Arbitrary<string[]> = fc.oneof(
  fc.constant<string[]>([]),
  fc.uniqueArray(fc.integer({ min: 0, max: 30 }).map(String), { maxLength: 20 }),
  fc.uniqueArray(
    fc.integer({ min: 0, max: 30 }).map((i) => (i % 2 === 0 ? String(i) : `m${i}`)),
    { maxLength: 20 },
  ),
  fc.integer({ min: 0, max: 100 }).map((from) => Array.from({ length: 200 }, (_, i) => `m${from + i}`)),
);

describe('SINTER, SUNION and SDIFF', () => {
  it('answer, count and store what Sets tell, of any number of sets', () => {
    fc.assert(
      fc.property(fc.array(anyMembers, { minLength: 1, maxLength: 8 }), fc.nat(7), (sets, repeated) => {
        s = new CommandSession();
        const names = sets.map((members, i) => {
          if (members.length > 0) s.call('SADD', `set${i}`, ...members);
          return `set${i}`;
        });
        if (repeated < sets.length && repeated % 3 === 0) {
          names.push(`set${repeated}`);
          sets.push(sets[repeated]);
        }
        const [first, ...others] = sets;
        const union = sorted(new Set(sets.flat()));
        const inter = first.filter((member) => others.every((set) => set.includes(member))).sort();
        const diff = first.filter((member) => !others.some((set) => set.includes(member))).sort();
        expect(sorted(s.call('SUNION', ...names))).toEqual(union);
        expect(sorted(s.call('SINTER', ...names))).toEqual(inter);
        expect(sorted(s.call('SDIFF', ...names))).toEqual(diff);
        expect(s.call('SINTERCARD', names.length, ...names)).toBe(inter.length);
        expect(s.call('SINTERCARD', names.length, ...names, 'LIMIT', 3)).toBe(Math.min(3, inter.length));
        for (const [command, expected] of [
          ['SUNIONSTORE', union],
          ['SINTERSTORE', inter],
          ['SDIFFSTORE', diff],
        ] as const) {
          s.call('SET', 'destination', 'whatever');
          expect(s.call(command, 'destination', ...names)).toBe(expected.length);
          expect(s.call('EXISTS', 'destination')).toBe(expected.length > 0 ? 1 : 0);
          expect(sorted(s.call('SMEMBERS', 'destination'))).toEqual(expected);
        }
        const last = names[names.length - 1];
        expect(s.call('SUNIONSTORE', last, ...names)).toBe(union.length);
        expect(sorted(s.call('SMEMBERS', last))).toEqual(union);
        s.verify();
      }),
      { numRuns: 60 },
    );
  });

  it('encode what they store as Redis does', () => {
    s.call('CONFIG', 'SET', 'set-max-intset-entries', 4);
    s.call('SADD', 'integers', 1, 2, 3);
    s.call('SADD', 'more', 3, 4, 5);
    s.call('SADD', 'mixed', 1, 2, 3, 'x');
    const encodingAfter = (...words: string[]) => {
      s.call(...words);
      return encodingOf(s, words[1]);
    };
    expect(encodingAfter('SUNIONSTORE', 'd', 'integers', 'integers')).toBe('intset');
    expect(encodingAfter('SUNIONSTORE', 'd', 'integers', 'more')).toBe('hashtable');
    expect(encodingAfter('SUNIONSTORE', 'd', 'mixed')).toBe('hashtable');
    expect(encodingAfter('SINTERSTORE', 'd', 'mixed', 'integers')).toBe('intset');
    expect(encodingAfter('SDIFFSTORE', 'd', 'mixed', 'more')).toBe('hashtable');
    s.call('SADD', 'x', 'x');
    // With one set to subtract, members are looked up in it; with three tiny ones, all are gathered and taken away.
    expect(encodingAfter('SDIFFSTORE', 'd', 'mixed', 'x')).toBe('intset');
    s.call('SADD', 'y', 'y');
    s.call('SADD', 'z', 'z');
    expect(encodingAfter('SDIFFSTORE', 'd', 'mixed', 'x', 'y', 'z')).toBe('hashtable');
    expect(sorted(s.call('SMEMBERS', 'd'))).toEqual(['1', '2', '3']);
  });

  it('store without a deadline, whatever was there, and tell of it', () => {
    s.call('SADD', 'a', 'x');
    s.call('SADD', 'b', 'y');
    s.call('SET', 'd', 'v', 'EX', 100);
    expect(s.effectOf('SUNIONSTORE', 'd', 'a', 'b')).toEqual({
      log: ['SUNIONSTORE d a b'],
      events: ['sunionstore d'],
      dirty: 1,
    });
    expect(ttlMs(s, 'd')).toBe(-1);
    expect(s.effectOf('SDIFFSTORE', 'new', 'a', 'b').events).toEqual(['new new', 'sdiffstore new']);
    expect(s.effectOf('SINTERSTORE', 'd', 'a', 'a').events).toEqual(['sinterstore d']);
    for (const command of ['SINTERSTORE', 'SDIFFSTORE', 'SUNIONSTORE']) {
      s.call('SADD', 'd', 'v');
      expect(effectOf(s, command, 'd', 'missing', 'missing')).toEqual({
        log: [`${command} d missing missing`],
        events: ['keymiss missing', 'keymiss missing', 'del d'],
        dirty: 1,
      });
      expect(effectOf(s, command, 'd', 'missing').dirty).toBe(0);
    }
    s.verify();
  });

  it('look at the types of all sets, missing ones or not', () => {
    s.call('SET', 'string', 'v');
    s.call('SADD', 'a', 'x');
    for (const command of ['SINTER', 'SUNION', 'SDIFF']) {
      expect(s.error(command, 'missing', 'string')).toBe(WRONG_TYPE);
      expect(s.error(`${command}STORE`, 'd', 'a', 'string')).toBe(WRONG_TYPE);
      expect(s.call(`${command}STORE`, 'string', 'missing')).toBe(0);
      s.call('SET', 'string', 'v');
    }
    expect(s.error('SINTERCARD', 2, 'missing', 'string')).toBe(WRONG_TYPE);
  });

  it('see no set whose time is over', () => {
    s.call('SADD', 'a', 'x');
    s.call('SADD', 'b', 'x');
    s.call('PEXPIRE', 'b', 10);
    s.clock.advance(11);
    expect(s.call('SINTER', 'a', 'b')).toEqual([]);
    expect(s.call('SUNION', 'b', 'a', 'b')).toEqual(['x']);
    expect(s.call('SDIFF', 'a', 'b')).toEqual(['x']);
  });
});

describe('SINTERCARD', () => {
  it('refuses senseless arguments', () => {
    const numkeys = 'ERR numkeys should be greater than 0';
    for (const count of ['0', '-1', 'x', '1.5']) expect(s.error('SINTERCARD', count, 'a')).toBe(numkeys);
    expect(s.error('SINTERCARD', 2, 'a')).toBe("ERR Number of keys can't be greater than number of args");
    expect(s.error('SINTERCARD', 1, 'a', 'b')).toBe('ERR syntax error');
    expect(s.error('SINTERCARD', 1, 'a', 'LIMIT')).toBe('ERR syntax error');
    for (const limit of ['-1', 'x']) {
      expect(s.error('SINTERCARD', 1, 'a', 'LIMIT', limit)).toBe("ERR LIMIT can't be negative");
    }
  });

  it('takes 0 for no limit, and the last limit given', () => {
    s.call('SADD', 'a', 1, 2, 3, 4);
    expect(s.call('SINTERCARD', 1, 'a', 'LIMIT', 0)).toBe(4);
    expect(s.call('SINTERCARD', 1, 'a', 'limit', 1, 'LIMIT', 2)).toBe(2);
    s.call('SADD', 'b', ...Array.from({ length: 1000 }, (_, i) => i));
    expect(s.call('SINTERCARD', 2, 'b', 'b', 'LIMIT', 500)).toBe(500);
  });
});
