import { beforeEach, describe, expect, it } from 'vitest';
import { MapReply } from '../../../src/protocol/capture-writer.ts';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, ttlMs } from '../string/key-facts.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

/** The pairs of a flat reply, sorted. */
function pairs(reply: unknown): string[] {
  const words = reply as string[];
  return words.flatMap((word, i) => (i % 2 === 0 ? [`${word}=${words[i + 1]}`] : [])).sort();
}

describe('HSET, HMSET and HSETNX', () => {
  it('set fields and answer which are new', () => {
    expect(s.call('HSET', 'k', 'a', 1, 'b', 2, 'a', 3)).toBe(2);
    expect(s.call('HSET', 'k', 'b', '', 'c', 4)).toBe(1);
    expect(s.call('HMSET', 'k', 'd', 5)).toBe('OK');
    expect(s.call('HSETNX', 'k', 'd', 6)).toBe(0);
    expect(s.call('HSETNX', 'k', 'e', 7)).toBe(1);
    expect(s.call('HSETNX', 'new', 'f', 8)).toBe(1);
    expect(pairs(s.call('HGETALL', 'k'))).toEqual(['a=3', 'b=', 'c=4', 'd=5', 'e=7']);
    expect(s.call('HGETALL', 'new')).toEqual(['f', '8']);
    s.verify();
  });

  it('refuse a field without a value', () => {
    expect(s.error('HSET', 'k', 'a', 1, 'b')).toBe("ERR wrong number of arguments for 'hset' command");
    expect(s.error('HMSET', 'k', 'a', 1, 'b')).toBe("ERR wrong number of arguments for 'hmset' command");
    expect(s.call('EXISTS', 'k')).toBe(0);
  });

  it('count every field given, and notify once', () => {
    expect(effectOf(s, 'HSET', 'k', 'a', 1, 'b', 2)).toEqual({ log: ['HSET k a 1 b 2'], events: ['hset k'], dirty: 2 });
    expect(effectOf(s, 'HMSET', 'k', 'a', 1, 'a', 1)).toEqual({
      log: ['HMSET k a 1 a 1'],
      events: ['hset k'],
      dirty: 2,
    });
    expect(effectOf(s, 'HSETNX', 'k', 'c', 1)).toEqual({ log: ['HSETNX k c 1'], events: ['hset k'], dirty: 1 });
    expect(effectOf(s, 'HSETNX', 'k', 'c', 1)).toEqual({ log: [], events: [], dirty: 0 });
  });

  it('leave no key behind when they fail', () => {
    s.call('SET', 'string', 'v');
    for (const command of ['HSET', 'HMSET', 'HSETNX']) expect(s.error(command, 'string', 'a', 1)).toBe(WRONG_TYPE);
    expect(s.call('GET', 'string')).toBe('v');
  });

  it('encode as Redis does', () => {
    s.call('CONFIG', 'SET', 'hash-max-listpack-entries', 3, 'hash-max-listpack-value', 5);
    const encodingAfter = (...words: (string | number)[]) => {
      s.call('DEL', 'k');
      s.call('HSET', 'k', 'a', 1);
      s.call(...words);
      return encodingOf(s, 'k');
    };
    expect(encodingAfter('HSET', 'k', 'b', 2, 'c', 3)).toBe('listpack');
    expect(encodingAfter('HSET', 'k', 'b', 2, 'c', 3, 'd', 4)).toBe('hashtable');
    expect(encodingAfter('HSET', 'k', 'b', '12345')).toBe('listpack');
    expect(encodingAfter('HSET', 'k', 'b', '123456')).toBe('hashtable');
    expect(encodingAfter('HSET', 'k', 'longer', 1, 'longer', 2)).toBe('hashtable');
    expect(encodingAfter('HSETNX', 'k', 'a', '123456')).toBe('listpack');
    expect(encodingAfter('HINCRBY', 'k', 'a', '100000')).toBe('hashtable');
    expect(encodingAfter('HINCRBYFLOAT', 'k', 'a', '0.0001')).toBe('hashtable');
  });

  it('keep a large hash a listpack as long as Redis does', () => {
    for (let i = 0; i < 512; i++) s.call('HSET', 'k', `${i}`.padStart(64, 'f'), 'v'.repeat(64));
    expect(encodingOf(s, 'k')).toBe('listpack');
    expect(s.call('HLEN', 'k')).toBe(512);
    s.call('HSET', 'k', 'one more', 'v');
    expect(encodingOf(s, 'k')).toBe('hashtable');
    s.verify();
  });
});

