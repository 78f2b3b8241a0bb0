/**
 * APPEND, SETRANGE, GETRANGE, SUBSTR and STRLEN.
 */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, makeList, ttlMs } from './key-facts.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const NOT_INTEGER = 'ERR value is not an integer or out of range';
const TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)';
const NOTHING = { log: [], events: [], dirty: 0 };
/** What one leaf of a long string holds. */
const LEAF_BYTES = 21_816;

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('APPEND', () => {
  it('creates a key as SET would, and leaves a raw string once it has changed one', () => {
    expect(s.call('APPEND', 'k', '12')).toBe(2);
    expect(encodingOf(s, 'k')).toBe('int');
    expect(s.call('APPEND', 'k', '')).toBe(2);
    expect(encodingOf(s, 'k')).toBe('raw');
    expect(s.call('APPEND', 'k', '34')).toBe(4);
    expect(s.call('GET', 'k')).toBe('1234');
    expect(s.call('INCR', 'k')).toBe(1235);
    expect(encodingOf(s, 'k')).toBe('int');
  });

  it('keeps the expiry', () => {
    s.call('SETEX', 'k', 10, 'a');
    s.call('APPEND', 'k', 'b'.repeat(2000));
    expect(ttlMs(s, 'k')).toBe(10_000);
    s.verify();
  });

  it('counts, notifies and logs, also where nothing is added', () => {
    expect(effectOf(s, 'APPEND', 'k', '')).toEqual({ log: ['APPEND k '], events: ['append k'], dirty: 1 });
    expect(effectOf(s, 'APPEND', 'k', 'v')).toEqual({ log: ['APPEND k v'], events: ['append k'], dirty: 1 });
  });

  it('adds nothing to a string that fills its leaves', () => {
    for (const leaves of [1, 4, 16]) {
      s.call('SET', 'k', 'a'.repeat(leaves * LEAF_BYTES));
      expect(s.call('APPEND', 'k', '')).toBe(leaves * LEAF_BYTES);
      expect(encodingOf(s, 'k')).toBe('raw');
      expect(s.call('APPEND', 'k', 'b')).toBe(leaves * LEAF_BYTES + 1);
      expect(s.call('GETRANGE', 'k', -2, -1)).toBe('ab');
      s.verify();
    }
  });

  it('refuses other types and what becomes too long', () => {
    makeList(s, 'l');
    expect(s.error('APPEND', 'l', 'v')).toBe(WRONG_TYPE);
    s = new CommandSession({ config: { 'proto-max-bulk-len': '1mb' } });
    s.call('SET', 'k', 'a'.repeat(1024 * 1024 - 1));
    expect(s.call('APPEND', 'k', 'b')).toBe(1024 * 1024);
    expect(s.error('APPEND', 'k', 'c')).toBe(TOO_LONG);
    expect(s.call('APPEND', 'k', '')).toBe(1024 * 1024);
    expect(s.call('STRLEN', 'k')).toBe(1024 * 1024);
  });
});

describe('SETRANGE', () => {
  it('overwrites, grows and fills gaps with zeros', () => {
    expect(s.call('SETRANGE', 'k', 3, 'abc')).toBe(6);
    expect(s.call('GET', 'k')).toBe('\0\0\0abc');
    expect(s.call('SETRANGE', 'k', 0, 'XY')).toBe(6);
    expect(s.call('SETRANGE', 'k', 5, '12')).toBe(7);
    expect(s.call('GET', 'k')).toBe('XY\0ab12');
    expect(encodingOf(s, 'k')).toBe('raw');
    s.call('SETRANGE', 'n', 0, '5');
    expect(encodingOf(s, 'n')).toBe('raw');
  });

  it('writes far behind the end without filling the memory', () => {
    const before = s.engine.keyspace.heap.usedBytes;
    expect(s.call('SETRANGE', 'k', 500_000_000, 'end')).toBe(500_000_003);
    expect(s.engine.keyspace.heap.usedBytes - before).toBeLessThan(100_000);
    expect(s.call('GETRANGE', 'k', 499_999_998, -1)).toBe('\0\0end');
    expect(s.call('GETRANGE', 'k', 123_456_789, 123_456_790)).toBe('\0\0');
    s.verify();
  });

  it('sets nothing with nothing', () => {
    expect(s.call('SETRANGE', 'k', 10, '')).toBe(0);
    expect(s.call('STRLEN', 'k')).toBe(0);
    s.call('SET', 'k', '123');
    expect(s.call('SETRANGE', 'k', '9223372036854775807', '')).toBe(3);
    expect(encodingOf(s, 'k')).toBe('int');
    expect(effectOf(s, 'SETRANGE', 'k', 1, '')).toEqual(NOTHING);
  });

  it('looks at the offset, the type and the length, in this order', () => {
    makeList(s, 'l');
    expect(s.error('SETRANGE', 'l', 'x', 'v')).toBe(NOT_INTEGER);
    expect(s.error('SETRANGE', 'l', -1, 'v')).toBe('ERR offset is out of range');
    expect(s.error('SETRANGE', 'l', 1, '')).toBe(WRONG_TYPE);
    expect(s.error('SETRANGE', 'l', '9223372036854775807', 'v')).toBe(WRONG_TYPE);
    expect(s.error('SETRANGE', 'k', '9223372036854775807', 'v')).toBe(TOO_LONG);
    expect(s.error('SETRANGE', 'k', 512 * 1024 * 1024, 'v')).toBe(TOO_LONG);
    expect(s.call('SETRANGE', 'k', 512 * 1024 * 1024 - 1, 'v')).toBe(512 * 1024 * 1024);
    expect(s.session.database.size).toBe(2);
  });

  it('counts, notifies, logs and keeps the expiry', () => {
    s.call('SETEX', 'k', 10, 'abc');
    expect(effectOf(s, 'SETRANGE', 'k', 1, 'x')).toEqual({ log: ['SETRANGE k 1 x'], events: ['setrange k'], dirty: 1 });
    expect(ttlMs(s, 'k')).toBe(10_000);
  });

  it('leaves a frozen string as it was', () => {
    s.call('SET', 'short', 'abcdef');
    s.call('SET', 'long', 'x'.repeat(100_000));
    const frozen = s.engine.keyspace.freeze();
    s.call('SETRANGE', 'short', 1, 'YY');
    s.call('APPEND', 'short', 'Z');
    s.call('SETRANGE', 'long', 50_000, 'YY');
    s.call('APPEND', 'long', 'Z');
    // The heap compares checksums of what was frozen.
    s.engine.keyspace.release(frozen);
    expect(s.call('GET', 'short')).toBe('aYYdefZ');
    expect(s.call('GETRANGE', 'long', 49_999, 50_002)).toBe('xYYx');
    while (s.engine.keyspace.heap.needsSweep) s.engine.keyspace.heap.sweep(1000);
    s.verify();
  });
});

