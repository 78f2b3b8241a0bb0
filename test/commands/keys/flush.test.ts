import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('FLUSHDB and FLUSHALL', () => {
  it('empty one database, or all', () => {
    for (const database of [0, 1, 2]) {
      s.call('SELECT', database);
      s.call('MSET', 'a', 1, 'b', 'x'.repeat(50_000));
    }
    expect(s.call('FLUSHDB')).toBe('OK');
    expect(s.engine.keyspace.databases.map(({ size }) => size).slice(0, 3)).toEqual([2, 2, 0]);
    expect(s.call('FLUSHALL', 'async')).toBe('OK');
    expect(s.engine.keyspace.keyCount).toBe(0);
    s.verify();
  });

  it('count every key, and are logged also where there was none', () => {
    s.call('MSET', 'a', 1, 'b', 2);
    expect(s.effectOf('FLUSHDB')).toEqual({ log: ['FLUSHDB'], events: [], dirty: 2 });
    expect(s.effectOf('FLUSHDB', 'SYNC')).toEqual({ log: ['FLUSHDB SYNC'], events: [], dirty: 0 });
    s.call('MSET', 'a', 1, 'b', 2);
    expect(s.effectOf('FLUSHALL')).toEqual({ log: ['FLUSHALL'], events: [], dirty: 2 });
    expect(s.effectOf('FLUSHALL')).toEqual({ log: ['FLUSHALL'], events: [], dirty: 0 });
  });

  it('tell which databases are empty now', () => {
    const flushed: number[] = [];
    s.engine.keyspace.events.add({ flushed: (database) => flushed.push(database) });
    s.call('SELECT', 3);
    s.call('FLUSHDB');
    s.call('FLUSHALL');
    expect(flushed).toEqual([3, -1]);
  });

  it('take one of two words', () => {
    for (const words of [['FOO'], ['SYNC', 'ASYNC'], ['SYNC', 'SYNC']]) {
      expect(s.error('FLUSHDB', ...words)).toBe('ERR syntax error');
      expect(s.error('FLUSHALL', ...words)).toBe('ERR syntax error');
    }
  });
});
