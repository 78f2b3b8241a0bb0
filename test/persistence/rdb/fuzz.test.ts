/**
 * Files and payloads with random damage: each is refused with an error or loaded into something sound, whatever the
 * damage.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crc64 } from '../../../src/lib/crc64.ts';
import { Slice } from '../../../src/lib/slice.ts';
import { DumpDecoder } from '../../../src/persistence/rdb/dump-decoder.ts';
import { RdbError } from '../../../src/persistence/rdb/rdb-error.ts';
import { rounds } from '../../support/long-tests.ts';
import { bytesOf, file, listpack, packed, string, text, ziplist } from './file-parts.ts';
import { LoadedKeyspace } from './loaded-keyspace.ts';

const RUNS = rounds(2000, 20_000);

const LZF_ZEROS = bytesOf(0xc3, 5, 0x40, 201, 0, 0, 0xe0, 191, 0);
const BIG = '\x81\xff\xff\xff\xff\xff\xff\xff\xff';

/** Values of all types, as they stand in files: type and value. */
const VALUES: readonly (readonly [type: number, value: Uint8Array])[] = [
  [0, string('some text')],
  [0, bytesOf(0xc2, 1, 2, 3, 4)],
  [0, LZF_ZEROS],
  [1, bytesOf(3, string('a'), 0xc0, 5, string('c'))],
  [2, bytesOf(3, string('a'), string('b'), 0xc1, 1, 2)],
  [3, bytesOf(2, string('a'), 3, '1.5', string('b'), 254)],
  [4, bytesOf(2, string('f'), string('v'), string('g'), 0xc0, 7)],
  [5, bytesOf(2, string('m'), 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, string('n'), 0, 0, 0, 0, 0, 0, 0xf0, 0x7f)],
  [9, packed(bytesOf(2, 1, 'a', 1, 2, 'x', '..', 4, 'long', 3, 0, 'abc', 0xff))],
  [10, packed(ziplist(text('a'), bytesOf(0xc0, 1, 2), text('a longer one'), bytesOf(0xf3)))],
  [11, packed(bytesOf(2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 5, 0, 7, 1))],
  [12, packed(ziplist(text('a'), bytesOf(0xf3), text('b'), text('2.5')))],
  [13, packed(ziplist(text('a'), bytesOf(0xfe, 5), text('b'), text('x')))],
  [14, bytesOf(2, packed(ziplist(text('a'))), packed(ziplist(text('b'), text('c'))))],
  [16, packed(listpack('a', 1, 'b', 'x', 'c', 'a long value of a hash'))],
  [17, packed(listpack('a', 1, 'b', '1.5', 3, 2))],
  [18, bytesOf(2, 2, packed(listpack('a', 1, 'b')), 1, string('plain'))],
  [20, packed(listpack('a', 1, 'b'))],
];

const WHOLE = file(
  11,
  bytesOf(0xfa, string('redis-ver'), string('7.0.15'), 0xf5, string('#!lua'), 0xfe, 0, 0xfb, 20, 2),
  ...VALUES.map(([type, value], i) => bytesOf(type, string(`key ${i}`), value)),
  bytesOf(0xfc, 0, 0, 0, 0, 0, 0, 1, 0, 0, string('expiring'), string('x'), 0xf8, 9, 0, string('idle'), string('y')),
);

type Mutation = { readonly kind: string; readonly at: number; readonly value: number };

const mutations = fc.array(
  fc.record({
    kind: fc.constantFrom('flip', 'set', 'cut', 'insert', 'remove', 'repeat', 'big', 'swap'),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    value: fc.nat(255),
  }),
  { minLength: 1, maxLength: 4 },
);

