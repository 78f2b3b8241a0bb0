import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, makeList, ttlMs } from '../string/key-facts.ts';
import { contentOf, LEAF_BYTES } from './naive-bits.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const BAD_OFFSET = 'ERR bit offset is not an integer or out of range';
const BAD_BIT = 'ERR bit is not an integer or out of range';
const NOTHING = { log: [], events: [], dirty: 0 };

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('SETBIT and GETBIT', () => {
  it('change bits of strings of all lengths as an array of bits would, also while a snapshot is alive', () => {
    const offset = fc.oneof(
      fc.nat(100),
      fc.nat(LEAF_BYTES * 8 * 3),
      fc.integer({ min: LEAF_BYTES * 8 - 10, max: LEAF_BYTES * 8 + 10 }),
    );
    const steps = fc.array(fc.tuple(offset, fc.constantFrom(0, 1), fc.nat(9)), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (list) => {
        s = new CommandSession();
        let model = new Uint8Array(0);
        for (const [at, bit, freeze] of list) {
          const frozen = freeze === 0 ? s.engine.keyspace.freeze() : null;
          const byte = at >>> 3;
          const mask = 0x80 >>> (at & 7);
          expect(s.call('GETBIT', 'k', at)).toBe((model[byte] & mask) === 0 ? 0 : 1);
          if (byte >= model.length) {
            const longer = new Uint8Array(byte + 1);
            longer.set(model);
            model = longer;
          }
          expect(s.call('SETBIT', 'k', at, bit)).toBe((model[byte] & mask) === 0 ? 0 : 1);
          model[byte] = bit === 1 ? model[byte] | mask : model[byte] & ~mask;
          if (frozen !== null) s.engine.keyspace.release(frozen);
        }
        expect(Buffer.from(contentOf(s, 'k') ?? '').equals(model)).toBe(true);
        s.verify();
      }),
      { numRuns: 30 },
    );
  });

  it('reach the last bit there can be, and take little memory for what is before it', () => {
    const { heap } = s.engine.keyspace;
    const before = heap.usedBytes;
    expect(s.call('SETBIT', 'k', 2 ** 32 - 1, 1)).toBe(0);
    expect(s.call('GETBIT', 'k', 2 ** 32 - 1)).toBe(1);
    expect(s.call('GETBIT', 'k', 2 ** 32 - 2)).toBe(0);
    expect(s.call('STRLEN', 'k')).toBe(2 ** 29);
    expect(heap.usedBytes - before).toBeLessThan(64 * 1024);
    expect(s.error('SETBIT', 'k', 2 ** 32, 1)).toBe(BAD_OFFSET);
    expect(s.error('GETBIT', 'k', 2 ** 32)).toBe(BAD_OFFSET);
    s.verify();
  });

  it('refuse offsets and bits that are none, before they look at the key', () => {
    makeList(s, 'l');
    for (const offset of ['-1', 'x', '', '01', '#1', '9223372036854775808']) {
      expect(s.error('SETBIT', 'l', offset, 1)).toBe(BAD_OFFSET);
      expect(s.error('GETBIT', 'l', offset)).toBe(BAD_OFFSET);
    }
    for (const bit of ['2', '-1', 'x', '', '9223372036854775808']) expect(s.error('SETBIT', 'l', 0, bit)).toBe(BAD_BIT);
    expect(s.error('SETBIT', 'l', 0, 1)).toBe(WRONG_TYPE);
    expect(s.error('GETBIT', 'l', 0)).toBe(WRONG_TYPE);
  });

  it('go by proto-max-bulk-len', () => {
    s = new CommandSession({ config: { 'proto-max-bulk-len': '1mb' } });
    expect(s.call('SETBIT', 'k', 2 ** 23 - 1, 1)).toBe(0);
    expect(s.error('SETBIT', 'k', 2 ** 23, 1)).toBe(BAD_OFFSET);
  });

  it('tell of what changed, and of nothing else', () => {
    expect(effectOf(s, 'SETBIT', 'k', 0, 0)).toEqual({ log: ['SETBIT k 0 0'], events: ['setbit k'], dirty: 1 });
    expect(effectOf(s, 'SETBIT', 'k', 0, 0)).toEqual(NOTHING);
    expect(effectOf(s, 'SETBIT', 'k', 0, 1)).toEqual({ log: ['SETBIT k 0 1'], events: ['setbit k'], dirty: 1 });
    expect(effectOf(s, 'SETBIT', 'k', 9, 0)).toEqual({ log: ['SETBIT k 9 0'], events: ['setbit k'], dirty: 1 });
    expect(effectOf(s, 'GETBIT', 'none', 9)).toEqual({ log: [], events: ['keymiss none'], dirty: 0 });
  });

  it('keep the expiry, and make the string raw even where nothing changes', () => {
    s.call('SETEX', 'k', 10, '12');
    expect(s.call('SETBIT', 'k', 0, 0)).toBe(0);
    expect(encodingOf(s, 'k')).toBe('raw');
    expect(s.call('GET', 'k')).toBe('12');
    s.call('SETBIT', 'k', 10_000, 1);
    expect(ttlMs(s, 'k')).toBe(10_000);
    s.verify();
  });
});