describe.each([
  ['listpack', 512],
  ['hashtable', 2],
] as const)('in a hash encoded as %s', (encoding, limit) => {
  const all: readonly (readonly [string, string])[] = [
    ['a', '1'],
    ['12', 'text'],
    ['', ''],
    ['-9223372036854775808', '9223372036854775807'],
    ['007', '007'],
    ['b', 'v'.repeat(60)],
  ];

  beforeEach(() => {
    s.call('CONFIG', 'SET', 'hash-max-listpack-entries', limit);
    s.call('HSET', 'k', ...all.flat());
    expect(encodingOf(s, 'k')).toBe(encoding);
  });

  it('fields are found', () => {
    for (const [field, value] of all) {
      expect(s.call('HGET', 'k', field)).toBe(value);
      expect(s.call('HEXISTS', 'k', field)).toBe(1);
      expect(s.call('HSTRLEN', 'k', field)).toBe(value.length);
    }
    expect(s.call('HGET', 'k', '7')).toBe(null);
    expect(s.call('HEXISTS', 'k', '+12')).toBe(0);
    expect(s.call('HSTRLEN', 'k', 'no')).toBe(0);
    expect(s.call('HMGET', 'k', 'a', 'no', '12', 'a')).toEqual(['1', null, 'text', '1']);
    expect(s.call('HLEN', 'k')).toBe(all.length);
    expect(pairs(s.call('HGETALL', 'k'))).toEqual(all.map((pair) => pair.join('=')).sort());
    expect((s.call('HKEYS', 'k') as string[]).sort()).toEqual(all.map(([field]) => field).sort());
    expect((s.call('HVALS', 'k') as string[]).sort()).toEqual(all.map(([, value]) => value).sort());
  });

  it('values change in length', () => {
    for (const length of [0, 3, 500, 600, 20_000, 100_000, 513, 512, 20, 0]) {
      if (encoding === 'listpack' && length > 64) continue;
      s.call('HSET', 'k', '12', 'x'.repeat(length));
      expect(s.call('HGET', 'k', '12')).toBe('x'.repeat(length));
      expect(s.call('HSTRLEN', 'k', '12')).toBe(length);
    }
    expect(s.call('HGET', 'k', '')).toBe('');
    s.verify();
  });

  it('HDEL takes fields away, and the hash with the last one', () => {
    s.call('PEXPIRE', 'k', 1000);
    expect(effectOf(s, 'HDEL', 'k', 'a', 'no', '12', 'a')).toEqual({
      log: ['HDEL k a no 12 a'],
      events: ['hdel k'],
      dirty: 2,
    });
    expect(ttlMs(s, 'k')).toBe(1000);
    expect(effectOf(s, 'HDEL', 'k', 'a')).toEqual({ log: [], events: [], dirty: 0 });
    const rest = all.slice(2).map(([field]) => field);
    expect(effectOf(s, 'HDEL', 'k', ...rest, 'never reached')).toEqual({
      log: [`HDEL k ${rest.join(' ')} never reached`],
      events: ['hdel k', 'del k'],
      dirty: 4,
    });
    expect(s.call('EXISTS', 'k')).toBe(0);
    s.verify();
  });

  it('HSCAN finds each field', () => {
    const found: string[] = [];
    let cursor = '0';
    do {
      const [next, some] = s.call('HSCAN', 'k', cursor, 'COUNT', 1) as [string, string[]];
      found.push(...pairs(some));
      cursor = next;
    } while (cursor !== '0');
    expect(found.sort()).toEqual(all.map((pair) => pair.join('=')).sort());
    expect(s.call('HSCAN', 'k', 0, 'MATCH', '?2', 'COUNT', 1000)).toEqual(['0', ['12', 'text']]);
  });

  it('HRANDFIELD answers fields of the hash', () => {
    const fields = all.map(([field]) => field);
    expect(fields).toContain(s.call('HRANDFIELD', 'k'));
    for (const count of [1, 2, 5, 6, 7, 1000]) {
      const some = s.call('HRANDFIELD', 'k', count) as string[];
      expect(some.length).toBe(Math.min(count, all.length));
      expect(new Set(some).size).toBe(some.length);
      for (const field of some) expect(fields).toContain(field);
      const some2 = pairs(s.call('HRANDFIELD', 'k', count, 'WITHVALUES'));
      expect(new Set(some2).size).toBe(Math.min(count, all.length));
      for (const pair of some2) expect(all.map((each) => each.join('='))).toContain(pair);
    }
    expect((s.call('HRANDFIELD', 'k', -30) as string[]).length).toBe(30);
    expect((s.call('HRANDFIELD', 'k', -30, 'withvalues') as string[]).length).toBe(60);
    expect(s.call('HRANDFIELD', 'k', 0)).toEqual([]);
  });
});

