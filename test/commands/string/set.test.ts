import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, makeList, ttlMs } from './key-facts.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const SYNTAX = 'ERR syntax error';
const NOT_INTEGER = 'ERR value is not an integer or out of range';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('SET', () => {
  it('sets, replaces and takes the expiry away', () => {
    expect(s.call('SET', 'k', 'v')).toBe('OK');
    expect(s.call('SET', 'k', 'w', 'EX', 10)).toBe('OK');
    expect(ttlMs(s, 'k')).toBe(10_000);
    expect(s.call('SET', 'k', 'x')).toBe('OK');
    expect(ttlMs(s, 'k')).toBe(-1);
    expect(s.call('GET', 'k')).toBe('x');
    s.verify();
  });

  it('replaces values of other types', () => {
    makeList(s, 'l');
    expect(s.call('SET', 'l', 'v')).toBe('OK');
    expect(s.call('GET', 'l')).toBe('v');
  });

  it.each([
    ['', 'embstr'],
    ['12', 'int'],
    ['-9223372036854775808', 'int'],
    ['9223372036854775808', 'embstr'],
    ['012', 'embstr'],
    ['x'.repeat(44), 'embstr'],
    ['x'.repeat(45), 'raw'],
    ['x'.repeat(100_000), 'raw'],
  ])('stores %j', (value, encoding) => {
    s.call('SET', 'k', value);
    expect(s.call('GET', 'k')).toBe(value);
    expect(encodingOf(s, 'k')).toBe(encoding);
  });

  it('reads each unit of expiry', () => {
    const now = s.clock.nowMs();
    s.call('SET', 'k', 'v', 'px', 1500);
    expect(ttlMs(s, 'k')).toBe(1500);
    s.call('SET', 'k', 'v', 'EXAT', Math.floor(now / 1000) + 100);
    expect(ttlMs(s, 'k')).toBe(100_000 - (now % 1000));
    s.call('SET', 'k', 'v', 'PxAt', now + 77);
    expect(ttlMs(s, 'k')).toBe(77);
    s.clock.advance(77);
    expect(s.call('GET', 'k')).toBe('v');
    s.clock.advance(1);
    expect(s.call('GET', 'k')).toBeNull();
  });

  it('takes a deadline in the past', () => {
    expect(s.call('SET', 'k', 'v', 'EXAT', 1)).toBe('OK');
    expect(s.call('GET', 'k')).toBeNull();
  });

  it.each(['0', '-1', '-9223372036854775808', '9223372036854775807', '9223372036854776'])(
    'refuses EX %s',
    (seconds) => {
      expect(s.error('SET', 'k', 'v', 'EX', seconds)).toBe("ERR invalid expire time in 'set' command");
      expect(s.call('GET', 'k')).toBeNull();
    },
  );

  it('refuses milliseconds that overflow only when now is added', () => {
    expect(s.error('SET', 'k', 'v', 'PX', '9223372036854775807')).toBe("ERR invalid expire time in 'set' command");
    expect(s.call('SET', 'k', 'v', 'PXAT', '9223372036854775807')).toBe('OK');
    expect(effectOf(s, 'SET', 'k', 'v', 'PXAT', '9223372036854775807').log).toEqual([
      'SET k v PXAT 9223372036854775000',
    ]);
  });

  it('refuses an expiry that is no number before it looks at the key', () => {
    makeList(s, 'l');
    expect(s.error('SET', 'l', 'v', 'EX', 'x', 'GET')).toBe(NOT_INTEGER);
    expect(s.error('SET', 'l', 'v', 'GET', 'EX', 0)).toBe("ERR invalid expire time in 'set' command");
  });

  it.each([
    'NX XX',
    'XX NX',
    'EX',
    'EX 10 PX 10',
    'EX 10 KEEPTTL',
    'KEEPTTL EX 10',
    'KEEPTTL PXAT 10',
    'EX 10 EX',
    'PERSIST',
    'NX foo',
    'EXAT 1 EX 1',
  ])('refuses the options %s', (options) => {
    expect(s.error('SET', 'k', 'v', ...options.split(' '))).toBe(SYNTAX);
  });

  it('lets the last of two expiries in one unit count', () => {
    expect(s.call('SET', 'k', 'v', 'EX', 'nonsense', 'EX', 20)).toBe('OK');
    expect(ttlMs(s, 'k')).toBe(20_000);
    expect(s.call('SET', 'k', 'v', 'KEEPTTL', 'KEEPTTL', 'XX', 'XX')).toBe('OK');
    expect(ttlMs(s, 'k')).toBe(20_000);
  });

  it('sets on a condition', () => {
    expect(s.call('SET', 'k', 'a', 'XX')).toBeNull();
    expect(s.call('GET', 'k')).toBeNull();
    expect(s.call('SET', 'k', 'a', 'NX')).toBe('OK');
    expect(s.call('SET', 'k', 'b', 'NX')).toBeNull();
    expect(s.call('GET', 'k')).toBe('a');
    expect(s.call('SET', 'k', 'c', 'XX')).toBe('OK');
    expect(s.call('GET', 'k')).toBe('c');
    makeList(s, 'l');
    expect(s.call('SET', 'l', 'v', 'NX')).toBeNull();
  });

  it('keeps the expiry, or the lack of one', () => {
    s.call('SET', 'k', 'a', 'PX', 5000);
    s.call('SET', 'k', 'b'.repeat(600), 'KEEPTTL');
    expect(ttlMs(s, 'k')).toBe(5000);
    s.call('SET', 'new', 'a', 'KEEPTTL');
    expect(ttlMs(s, 'new')).toBe(-1);
    s.verify();
  });

  it('answers the old value with GET, whether it sets or not', () => {
    expect(s.call('SET', 'k', 'a', 'GET')).toBeNull();
    expect(s.call('SET', 'k', 'b', 'GET')).toBe('a');
    expect(s.call('SET', 'k', 'c', 'GET', 'NX')).toBe('b');
    expect(s.call('SET', 'k', 'd', 'XX', 'GET')).toBe('b');
    expect(s.call('SET', 'other', 'd', 'XX', 'GET')).toBeNull();
    expect(s.call('SET', 'other', 'd', 'NX', 'GET')).toBeNull();
    expect(s.call('MGET', 'k', 'other')).toEqual(['d', 'd']);
  });

  it('refuses GET of another type, and changes nothing', () => {
    makeList(s, 'l');
    expect(s.error('SET', 'l', 'v', 'GET')).toBe(WRONG_TYPE);
    expect(s.error('SET', 'l', 'v', 'NX', 'GET')).toBe(WRONG_TYPE);
    expect(s.error('GET', 'l')).toBe(WRONG_TYPE);
  });

  it('counts, notifies and logs what it did', () => {
    const now = s.clock.nowMs();
    expect(effectOf(s, 'SET', 'k', 'v')).toEqual({ log: ['SET k v'], events: ['set k'], dirty: 1 });
    expect(effectOf(s, 'SET', 'k', 'v', 'NX')).toEqual({ log: [], events: [], dirty: 0 });
    expect(effectOf(s, 'SET', 'k', 'v', 'XX', 'KEEPTTL').log).toEqual(['SET k v XX KEEPTTL']);
    expect(effectOf(s, 'SET', 'k', 'v', 'EX', '5')).toEqual({
      log: [`SET k v PXAT ${now + 5000}`],
      events: ['set k', 'expire k'],
      dirty: 1,
    });
    expect(effectOf(s, 'SET', 'k', 'v', 'PXAT', now + 9, 'XX').log).toEqual([`SET k v PXAT ${now + 9}`]);
    expect(effectOf(s, 'set', 'k', 'get', 'XX', 'GET', 'KEEPTTL', 'get').log).toEqual(['set k get XX KEEPTTL']);
  });
});

