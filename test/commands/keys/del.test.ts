import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe.each(['DEL', 'UNLINK'])('%s', (command) => {
  it('deletes each key once and counts', () => {
    s.call('MSET', 'a', 1, 'b', 'x'.repeat(100_000), 'c', 3);
    expect(s.call(command, 'a', 'b', 'a', 'none')).toBe(2);
    expect(s.call('KEYS', '*')).toEqual(['c']);
    s.verify();
  });

  it('counts, notifies and logs what it deleted', () => {
    s.call('MSET', 'a', 1, 'b', 2);
    expect(s.effectOf(command, 'a', 'none', 'b')).toEqual({
      log: [`${command} a none b`],
      events: ['del a', 'del b'],
      dirty: 2,
    });
    expect(s.effectOf(command, 'a')).toEqual({ log: [], events: [], dirty: 0 });
  });

  it('does not count a key whose time is over', () => {
    s.call('SET', 'a', 1, 'PX', 5);
    s.clock.advance(10);
    expect(s.effectOf(command, 'a')).toEqual({ log: ['(expired) a'], events: ['expired a'], dirty: 0 });
    expect(s.engine.keyspace.stats.expired).toBe(1);
  });
});

describe('EXISTS, TYPE and TOUCH', () => {
  it('count keys as often as they are named', () => {
    s.call('SET', 'a', 1);
    expect(s.call('EXISTS', 'a', 'a', 'none')).toBe(2);
    expect(s.call('TOUCH', 'a', 'a', 'none')).toBe(2);
  });

  it('TYPE names the type', () => {
    s.call('SET', 'a', 1);
    expect(s.call('TYPE', 'a')).toBe('string');
    expect(s.call('TYPE', 'none')).toBe('none');
  });

  it('count hits and misses, and tell of misses', () => {
    const { stats } = s.engine.keyspace;
    s.call('SET', 'a', 1);
    for (const command of ['EXISTS', 'TYPE', 'TTL', 'TOUCH']) {
      stats.reset();
      s.call(command, 'a');
      expect(s.effectOf(command, 'none').events, command).toEqual(['keymiss none']);
      expect([stats.hits, stats.misses], command).toEqual([1, 1]);
    }
  });

  it('TOUCH alone marks the access, also where clients ask for none', () => {
    s.call('SET', 'a', 1);
    s.clock.advance(60_000);
    s.engine.keyspace.access.tick();
    s.call('EXISTS', 'a');
    s.call('TYPE', 'a');
    s.call('TTL', 'a');
    expect(s.call('OBJECT', 'IDLETIME', 'a')).toBe(60);
    s.engine.keyspace.touches = false;
    s.call('GET', 'a');
    expect(s.call('OBJECT', 'IDLETIME', 'a')).toBe(60);
    s.call('TOUCH', 'a');
    expect(s.call('OBJECT', 'IDLETIME', 'a')).toBe(0);
    expect(s.engine.keyspace.touches).toBe(false);
  });
});