describe('reading commands', () => {
  it('find nothing where there is no hash', () => {
    expect(s.call('HGET', 'k', 'a')).toBe(null);
    expect(s.call('HMGET', 'k', 'a', 'b')).toEqual([null, null]);
    for (const command of ['HGETALL', 'HKEYS', 'HVALS']) expect(s.call(command, 'k')).toEqual([]);
    expect([s.call('HLEN', 'k'), s.call('HSTRLEN', 'k', 'a'), s.call('HEXISTS', 'k', 'a')]).toEqual([0, 0, 0]);
    expect(s.call('HRANDFIELD', 'k')).toBe(null);
    expect(s.call('HRANDFIELD', 'k', -5, 'WITHVALUES')).toEqual([]);
    expect(s.call('HSCAN', 'k', '0', 'x')).toEqual(['0', []]);
    expect(s.call('HDEL', 'k', 'a')).toBe(0);
  });

  it('answer maps and nested pairs in RESP3', () => {
    s = new CommandSession({ version: 3 });
    s.call('HSET', 'k', 'a', 1);
    expect(s.reply('HGETALL', 'k')).toBeInstanceOf(MapReply);
    expect(s.reply('HGETALL', 'missing')).toBeInstanceOf(MapReply);
    expect(s.call('HRANDFIELD', 'k', 5, 'WITHVALUES')).toEqual([['a', '1']]);
    expect(s.call('HRANDFIELD', 'k', -2, 'WITHVALUES')).toEqual([
      ['a', '1'],
      ['a', '1'],
    ]);
    expect(s.call('HRANDFIELD', 'k', -2)).toEqual(['a', 'a']);
  });

  it('refuse keys of other types', () => {
    s.call('SET', 'string', 'v');
    for (const [command, ...rest] of [
      ['HGET', 'a'],
      ['HMGET', 'a'],
      ['HGETALL'],
      ['HKEYS'],
      ['HVALS'],
      ['HLEN'],
      ['HSTRLEN', 'a'],
      ['HEXISTS', 'a'],
      ['HDEL', 'a'],
      ['HSCAN', '0', 'x'],
      ['HRANDFIELD'],
      ['HRANDFIELD', '5'],
      ['HINCRBY', 'a', '1'],
      ['HINCRBYFLOAT', 'a', '1'],
    ]) {
      expect(s.error(command, 'string', ...rest)).toBe(WRONG_TYPE);
    }
  });

  it('HRANDFIELD reads its arguments before it looks at the key', () => {
    s.call('SET', 'string', 'v');
    expect(s.error('HRANDFIELD', 'string', 'x')).toBe('ERR value is not an integer or out of range');
    expect(s.error('HRANDFIELD', 'string', '1', 'x')).toBe('ERR syntax error');
    expect(s.error('HRANDFIELD', 'string', '1', 'WITHVALUES', 'x')).toBe('ERR syntax error');
    const between = 'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807';
    expect(s.error('HRANDFIELD', 'string', '-9223372036854775808', 'x')).toBe(between);
    for (const count of ['4611686018427387904', '-4611686018427387904', '9223372036854775807']) {
      expect(s.error('HRANDFIELD', 'string', count, 'WITHVALUES')).toBe('ERR value is out of range');
      expect(s.error('HRANDFIELD', 'string', count)).toBe(WRONG_TYPE);
    }
    expect(s.error('HRANDFIELD', 'string', '-4611686018427387903', 'WITHVALUES')).toBe(WRONG_TYPE);
    expect(s.error('HSCAN', 'string', 'x')).toBe('ERR invalid cursor');
  });
});

