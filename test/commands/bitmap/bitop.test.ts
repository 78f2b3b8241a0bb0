import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { effectOf, encodingOf, makeList, ttlMs } from '../string/key-facts.ts';
import { contentOf, LEAF_BYTES } from './naive-bits.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const KEYS = ['a', 'b', 'c', 'd'];

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

function combine(operation: string, sources: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(Math.max(...sources.map(({ length }) => length)));
  for (let i = 0; i < result.length; i++) {
    const bytes = sources.map((source) => source[i] ?? 0);
    if (operation === 'AND') result[i] = bytes.reduce((a, b) => a & b);
    else if (operation === 'OR') result[i] = bytes.reduce((a, b) => a | b);
    else if (operation === 'XOR') result[i] = bytes.reduce((a, b) => a ^ b);
    else result[i] = ~bytes[0];
  }
  return result;
}

describe('BITOP', () => {
  it('combines strings of all lengths, the target among them or not, also while a snapshot is alive', () => {
    const key = fc.constantFrom(...KEYS);
    const length = fc.constantFrom(0, 1, 63, 100, 512, 513, LEAF_BYTES, LEAF_BYTES + 1, 2 * LEAF_BYTES + 700);
    const step = fc.oneof(
      fc.record({ set: key, length, byte: fc.nat(255) }),
      fc.record({ far: key, offset: fc.nat(LEAF_BYTES * 8 * 4) }),
      fc.record({
        operation: fc.constantFrom('AND', 'OR', 'XOR', 'NOT'),
        target: key,
        sources: fc.array(key, { minLength: 1, maxLength: 4 }),
        freezes: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        s = new CommandSession();
        const model = new Map<string, Uint8Array>();
        for (const one of steps) {
          if ('set' in one) {
            const bytes = Uint8Array.from({ length: one.length }, (_, i) => one.byte + i * i);
            s.call('SET', one.set, bytes);
            model.set(one.set, bytes);
          } else if ('far' in one) {
            s.call('DEL', one.far);
            s.call('SETBIT', one.far, one.offset, 1);
            model.set(one.far, contentOf(s, one.far) ?? new Uint8Array(0));
          } else {
            const sources = one.operation === 'NOT' ? one.sources.slice(0, 1) : one.sources;
            const result = combine(
              one.operation,
              sources.map((name) => model.get(name) ?? new Uint8Array(0)),
            );
            const frozen = one.freezes ? s.engine.keyspace.freeze() : null;
            expect(s.call('BITOP', one.operation, one.target, ...sources)).toBe(result.length);
            if (frozen !== null) s.engine.keyspace.release(frozen);
            if (result.length === 0) model.delete(one.target);
            else model.set(one.target, result);
          }
        }
        for (const name of KEYS) {
          const bytes = model.get(name);
          const content = contentOf(s, name);
          expect(content === null ? undefined : Buffer.from(content).toString('base64')).toBe(
            bytes === undefined ? undefined : Buffer.from(bytes).toString('base64'),
          );
        }
        s.verify();
      }),
      { numRuns: 40 },
    );
  });

  it('leaves holes where all sources have them', () => {
    const { heap } = s.engine.keyspace;
    s.call('SETBIT', 'a', 2 ** 32 - 1, 1);
    s.call('SETBIT', 'b', 2 ** 31, 1);
    const before = heap.usedBytes;
    for (const operation of ['AND', 'OR', 'XOR']) {
      expect(s.call('BITOP', operation, 'd', 'a', 'b')).toBe(2 ** 29);
      expect(s.call('BITCOUNT', 'd')).toBe(operation === 'AND' ? 0 : 2);
      s.call('BITOP', operation, 'd', 'd', 'a');
    }
    expect(heap.usedBytes - before).toBeLessThan(512 * 1024);
    s.verify();
  });

  it('puts a raw string without an expiry in the place of whatever was there', () => {
    for (const length of [5, 50_000]) {
      s.call('DEL', 'd');
      makeList(s, 'd');
      s.call('SET', 'a', 'x'.repeat(length));
      s.call('BITOP', 'OR', 'd', 'a');
      expect(s.call('GET', 'd')).toBe('x'.repeat(length));
      expect(encodingOf(s, 'd')).toBe('raw');
      for (const source of ['d', 'a']) {
        s.call('EXPIRE', 'd', 100);
        s.call('BITOP', 'OR', 'd', source);
        expect(ttlMs(s, 'd')).toBe(-1);
      }
    }
    s.verify();
  });

  it('deletes the target when all sources are empty', () => {
    s.call('SET', 'd', 'v');
    s.call('SET', 'empty', '');
    expect(effectOf(s, 'BITOP', 'OR', 'd', 'none', 'empty')).toEqual({
      log: ['BITOP OR d none empty'],
      events: ['keymiss none', 'del d'],
      dirty: 1,
    });
    expect(s.call('EXISTS', 'd')).toBe(0);
    expect(effectOf(s, 'BITOP', 'NOT', 'd', 'empty')).toEqual({ log: [], events: [], dirty: 0 });
    expect(effectOf(s, 'BITOP', 'NOT', 'd', 'd')).toEqual({ log: [], events: ['keymiss d'], dirty: 0 });
    s.call('SET', 'd', 'v');
    expect(effectOf(s, 'BITOP', 'not', 'd', 'd')).toEqual({ log: ['BITOP not d d'], events: ['set d'], dirty: 1 });
  });

  it('refuses what is no operation, more than one source of NOT, and other types', () => {
    makeList(s, 'l');
    s.call('SET', 'a', 'v');
    expect(s.error('BITOP', 'nand', 'd', 'l')).toBe('ERR syntax error');
    expect(s.error('BITOP', 'not', 'd', 'l', 'a')).toBe('ERR BITOP NOT must be called with a single source key.');
    expect(s.error('BITOP', 'and', 'd', 'a', 'l')).toBe(WRONG_TYPE);
    expect(s.call('EXISTS', 'd')).toBe(0);
  });
});