function mutated(bytes: Uint8Array, list: readonly Mutation[]): Uint8Array {
  let result = Buffer.from(bytes);
  for (const { at, kind, value } of list) {
    const offset = Math.floor(at * result.length);
    const before = result.subarray(0, offset);
    const rest = (from: number): Buffer => result.subarray(offset + from);
    if (kind === 'flip' && result.length > 0) result[offset] ^= 1 << (value & 7);
    else if (kind === 'set' && result.length > 0) result[offset] = value;
    else if (kind === 'cut') result = Buffer.from(before);
    else if (kind === 'insert') result = Buffer.concat([before, Buffer.of(value), rest(0)]);
    else if (kind === 'remove') result = Buffer.concat([before, rest(1 + (value & 15))]);
    else if (kind === 'repeat') result = Buffer.concat([before, rest(0).subarray(0, value), rest(0)]);
    else if (kind === 'big') result = Buffer.concat([before, Buffer.from(BIG, 'latin1'), rest(1)]);
    else if (kind === 'swap' && offset + 1 < result.length) {
      [result[offset], result[offset + 1]] = [result[offset + 1], result[offset]];
    }
  }
  return new Uint8Array(result);
}

/** With the right checksum at its end again, so that damage is met on the way to it. */
function mended(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 8) return bytes;
  const crc = new Crc64();
  crc.update(bytes, 0, bytes.length - 8);
  crc.writeTo(bytes, bytes.length - 8);
  return bytes;
}

/** True when it ends well, false when it is refused. */
function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    return false;
  }
}

describe('random damage', () => {
  it('to files ends in an error or a sound load', () => {
    const target = new LoadedKeyspace();
    const { keyspace } = target;
    target.load(WHOLE);
    expect(keyspace.keyCount).toBe(VALUES.length + 2);
    let loads = 0;
    fc.assert(
      fc.property(mutations, fc.boolean(), fc.boolean(), (list, mends, isSmall) => {
        keyspace.flush();
        const { hash, set, zset } = keyspace.limits;
        hash.entries = set.entries = zset.entries = set.intsetEntries = isSmall ? 128 : 1;
        const damaged = mutated(WHOLE, list);
        if (succeeds(() => target.load(mends ? mended(damaged) : damaged, { checksum: mends }))) {
          loads++;
          expect(target.digest).toHaveLength(40);
        } else {
          expect(keyspace.keyCount).toBe(0);
        }
        keyspace.verify();
      }),
      { numRuns: RUNS },
    );
    expect(loads).toBeGreaterThan(0);
    expect(loads).toBeLessThan(RUNS);
  }, 600_000);

  it('to payloads ends in an error or a sound value', () => {
    const target = new LoadedKeyspace();
    const { keyspace } = target;
    const [database] = keyspace.databases;
    const decoder = new DumpDecoder(keyspace);
    const key = Slice.from('key');
    const restores = (payload: Uint8Array): boolean =>
      succeeds(() => {
        const slice = Slice.from(payload);
        expect(decoder.isSound(slice)).toBe(payload.length >= 10);
        if (!decoder.isSound(slice)) throw new RdbError('RDB_DAMAGED', 0, 'unsound');
        decoder.decode(slice);
        decoder.attach(database, key, 0);
      });
    const payloads = VALUES.map(([type, value]) => mended(bytesOf(type, value, 11, 0, new Uint8Array(8))));
    for (const payload of payloads) {
      expect(restores(payload)).toBe(true);
      database.delete(key);
    }
    let loads = 0;
    fc.assert(
      fc.property(fc.nat(VALUES.length - 1), mutations, fc.boolean(), (index, list, isSmall) => {
        const { hash, set, zset } = keyspace.limits;
        hash.entries = set.entries = zset.entries = set.intsetEntries = isSmall ? 128 : 1;
        // The version is left alone, or nearly everything would be refused for it.
        const [type, value] = VALUES[index];
        const damaged = mutated(bytesOf(type, value), list);
        if (restores(mended(bytesOf(damaged, 11, 0, new Uint8Array(8))))) loads++;
        keyspace.verify();
        database.delete(key);
        keyspace.verify();
      }),
      { numRuns: RUNS },
    );
    expect(loads).toBeGreaterThan(0);
    expect(loads).toBeLessThan(RUNS);
  }, 600_000);
});
