import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, makeList, ttlMs } from './key-facts.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const SYNTAX = 'ERR syntax error';
const NOTHING = { log: [], events: [], dirty: 0 };

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('GET and MGET', () => {
  it('answer values of every length', () => {
    for (const length of [0, 1, 512, 513, 21_816, 21_817, 200_000]) {
      s.call('SET', 'k', 'y'.repeat(length));
      expect(s.call('GET', 'k')).toBe('y'.repeat(length));
    }
  });

  it('MGET answers null for what is no string, GET refuses it', () => {
    makeList(s, 'l');
    s.call('SET', 'k', 'v');
    expect(s.call('MGET', 'k', 'l', 'none', 'k')).toEqual(['v', null, null, 'v']);
    expect(s.error('GET', 'l')).toBe(WRONG_TYPE);
  });

  it('count hits and misses', () => {
    s.call('SET', 'k', 'v');
    s.call('MGET', 'k', 'none', 'k');
    expect(s.engine.keyspace.stats).toMatchObject({ hits: 2, misses: 1 });
    expect(effectOf(s, 'GET', 'none').events).toEqual(['keymiss none']);
  });
});

describe('GETSET', () => {
  it('answers the old value and takes the expiry away', () => {
    expect(s.call('GETSET', 'k', 'a')).toBeNull();
    s.call('SETEX', 'k', 10, 'a');
    expect(s.call('GETSET', 'k', 'b')).toBe('a');
    expect(ttlMs(s, 'k')).toBe(-1);
    expect(s.call('GET', 'k')).toBe('b');
  });

  it('refuses other types', () => {
    makeList(s, 'l');
    expect(s.error('GETSET', 'l', 'v')).toBe(WRONG_TYPE);
    expect(effectOf(s, 'GETSET', 'l', 'v')).toEqual(NOTHING);
  });

  it('is logged as SET', () => {
    expect(effectOf(s, 'GETSET', 'k', 'v')).toEqual({ log: ['SET k v'], events: ['keymiss k', 'set k'], dirty: 1 });
  });
});

describe('GETDEL', () => {
  it('answers the value and deletes the key', () => {
    s.call('SET', 'k', 'v');
    expect(effectOf(s, 'GETDEL', 'k')).toEqual({ log: ['DEL k'], events: ['del k'], dirty: 1 });
    s.call('SET', 'k', 'z'.repeat(50_000));
    expect(s.call('GETDEL', 'k')).toBe('z'.repeat(50_000));
    expect(s.call('GETDEL', 'k')).toBeNull();
    s.verify();
  });

  it('leaves missing keys and other types alone', () => {
    expect(effectOf(s, 'GETDEL', 'none')).toEqual({ log: [], events: ['keymiss none'], dirty: 0 });
    makeList(s, 'l');
    expect(s.error('GETDEL', 'l')).toBe(WRONG_TYPE);
    expect(s.session.database.size).toBe(1);
  });

  it('is logged as UNLINK where deletions are lazy', () => {
    s = new CommandSession({ config: { 'lazyfree-lazy-user-del': 'yes' } });
    s.call('SET', 'k', 'v');
    expect(effectOf(s, 'GETDEL', 'k').log).toEqual(['UNLINK k']);
  });
});

describe('GETEX', () => {
  it('without options only reads', () => {
    s.call('SETEX', 'k', 10, 'v');
    expect(s.call('GETEX', 'k')).toBe('v');
    expect(effectOf(s, 'GETEX', 'k')).toEqual(NOTHING);
    expect(ttlMs(s, 'k')).toBe(10_000);
  });

  it('sets each kind of expiry', () => {
    const now = s.clock.nowMs();
    s.call('SET', 'k', 'v');
    expect(effectOf(s, 'GETEX', 'k', 'ex', 10)).toEqual({
      log: [`PEXPIREAT k ${now + 10_000}`],
      events: ['expire k'],
      dirty: 1,
    });
    expect(s.call('GETEX', 'k', 'PX', 77)).toBe('v');
    expect(ttlMs(s, 'k')).toBe(77);
    expect(s.call('GETEX', 'k', 'EXAT', '9000000000')).toBe('v');
    expect(ttlMs(s, 'k')).toBe(9_000_000_000_000 - now);
    expect(s.call('GETEX', 'k', 'PXAT', now + 5)).toBe('v');
    expect(ttlMs(s, 'k')).toBe(5);
    expect(s.call('GETEX', 'k', 'PX', 1, 'PX', 9)).toBe('v');
    expect(ttlMs(s, 'k')).toBe(9);
    s.verify();
  });

  it('takes the expiry away', () => {
    s.call('SETEX', 'k', 10, 'v');
    expect(effectOf(s, 'GETEX', 'k', 'PERSIST')).toEqual({ log: ['PERSIST k'], events: ['persist k'], dirty: 1 });
    expect(ttlMs(s, 'k')).toBe(-1);
    expect(s.call('GETEX', 'k', 'persist', 'PERSIST')).toBe('v');
    expect(effectOf(s, 'GETEX', 'k', 'PERSIST')).toEqual(NOTHING);
  });

  it('deletes a key whose deadline is given and past', () => {
    s.call('SET', 'k', 'v');
    expect(effectOf(s, 'GETEX', 'k', 'PXAT', s.clock.nowMs())).toEqual({ log: ['DEL k'], events: ['del k'], dirty: 1 });
    s.call('SET', 'k', 'v');
    expect(s.call('GETEX', 'k', 'EXAT', 1)).toBe('v');
    expect(s.call('GETEX', 'k')).toBeNull();
    s = new CommandSession({ config: { 'lazyfree-lazy-expire': 'yes' } });
    s.call('SET', 'k', 'v');
    expect(effectOf(s, 'GETEX', 'k', 'EXAT', 1).log).toEqual(['UNLINK k']);
  });

  it('looks at the options, the key, its type and the expiry, in this order', () => {
    makeList(s, 'l');
    s.call('SET', 'k', 'v');
    for (const options of ['EX', 'PERSIST EX 1', 'EX 1 PERSIST', 'EX 1 PX 1', 'KEEPTTL', 'NX', 'GET', 'EX 1 EX']) {
      expect(s.error('GETEX', 'none', ...options.split(' '))).toBe(SYNTAX);
    }
    expect(s.call('GETEX', 'none', 'EX', 'x')).toBeNull();
    expect(s.error('GETEX', 'l', 'EX', 'x')).toBe(WRONG_TYPE);
    expect(s.error('GETEX', 'k', 'EX', 'x')).toBe('ERR value is not an integer or out of range');
    expect(s.error('GETEX', 'k', 'EX', 0)).toBe("ERR invalid expire time in 'getex' command");
    expect(s.error('GETEX', 'k', 'PX', '9223372036854775807')).toBe("ERR invalid expire time in 'getex' command");
    expect(ttlMs(s, 'k')).toBe(-1);
  });
});
