import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

function step(cursor: string, ...options: readonly (string | number)[]): { cursor: string; keys: string[] } {
  const [next, keys] = s.call('SCAN', cursor, ...options) as [string, string[]];
  return { cursor: next, keys };
}

/** All keys that a whole iteration answers, with what happens between its calls. */
function scanAll(options: readonly (string | number)[], between: () => void = () => {}): string[] {
  const all: string[] = [];
  let cursor = '0';
  do {
    const { cursor: next, keys } = step(cursor, ...options);
    all.push(...keys);
    cursor = next;
    between();
  } while (cursor !== '0');
  return all;
}

function fill(count: number, from = 0): string[] {
  const names = Array.from({ length: count }, (_, i) => `key:${from + i}`);
  for (const name of names) s.call('SET', name, 1);
  return names;
}

describe('SCAN', () => {
  it('answers each key once', () => {
    const names = fill(3000);
    expect(scanAll([]).sort()).toEqual(names.sort());
    expect(scanAll(['COUNT', 1000]).sort()).toEqual(names);
    expect(scanAll(['COUNT', '9223372036854775807']).sort()).toEqual(names);
  });

  it('answers about as many as COUNT says', () => {
    fill(3000);
    for (const count of [1, 10, 100]) {
      const { keys } = step('0', 'COUNT', count);
      expect(keys.length).toBeGreaterThanOrEqual(count);
      expect(keys.length).toBeLessThan(count + 24);
    }
  });

  it('answers what is there all the time exactly once, however the table grows and shrinks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        (calls, grows, count) => {
          s = new CommandSession();
          const names = fill(600);
          const others = grows ? [] : fill(3000, 1000);
          let left = calls;
          const found = scanAll(['COUNT', count, 'MATCH', 'key:*'], () => {
            if (left-- <= 0) return;
            if (grows) fill(200, 1000 + left * 200);
            else for (const name of others.splice(0, 400)) s.call('DEL', name);
          });
          const stayed = found.filter((name) => names.includes(name));
          expect(stayed.sort()).toEqual(names.sort());
          s.verify();
        },
      ),
      { numRuns: 12 },
    );
  });

  it('filters by pattern and by type', () => {
    fill(200);
    expect(scanAll(['MATCH', 'key:1?']).sort()).toEqual(Array.from({ length: 10 }, (_, i) => `key:1${i}`));
    expect(scanAll(['TYPE', 'STRING'])).toHaveLength(200);
    expect(scanAll(['TYPE', 'list'])).toEqual([]);
    expect(scanAll(['TYPE', 'nonsense'])).toEqual([]);
    expect(scanAll(['match', 'key:1?', 'match', '*'])).toHaveLength(200);
  });

  it('matches the empty key by * alone', () => {
    s.call('SET', '', 1);
    expect(scanAll(['MATCH', '*'])).toEqual(['']);
    expect(scanAll(['MATCH', '**'])).toEqual([]);
    expect(scanAll(['MATCH', ''])).toEqual(['']);
  });

  it('leaves out and deletes keys whose time is over', () => {
    fill(50);
    for (let i = 0; i < 50; i += 2) s.call('PEXPIRE', `key:${i}`, 10);
    s.clock.advance(11);
    expect(scanAll([])).toHaveLength(25);
    expect(s.call('DBSIZE')).toBe(25);
    expect(s.engine.keyspace.stats.expired).toBe(25);
    s.verify();
  });

  it('leaves alone what the pattern does not match', () => {
    s.call('SET', 'a', 1, 'PX', 10);
    s.clock.advance(11);
    expect(s.effectOf('SCAN', 0, 'MATCH', 'b').events).toEqual([]);
    expect(s.effectOf('SCAN', 0).events).toEqual(['expired a']);
  });

  it.each(['x', ' 0', '0 ', '1.5', '-', '18446744073709551616'])('refuses the cursor %j', (cursor) => {
    expect(s.error('SCAN', cursor, 'COUNT', 'x')).toBe('ERR invalid cursor');
  });

  it.each(['', '00', '+0', '4294967296', '-4294967296', '0\0x'])('begins anew with the cursor %j', (cursor) => {
    const names = fill(20);
    expect(step(cursor, 'COUNT', 1000).keys.sort()).toEqual(names.sort());
  });

  it.each(['18446744073709551615', '-1', '12345'])('takes the cursor %j, which it never gave', (cursor) => {
    fill(20);
    expect(step(cursor, 'COUNT', 1000).cursor).toBe('0');
  });

  it('refuses options that it does not have', () => {
    for (const options of [['COUNT'], ['COUNT', 0], ['COUNT', -1], ['FOO', 1], ['MATCH', 'x', 'TYPE']]) {
      expect(s.error('SCAN', 0, ...options)).toBe('ERR syntax error');
    }
    expect(s.error('SCAN', 0, 'COUNT', 'x')).toBe('ERR value is not an integer or out of range');
  });
});

describe('KEYS', () => {
  it('answers the keys that match and live', () => {
    fill(100);
    s.call('SET', '', 1);
    s.call('SET', 'over', 1, 'PX', 5);
    s.clock.advance(6);
    expect(s.call('KEYS', 'key:1?')).toHaveLength(10);
    expect(s.call('KEYS', '*')).toHaveLength(101);
    expect(s.call('KEYS', '**')).toHaveLength(100);
    expect(s.call('KEYS', 'nothing')).toEqual([]);
    expect(s.call('DBSIZE')).toBe(102);
  });
});

describe('RANDOMKEY', () => {
  it('answers every key now and then', () => {
    expect(s.call('RANDOMKEY')).toBeNull();
    const names = fill(5);
    const found = new Set(Array.from({ length: 200 }, () => s.call('RANDOMKEY')));
    expect([...found].sort()).toEqual(names.sort());
  });

  it('deletes keys whose time is over', () => {
    fill(5);
    for (let i = 0; i < 4; i++) s.call('PEXPIRE', `key:${i}`, 5);
    s.clock.advance(6);
    for (let i = 0; i < 50; i++) expect(s.call('RANDOMKEY')).toBe('key:4');
    s.call('PEXPIRE', 'key:4', 5);
    s.clock.advance(6);
    expect(s.call('RANDOMKEY')).toBeNull();
    expect(s.call('DBSIZE')).toBe(0);
  });

  it('answers some key where none may be deleted and all are over', () => {
    fill(3);
    for (let i = 0; i < 3; i++) s.call('PEXPIRE', `key:${i}`, 5);
    s.clock.advance(6);
    s.engine.keyspace.keepsExpired = true;
    expect(s.call('RANDOMKEY')).toMatch(/^key:[012]$/);
    s.call('SET', 'live', 1);
    expect(s.call('RANDOMKEY')).toBe('live');
    expect(s.call('DBSIZE')).toBe(4);
  });
});
