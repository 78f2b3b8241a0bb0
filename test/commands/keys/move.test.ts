import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('MOVE', () => {
  it('takes the value and the deadline to the other database', () => {
    s.call('SET', 'k', 'x'.repeat(1000), 'EX', 100);
    expect(s.call('MOVE', 'k', 3)).toBe(1);
    expect(s.call('EXISTS', 'k')).toBe(0);
    s.call('SELECT', 3);
    expect(s.call('GET', 'k')).toBe('x'.repeat(1000));
    expect(s.call('TTL', 'k')).toBe(100);
    s.verify();
  });

  it('does nothing where there is no key, or one in the way', () => {
    expect(s.call('MOVE', 'k', 3)).toBe(0);
    s.call('SET', 'k', 1);
    s.call('MOVE', 'k', 3);
    s.call('SET', 'k', 2);
    expect(s.effectOf('MOVE', 'k', 3)).toEqual({ log: [], events: [], dirty: 0 });
    expect(s.call('GET', 'k')).toBe('2');
  });

  it('tells each database', () => {
    const told: string[] = [];
    s.engine.keyspace.events.add({
      modified: (database, key) => told.push(`${database} modified ${key}`),
      event: (_class, name, database, key) => told.push(`${database} ${name} ${key}`),
    });
    s.call('SET', 'k', 1);
    told.length = 0;
    expect(s.effectOf('MOVE', 'k', 1)).toMatchObject({ log: ['MOVE k 1'], dirty: 1 });
    expect(told).toEqual(['1 new k', '0 modified k', '1 modified k', '0 move_from k', '1 move_to k']);
  });

  it('looks at the number before the key', () => {
    expect(s.error('MOVE', 'none', 'x')).toBe('ERR value is not an integer or out of range');
    expect(s.error('MOVE', 'none', 2 ** 31)).toBe(
      'ERR value is out of range, value must between -2147483648 and 2147483647',
    );
    expect(s.error('MOVE', 'none', 16)).toBe('ERR DB index is out of range');
    expect(s.error('MOVE', 'none', -1)).toBe('ERR DB index is out of range');
    expect(s.error('MOVE', 'none', 0)).toBe('ERR source and destination objects are the same');
  });
});

describe('SELECT', () => {
  it('chooses the database', () => {
    s.call('SET', 'k', 1);
    expect(s.call('SELECT', 15)).toBe('OK');
    expect(s.call('DBSIZE')).toBe(0);
    expect(s.error('SELECT', 16)).toBe('ERR DB index is out of range');
    expect(s.error('SELECT', 'x')).toBe('ERR value is not an integer or out of range');
    expect(s.error('SELECT', '9223372036854775807')).toBe(
      'ERR value is out of range, value must between -2147483648 and 2147483647',
    );
    expect(s.session.database.index).toBe(15);
  });
});

describe('SWAPDB', () => {
  it('exchanges two databases under the sessions that use them', () => {
    s.call('SET', 'a', 1, 'EX', 100);
    s.session.database.averageTtlMs = 77;
    expect(s.effectOf('SWAPDB', 0, 2)).toMatchObject({ log: ['SWAPDB 0 2'], dirty: 1 });
    expect(s.call('DBSIZE')).toBe(0);
    s.call('SELECT', 2);
    expect(s.call('TTL', 'a')).toBe(100);
    expect(s.session.database.averageTtlMs).toBe(77);
    s.verify();
  });

  it('counts as a change even of a database with itself', () => {
    expect(s.effectOf('SWAPDB', 1, 1)).toMatchObject({ log: ['SWAPDB 1 1'], dirty: 1 });
  });

  it('reads both numbers before it looks for the databases', () => {
    expect(s.error('SWAPDB', 'x', 'x')).toBe('ERR invalid first DB index');
    expect(s.error('SWAPDB', 2 ** 31, 0)).toBe('ERR invalid first DB index');
    expect(s.error('SWAPDB', 99, 'x')).toBe('ERR invalid second DB index');
    expect(s.error('SWAPDB', 0, 16)).toBe('ERR DB index is out of range');
  });
});