describe('SETNX', () => {
  it('sets only what does not exist', () => {
    expect(s.call('SETNX', 'k', 'a')).toBe(1);
    expect(s.call('SETNX', 'k', 'b')).toBe(0);
    expect(s.call('GET', 'k')).toBe('a');
    makeList(s, 'l');
    expect(s.call('SETNX', 'l', 'a')).toBe(0);
    expect(effectOf(s, 'SETNX', 'k', 'b')).toEqual({ log: [], events: [], dirty: 0 });
    expect(effectOf(s, 'SETNX', 'n', 'b')).toEqual({ log: ['SETNX n b'], events: ['set n'], dirty: 1 });
  });

  it('sees an expired key as missing', () => {
    s.call('SET', 'k', 'a', 'PX', 10);
    s.clock.advance(11);
    expect(s.call('SETNX', 'k', 'b')).toBe(1);
    expect(ttlMs(s, 'k')).toBe(-1);
  });

  it('replaces an expired key that must stay in the table', () => {
    s.call('SET', 'k', 'a', 'PX', 10);
    s.clock.advance(11);
    s.engine.keyspace.keepsExpired = true;
    expect(s.call('SETNX', 'k', 'b')).toBe(1);
    expect(s.session.database.size).toBe(1);
    s.verify();
  });
});