describe('GETRANGE and SUBSTR', () => {
  it.each([
    [0, 3, 'This'],
    [-3, -1, 'ing'],
    [0, -1, 'This is a string'],
    [10, 100, 'string'],
    [5, 4, ''],
    [-1, -3, ''],
    [-100, -99, 'T'],
    [-99, -100, ''],
    [16, 20, ''],
    [3, -100, ''],
    [0, -100, 'T'],
    ['-9223372036854775808', '9223372036854775807', 'This is a string'],
    ['-9223372036854775807', '-9223372036854775808', ''],
    ['-9223372036854775808', '-9223372036854775807', 'T'],
  ])('answer %s to %s', (start, end, expected) => {
    s.call('SET', 'k', 'This is a string');
    expect(s.call('GETRANGE', 'k', start, end)).toBe(expected);
    expect(s.call('SUBSTR', 'k', start, end)).toBe(expected);
  });

  it('answer nothing of nothing', () => {
    expect(s.call('GETRANGE', 'none', 0, -1)).toBe('');
    s.call('SET', 'k', '');
    expect(s.call('GETRANGE', 'k', 0, 0)).toBe('');
  });

  it('refuse what is no position, then other types', () => {
    makeList(s, 'l');
    expect(s.error('GETRANGE', 'l', 'x', 0)).toBe(NOT_INTEGER);
    expect(s.error('GETRANGE', 'l', 0, '9223372036854775808')).toBe(NOT_INTEGER);
    expect(s.error('SUBSTR', 'l', 0, 0)).toBe(WRONG_TYPE);
  });
});

describe('STRLEN', () => {
  it('counts bytes', () => {
    s.call('SET', 'k', 'äö');
    expect(s.call('STRLEN', 'k')).toBe(4);
    expect(s.call('STRLEN', 'none')).toBe(0);
    makeList(s, 'l');
    expect(s.error('STRLEN', 'l')).toBe(WRONG_TYPE);
  });
});

describe('changes in place', () => {
  const size = fc.oneof(fc.nat(40), fc.nat(600), fc.nat(70_000));
  const change = fc.oneof(
    fc.record({ command: fc.constant('APPEND' as const), offset: fc.constant(0), size }),
    fc.record({ command: fc.constant('SETRANGE' as const), offset: fc.oneof(fc.nat(700), fc.nat(200_000)), size }),
  );

  it('leave the bytes that a plain buffer has', () => {
    fc.assert(
      fc.property(size, fc.boolean(), fc.array(change, { maxLength: 8 }), (first, expires, changes) => {
        s = new CommandSession();
        let model = Buffer.alloc(first, 'a');
        s.call('SET', 'k', model, ...(expires ? ['EX', 100] : []));
        for (const [i, { command, offset, size }] of changes.entries()) {
          const value = Buffer.alloc(size, 98 + i);
          const at = command === 'APPEND' ? model.length : offset;
          if (command === 'APPEND') s.call('APPEND', 'k', value);
          else s.call('SETRANGE', 'k', offset, value);
          if (size === 0) continue;
          const grown = Buffer.alloc(Math.max(model.length, at + size));
          model.copy(grown);
          value.copy(grown, at);
          model = grown;
        }
        s.verify();
        expect(s.call('STRLEN', 'k')).toBe(model.length);
        expect(model.equals(s.reply('GET', 'k') as Uint8Array)).toBe(true);
        expect(s.call('GETRANGE', 'k', 500, 22_000)).toBe(model.toString('utf8', 500, 22_001));
        expect(ttlMs(s, 'k')).toBe(expires ? 100_000 : -1);
      }),
      { numRuns: 60 },
    );
  });
});
