import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('RENAME', () => {
  it.each([0, 5, 512, 513, 100_000])('takes a value of %i bytes along with its deadline', (length) => {
    s.call('SET', 'a', 'x'.repeat(length), 'EX', 100);
    s.call('SET', 'b', 'y'.repeat(length), 'EX', 5);
    expect(s.call('RENAME', 'a', 'b')).toBe('OK');
    expect(s.call('KEYS', '*')).toEqual(['b']);
    expect(s.call('GET', 'b')).toBe('x'.repeat(length));
    expect(s.call('TTL', 'b')).toBe(100);
    s.verify();
  });

  it('drops the deadline of what it overwrites', () => {
    s.call('SET', 'a', '1');
    s.call('SET', 'b', '2', 'EX', 5);
    s.call('RENAME', 'a', 'b');
    expect(s.call('TTL', 'b')).toBe(-1);
  });

  it('takes long names', () => {
    const long = 'n'.repeat(50_000);
    s.call('SET', 'a', '1');
    s.call('RENAME', 'a', long);
    s.call('RENAME', long, `${long}2`);
    expect(s.call('KEYS', '*')).toEqual([`${long}2`]);
    s.verify();
  });

  it('tells of both names, and counts one change', () => {
    s.call('MSET', 'a', 1, 'b', 2);
    const events = ['new b', 'rename_from a', 'rename_to b'];
    expect(s.effectOf('RENAME', 'a', 'b')).toEqual({ log: ['RENAME a b'], events, dirty: 1 });
    const modified: string[] = [];
    s.engine.keyspace.events.add({ modified: (database, key) => modified.push(`${database} ${key}`) });
    s.call('RENAME', 'b', 'a');
    expect(modified).toEqual(['0 b', '0 a']);
  });

  it('does nothing where both names are the same', () => {
    s.call('SET', 'a', 1);
    expect(s.call('RENAME', 'a', 'a')).toBe('OK');
    expect(s.call('RENAMENX', 'a', 'a')).toBe(0);
    expect(s.effectOf('RENAME', 'a', 'a')).toEqual({ log: [], events: [], dirty: 0 });
    expect(s.error('RENAME', 'none', 'none')).toBe('ERR no such key');
    expect(s.error('RENAMENX', 'none', 'a')).toBe('ERR no such key');
  });

  it('keeps the access time', () => {
    s.call('SET', 'a', 1);
    s.clock.advance(50_000);
    s.engine.keyspace.access.tick();
    s.engine.keyspace.touches = false;
    s.call('RENAME', 'a', 'b');
    expect(s.call('OBJECT', 'IDLETIME', 'b')).toBe(50);
  });
});

describe('RENAMENX', () => {
  it('leaves a name that is taken, unless its time is over', () => {
    s.call('SET', 'a', 1);
    s.call('SET', 'b', 2, 'PX', 5);
    expect(s.effectOf('RENAMENX', 'a', 'b')).toEqual({ log: [], events: [], dirty: 0 });
    s.clock.advance(6);
    expect(s.call('RENAMENX', 'a', 'b')).toBe(1);
    expect(s.call('GET', 'b')).toBe('1');
    s.verify();
  });
});