describe('HINCRBY', () => {
  it('counts from 0, exactly', () => {
    expect(s.call('HINCRBY', 'k', 'a', 5)).toBe(5);
    expect(s.call('HINCRBY', 'k', 'a', -7)).toBe(-2);
    expect(s.call('HINCRBY', 'k', 'b', 2n ** 63n - 1n)).toBe(2n ** 63n - 1n);
    expect(s.call('HINCRBY', 'k', 'b', -(2n ** 63n))).toBe(-1);
    expect(s.call('HINCRBY', 'k', 'c', 2n ** 53n)).toBe(2n ** 53n);
    expect(s.call('HINCRBY', 'k', 'c', 1)).toBe(2n ** 53n + 1n);
    expect(s.call('HMGET', 'k', 'a', 'b', 'c')).toEqual(['-2', '-1', `${2n ** 53n + 1n}`]);
  });

  it('refuses what is no integer, and to overflow', () => {
    s.call('HSET', 'k', 'max', 2n ** 63n - 1n, 'text', 'x', 'empty', '', 'float', '1.5', 'spaced', ' 1');
    expect(s.error('HINCRBY', 'k', 'max', 1)).toBe('ERR increment or decrement would overflow');
    for (const field of ['text', 'empty', 'float', 'spaced']) {
      expect(s.error('HINCRBY', 'k', field, 1)).toBe('ERR hash value is not an integer');
    }
    expect(s.error('HINCRBY', 'new', 'a', '1.5')).toBe('ERR value is not an integer or out of range');
    expect(s.call('EXISTS', 'new')).toBe(0);
    expect(s.call('HGET', 'k', 'max')).toBe(`${2n ** 63n - 1n}`);
  });

  it('is logged as received and counts once', () => {
    expect(effectOf(s, 'HINCRBY', 'k', 'a', 0)).toEqual({ log: ['HINCRBY k a 0'], events: ['hincrby k'], dirty: 1 });
  });
});

describe('HINCRBYFLOAT', () => {
  it.each([
    ['10.50', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['1', '-1', '0'],
    ['3', '1.5e-1', '3.15'],
    ['9223372036854775807', '1', '9223372036854775808'],
  ])('adds to %s %s', (value, increment, sum) => {
    s.call('HSET', 'k', 'a', value);
    expect(s.call('HINCRBYFLOAT', 'k', 'a', increment)).toBe(sum);
    expect(s.call('HGET', 'k', 'a')).toBe(sum);
  });

  it('is logged as what it stored', () => {
    expect(effectOf(s, 'HINCRBYFLOAT', 'k', 'a', '1.50')).toEqual({
      log: ['HSET k a 1.5'],
      events: ['hincrbyfloat k'],
      dirty: 1,
    });
  });

  it('refuses what is no number', () => {
    s.call('HSET', 'k', 'text', 'x', 'inf', 'inf');
    s.call('SET', 'string', 'v');
    expect(s.error('HINCRBYFLOAT', 'string', 'a', 'x')).toBe('ERR value is not a valid float');
    expect(s.error('HINCRBYFLOAT', 'string', 'a', 'inf')).toBe('ERR value is NaN or Infinity');
    expect(s.error('HINCRBYFLOAT', 'k', 'text', '1')).toBe('ERR hash value is not a float');
    expect(s.error('HINCRBYFLOAT', 'k', 'inf', '1')).toBe('ERR increment would produce NaN or Infinity');
    expect(s.error('HINCRBYFLOAT', 'new', 'a', 'x')).toBe('ERR value is not a valid float');
    expect(s.call('EXISTS', 'new')).toBe(0);
  });
});

it('reads and writes around a snapshot', () => {
  s.call('HSET', 'k', ...Array.from({ length: 1500 }, (_, i) => [`f${i}`, `v${i}`]).flat());
  const frozen = s.engine.keyspace.freeze();
  s.call('HSET', 'k', 'f7', 'changed', 'f8', 'x'.repeat(5000));
  s.call('HDEL', 'k', 'f9');
  s.call('HINCRBY', 'k', 'counter', 1);
  s.engine.keyspace.release(frozen);
  expect(s.call('HMGET', 'k', 'f6', 'f7', 'f9', 'counter')).toEqual(['v6', 'changed', null, '1']);
  expect(s.call('HSTRLEN', 'k', 'f8')).toBe(5000);
  s.verify();
});
