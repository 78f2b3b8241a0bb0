import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, ttlMs } from '../string/key-facts.ts';

const FORMS: readonly (readonly [string, readonly string[]])[] = [
  ['intset', Array.from({ length: 40 }, (_, i) => String(i * 1000))],
  ['listpack', Array.from({ length: 40 }, (_, i) => `m${i}`)],
  ['table', Array.from({ length: 400 }, (_, i) => `m${i}`)],
  ['table of long members', Array.from({ length: 40 }, (_, i) => `${i}${'x'.repeat(2000)}`)],
];

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe.each(FORMS)('in the form %s', (_form, all) => {
  beforeEach(() => {
    s.call('SADD', 'k', ...all);
  });

  it('SRANDMEMBER answers members and leaves them', () => {
    expect(all).toContain(s.call('SRANDMEMBER', 'k'));
    for (const count of [1, 5, all.length - 1, all.length, all.length + 1, Number.MAX_SAFE_INTEGER]) {
      const some = s.call('SRANDMEMBER', 'k', count) as string[];
      expect(some.length).toBe(Math.min(count, all.length));
      expect(new Set(some).size).toBe(some.length);
      for (const member of some) expect(all).toContain(member);
    }
    const repeated = s.call('SRANDMEMBER', 'k', -3 * all.length) as string[];
    expect(repeated.length).toBe(3 * all.length);
    expect(new Set(repeated).size).toBeLessThanOrEqual(all.length);
    expect(s.call('SRANDMEMBER', 'k', 0)).toEqual([]);
    expect(s.call('SCARD', 'k')).toBe(all.length);
  });

  it('SPOP takes members out, one by one', () => {
    const left = new Set(all);
    s.call('PEXPIRE', 'k', 10_000);
    while (left.size > 1) {
      const { log, events, dirty } = effectOf(s, 'SPOP', 'k');
      expect([events, dirty, log.length]).toEqual([['spop k'], 1, 1]);
      const member = log[0].slice('SREM k '.length);
      expect(left.delete(member)).toBe(true);
    }
    expect(ttlMs(s, 'k')).toBe(10_000);
    expect(effectOf(s, 'SPOP', 'k')).toEqual({
      log: [`SREM k ${[...left][0]}`],
      events: ['spop k', 'del k'],
      dirty: 1,
    });
    expect(s.call('SPOP', 'k')).toBe(null);
    s.verify();
  });

  it.each([0.1, 0.5, 0.9])('SPOP takes %f of the members out at once', (share) => {
    const count = Math.floor(all.length * share);
    s.call('PEXPIRE', 'k', 10_000);
    const frozen = s.engine.keyspace.freeze();
    const popped = s.call('SPOP', 'k', count) as string[];
    const left = s.call('SMEMBERS', 'k') as string[];
    expect(popped.length).toBe(count);
    expect([...popped, ...left].sort()).toEqual([...all].sort());
    expect(ttlMs(s, 'k')).toBe(10_000);
    s.engine.keyspace.release(frozen);
    s.verify();
  });

  it.each([0.5, 0.95])('SPOP of %f of the members logs what it took out', (share) => {
    const count = Math.floor(all.length * share);
    const { log, events, dirty } = effectOf(s, 'SPOP', 'k', count);
    expect([events, dirty]).toEqual([['spop k'], count]);
    const words = log.flatMap((line) => line.split(' '));
    expect(words.slice(0, 2)).toEqual(['SREM', 'k']);
    expect([...words.slice(2), ...(s.call('SMEMBERS', 'k') as string[])].sort()).toEqual([...all].sort());
  });

  it('SPOP of all members deletes the key', () => {
    const copy = new CommandSession();
    copy.call('SADD', 'k', ...all);
    expect((copy.call('SPOP', 'k', all.length) as string[]).sort()).toEqual([...all].sort());
    expect(effectOf(s, 'SPOP', 'k', all.length + 1)).toEqual({
      log: ['DEL k'],
      events: ['spop k', 'del k'],
      dirty: all.length,
    });
    expect(s.call('EXISTS', 'k')).toBe(0);
    s.verify();
  });
});

describe('SPOP', () => {
  it('logs many members in several commands', () => {
    s.call('SADD', 'k', ...Array.from({ length: 5000 }, (_, i) => `m${i}`));
    const { log } = effectOf(s, 'SPOP', 'k', 3000);
    expect([log[0], log.at(-1), log.length]).toEqual(['begin', 'end', 5]);
    for (const line of log.slice(1, -1)) expect(line.split(' ').length).toBeLessThanOrEqual(2 + 1024);
    expect(new Set(log.slice(1, -1).flatMap((line) => line.split(' ').slice(2))).size).toBe(3000);
  });

  it('of most members leaves a set of integers encoded as one', () => {
    const integers = Array.from({ length: 50 }, (_, i) => i);
    // One text among them; it stays in one round of 51 on average.
    for (let round = 0; round < 30; round++) {
      s.call('SADD', 'k', 'text', ...integers);
      s.call('SPOP', 'k', 50);
      const [left] = s.call('SMEMBERS', 'k') as string[];
      expect(encodingOf(s, 'k')).toBe(left === 'text' ? 'hashtable' : 'intset');
      s.call('SADD', 'k', 'text', ...integers);
      s.call('SPOP', 'k', 20);
      expect(encodingOf(s, 'k')).toBe('hashtable');
      s.call('DEL', 'k');
    }
  });

  it('reads its arguments before it looks at the key', () => {
    s.call('SET', 'string', 'v');
    const notPositive = 'ERR value is out of range, must be positive';
    for (const count of ['-1', 'x', '1.5', '9223372036854775808'])
      expect(s.error('SPOP', 'string', count)).toBe(notPositive);
    expect(s.error('SPOP', 'string', '1', 'x')).toBe('ERR syntax error');
    expect(s.call('SPOP', 'missing', '9223372036854775807')).toEqual([]);
    expect(effectOf(s, 'SPOP', 'missing', '1')).toEqual({ log: [], events: [], dirty: 0 });
  });
});

describe('SRANDMEMBER', () => {
  it('reads its arguments before it looks at the key', () => {
    s.call('SET', 'string', 'v');
    expect(s.error('SRANDMEMBER', 'string', 'x')).toBe('ERR value is not an integer or out of range');
    expect(s.error('SRANDMEMBER', 'string', '-9223372036854775808')).toBe(
      'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807',
    );
    expect(s.error('SRANDMEMBER', 'string', '1', 'x')).toBe('ERR syntax error');
    expect(s.call('SRANDMEMBER', 'missing')).toBe(null);
    expect(s.call('SRANDMEMBER', 'missing', '-9223372036854775807')).toEqual([]);
  });
});