describe('SETEX and PSETEX', () => {
  it('set a value and its time to live', () => {
    expect(s.call('SETEX', 'k', 10, 'v')).toBe('OK');
    expect(ttlMs(s, 'k')).toBe(10_000);
    expect(s.call('PSETEX', 'k', 10, 'w')).toBe('OK');
    expect(ttlMs(s, 'k')).toBe(10);
    expect(s.call('GET', 'k')).toBe('w');
  });

  it('refuse what is no time to live', () => {
    expect(s.error('SETEX', 'k', 'x', 'v')).toBe(NOT_INTEGER);
    expect(s.error('SETEX', 'k', 0, 'v')).toBe("ERR invalid expire time in 'setex' command");
    expect(s.error('PSETEX', 'k', -1, 'v')).toBe("ERR invalid expire time in 'psetex' command");
    expect(s.error('SETEX', 'k', '9223372036854775807', 'v')).toBe("ERR invalid expire time in 'setex' command");
  });

  it('log a SET with a deadline', () => {
    const now = s.clock.nowMs();
    const events = ['set k', 'expire k'];
    expect(effectOf(s, 'SETEX', 'k', 10, 'v')).toEqual({ log: [`SET k v PXAT ${now + 10_000}`], events, dirty: 1 });
    expect(effectOf(s, 'PSETEX', 'k', 10, 'v')).toEqual({ log: [`SET k v PXAT ${now + 10}`], events, dirty: 1 });
  });
});

describe('MSET and MSETNX', () => {
  it('set pair by pair, the last of equal keys last', () => {
    s.call('SETEX', 'a', 100, 'old');
    expect(s.call('MSET', 'a', '1', 'b', '2', 'a', '3')).toBe('OK');
    expect(s.call('MGET', 'a', 'b')).toEqual(['3', '2']);
    expect(ttlMs(s, 'a')).toBe(-1);
    expect(s.call('MSETNX', 'c', '1', 'c', '2')).toBe(1);
    expect(s.call('GET', 'c')).toBe('2');
  });

  it('MSETNX sets nothing if one of the keys exists', () => {
    s.call('SET', 'b', '0');
    expect(s.call('MSETNX', 'a', '1', 'b', '2')).toBe(0);
    expect(s.call('MGET', 'a', 'b')).toEqual([null, '0']);
  });

  it('refuse a key without a value', () => {
    expect(s.error('MSET', 'a', '1', 'b')).toBe("ERR wrong number of arguments for 'mset' command");
    expect(s.error('MSETNX', 'a', '1', 'b')).toBe("ERR wrong number of arguments for 'msetnx' command");
    expect(s.error('MSET', 'a')).toBe("ERR wrong number of arguments for 'mset' command");
  });

  it('count each pair', () => {
    expect(effectOf(s, 'MSET', 'a', '1', 'a', '2')).toEqual({
      log: ['MSET a 1 a 2'],
      events: ['set a', 'set a'],
      dirty: 2,
    });
    expect(effectOf(s, 'MSETNX', 'a', '1')).toEqual({ log: [], events: [], dirty: 0 });
  });
});
