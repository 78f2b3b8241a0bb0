import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { bitfield } from '../../../src/commands/bitmap/bitfield.ts';
import { keysIn } from '../../../src/dispatch/command-keys.ts';
import { Args } from '../../../src/protocol/args.ts';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, makeList } from '../string/key-facts.ts';
import { contentOf, LEAF_BYTES } from './naive-bits.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const SYNTAX = 'ERR syntax error';
const NOT_INTEGER = 'ERR value is not an integer or out of range';
const BAD_OFFSET = 'ERR bit offset is not an integer or out of range';
const BAD_TYPE = 'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

/** The bits of a string as digits. */
function digitsOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
}

const type = fc
  .tuple(fc.boolean(), fc.integer({ min: 1, max: 64 }))
  .map(([signed, bits]) => ({ signed, bits: signed ? bits : Math.min(bits, 63) }));
const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -300n, max: 300n }));

describe('BITFIELD', () => {
  it('sets, adds and reads fields of all widths anywhere, wrapping around', () => {
    const offset = fc.oneof(fc.nat(100), fc.integer({ min: LEAF_BYTES * 8 - 70, max: LEAF_BYTES * 8 + 10 }));
    const step = fc.record({ type, offset, adds: fc.boolean(), operand: int64 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), (steps) => {
        s = new CommandSession();
        let digits = '';
        for (const { type: field, offset: at, adds, operand } of steps) {
          const wrap = field.signed ? BigInt.asIntN : BigInt.asUintN;
          digits = digits.padEnd(Math.ceil((at + field.bits) / 8) * 8, '0');
          const old = wrap(field.bits, BigInt(`0b${digits.slice(at, at + field.bits)}`));
          const fresh = wrap(field.bits, adds ? old + operand : operand);
          const name = `${field.signed ? 'i' : 'u'}${field.bits}`;
          const reply = s.call('BITFIELD', 'k', adds ? 'INCRBY' : 'SET', name, at, operand, 'GET', name, at);
          expect((reply as readonly (number | bigint)[]).map(BigInt)).toEqual([adds ? fresh : old, fresh]);
          const written = BigInt.asUintN(field.bits, fresh).toString(2).padStart(field.bits, '0');
          digits = digits.slice(0, at) + written + digits.slice(at + field.bits);
        }
        expect(digitsOf(contentOf(s, 'k') ?? new Uint8Array(0)) === digits).toBe(true);
        s.verify();
      }),
      { numRuns: 60 },
    );
  });

  it('reads zeros behind the end, and creates nothing by reading', () => {
    expect(s.call('BITFIELD', 'k', 'GET', 'u8', 0, 'GET', 'i64', '#3')).toEqual([0, 0]);
    expect(s.call('BITFIELD_RO', 'k', 'GET', 'u8', 0)).toEqual([0]);
    expect(s.call('BITFIELD', 'k')).toEqual([]);
    expect(s.call('EXISTS', 'k')).toBe(0);
    s.call('SET', 'k', Uint8Array.of(255, 255));
    expect(s.call('BITFIELD_RO', 'k', 'GET', 'u16', 4, 'GET', 'i4', '#3', 'GET', 'u63', 100)).toEqual([0xfff0, -1, 0]);
  });

  it('counts offsets in widths after #', () => {
    s.call('BITFIELD', 'k', 'SET', 'u8', '#2', 7, 'SET', 'i5', '#1', -1);
    expect(contentOf(s, 'k')).toEqual(Uint8Array.of(0b111, 0b1100_0000, 7));
    // 2^61 times 8 is 2^64, which is 0 in 64 bits.
    expect(s.call('BITFIELD', 'k', 'GET', 'u8', '#2305843009213693954')).toEqual([7]);
    expect(s.error('BITFIELD', 'k', 'GET', 'u8', '#9223372036854775807')).toBe(BAD_OFFSET);
    expect(s.error('BITFIELD', 'k', 'GET', 'u8', '#')).toBe(BAD_OFFSET);
    expect(s.error('BITFIELD', 'k', 'GET', 'u8', '##1')).toBe(BAD_OFFSET);
  });

  it('treats overflow as told for the operations that follow', () => {
    const reply = s.call(
      ...['BITFIELD', 'k', 'SET', 'u2', 0, 3, 'INCRBY', 'u2', 0, 1, 'OVERFLOW', 'SAT', 'INCRBY', 'u2', 0, 10],
      ...['INCRBY', 'u2', 0, -10, 'OVERFLOW', 'fail', 'INCRBY', 'u2', 0, -1, 'SET', 'i2', 0, 2, 'GET', 'u2', 0],
      ...['OVERFLOW', 'WRAP', 'INCRBY', 'u2', 0, -1],
    );
    expect(reply).toEqual([0, 0, 3, 0, null, null, 0, 3]);
  });

  it('makes the string as long as the farthest field that is written, whatever comes of it', () => {
    s.call('SET', 'k', '1');
    expect(s.call('BITFIELD', 'k', 'OVERFLOW', 'FAIL', 'SET', 'u1', 31, 2)).toEqual([null]);
    expect(contentOf(s, 'k')).toEqual(Uint8Array.of(0x31, 0, 0, 0));
    expect(encodingOf(s, 'k')).toBe('raw');
    expect(s.call('BITFIELD', 'k', 'SET', 'i64', 2 ** 32 - 1, -1)).toEqual([0]);
    expect(s.call('STRLEN', 'k')).toBe(2 ** 29 + 8);
    s.verify();
  });

  it('has room for fields in many leaves that are not there yet', () => {
    s.call('SETBIT', 'k', 2 ** 32 - 1, 1);
    const words = Array.from({ length: 300 }, (_, i) => ['SET', 'u8', i * 8 * LEAF_BYTES - (i > 0 ? 4 : 0), 255]);
    expect(s.call('BITFIELD', 'k', ...words.flat())).toEqual(new Array<number>(300).fill(0));
    expect(s.call('BITCOUNT', 'k')).toBe(300 * 8 + 1);
    s.verify();
  });

  it('counts every operation that changes something', () => {
    const three = ['SET', 'u8', 0, 1, 'SET', 'u8', 0, 1, 'INCRBY', 'u8', 0, 0];
    expect(effectOf(s, 'BITFIELD', 'k', ...three)).toMatchObject({ events: ['setbit k'], dirty: 3 });
    expect(effectOf(s, 'BITFIELD', 'k', ...three)).toEqual({ log: [], events: [], dirty: 0 });
    expect(effectOf(s, 'BITFIELD', 'k', 'SET', 'u8', 0, 2, 'SET', 'u8', 0, 2)).toMatchObject({ dirty: 1 });
    expect(effectOf(s, 'BITFIELD', 'new', 'OVERFLOW', 'FAIL', 'SET', 'u1', 0, 2)).toEqual({
      log: ['BITFIELD new OVERFLOW FAIL SET u1 0 2'],
      events: [],
      dirty: 1,
    });
  });

  it('refuses what it cannot read, before it looks at the key', () => {
    makeList(s, 'l');
    for (const bad of ['i65', 'u64', 'i0', 'u', 'i', '', 'x8', 'I8', '8', 'i08']) {
      expect(s.error('BITFIELD', 'l', 'GET', bad, 'x')).toBe(BAD_TYPE);
    }
    expect(s.error('BITFIELD', 'l', 'GET', 'u8', -1)).toBe(BAD_OFFSET);
    expect(s.error('BITFIELD', 'l', 'GET', 'u8', 2 ** 32)).toBe(BAD_OFFSET);
    expect(s.error('BITFIELD', 'l', 'SET', 'u8', 0, 'x')).toBe(NOT_INTEGER);
    expect(s.error('BITFIELD', 'l', 'SET', 'u8', 0)).toBe(SYNTAX);
    expect(s.error('BITFIELD', 'l', 'GET', 'u8')).toBe(SYNTAX);
    expect(s.error('BITFIELD', 'l', 'PUT', 'u8', 0)).toBe(SYNTAX);
    expect(s.error('BITFIELD', 'l', 'OVERFLOW')).toBe(SYNTAX);
    expect(s.error('BITFIELD', 'l', 'OVERFLOW', 'x')).toBe('ERR Invalid OVERFLOW type specified');
    expect(s.error('BITFIELD_RO', 'l', 'SET', 'u8', 0, 1)).toBe('ERR BITFIELD_RO only supports the GET subcommand');
    expect(s.error('BITFIELD', 'l', 'GET', 'u8', 0)).toBe(WRONG_TYPE);
    expect(s.error('BITFIELD', 'l', 'SET', 'u8', 0, 1)).toBe(WRONG_TYPE);
  });

  it('tells whether it reads its key only', () => {
    const flagsOf = (...words: string[]) => keysIn(bitfield, Args.of('BITFIELD', 'k', ...words))[0].flags;
    expect(flagsOf('GET', 'u8', '0', 'overflow', 'sat', 'get', 'u8', '1')).toEqual(['RO', 'access']);
    expect(flagsOf('GET', 'u8', '0', 'SET', 'u8', '1', '1')).toEqual(['RW', 'access', 'update']);
    expect(flagsOf('GET', 'u8')).toEqual(['RW', 'access', 'update']);
  });
});
