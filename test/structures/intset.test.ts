import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Int64 } from '../../src/structures/int64.ts';
import * as intset from '../../src/structures/intset.ts';

const BASE = 5;

const member = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: -40n, max: 40n }) },
  { weight: 2, arbitrary: fc.bigInt({ min: -33_000n, max: 33_000n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 32n), max: 2n ** 32n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      -(2n ** 63n),
      2n ** 63n - 1n,
      -32_768n,
      32_767n,
      32_768n,
      -32_769n,
      2n ** 31n,
      -(2n ** 31n),
    ),
  },
);

function widthOf(value: bigint): number {
  if (BigInt.asIntN(16, value) === value) return 2;
  return BigInt.asIntN(32, value) === value ? 4 : 8;
}

/** The intset of the members, built from the format's description. */
function encode(members: readonly bigint[], width: number): Uint8Array {
  const bytes = Buffer.alloc(8 + members.length * width);
  bytes.writeUInt32LE(width, 0);
  bytes.writeUInt32LE(members.length, 4);
  members.forEach((value, i) => {
    const unsigned = BigInt.asUintN(8 * width, value);
    for (let b = 0; b < width; b++) bytes[8 + i * width + b] = Number((unsigned >> BigInt(8 * b)) & 255n);
  });
  return Uint8Array.from(bytes);
}

function ascending(values: Iterable<bigint>): bigint[] {
  return [...values].sort((a, b) => (a < b ? -1 : 1));
}

function content(bytes: Uint8Array): Uint8Array {
  return bytes.slice(BASE, BASE + intset.totalBytes(bytes, BASE));
}

function members(bytes: Uint8Array): bigint[] {
  const integer = new Int64();
  return Array.from({ length: intset.count(bytes, BASE) }, (_, i) => intset.get(bytes, BASE, i, integer).toBigInt());
}

describe('an intset', () => {
  it('has the members of a set, in Redis’s bytes, after any sequence of changes', () => {
    const step = fc.record({ insert: fc.boolean(), value: member });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const bytes = new Uint8Array(BASE + 8 + 121 * 8).fill(0xa5);
        intset.writeEmpty(bytes, BASE);
        const model = new Set<bigint>();
        let width = 2;
        let largest = intset.INTSET_HEADER_BYTES;
        for (const { insert, value } of steps) {
          const integer = Int64.of(value);
          expect(intset.contains(bytes, BASE, integer)).toBe(model.has(value));
          if (insert) {
            const announced = intset.sizeAfterInsert(bytes, BASE, integer);
            expect(intset.insert(bytes, BASE, integer)).toBe(!model.has(value));
            if (!model.has(value)) {
              width = Math.max(width, widthOf(value));
              expect(intset.totalBytes(bytes, BASE)).toBe(announced);
            }
            model.add(value);
          } else {
            expect(intset.remove(bytes, BASE, integer)).toBe(model.delete(value));
          }
          largest = Math.max(largest, intset.totalBytes(bytes, BASE));
          expect(content(bytes)).toEqual(encode(ascending(model), width));
        }
        expect(members(bytes)).toEqual(ascending(model));
        const end = BASE + intset.totalBytes(bytes, BASE);
        expect(intset.validateIntset(bytes, BASE, end, true)).toBe(model.size === 0 ? 'intset without members' : null);
        expect(bytes.subarray(0, BASE).every((byte) => byte === 0xa5)).toBe(true);
        expect(bytes.subarray(BASE + largest).every((byte) => byte === 0xa5)).toBe(true);
      }),
    );
  });

  it('answers the place of members, and the complement of where others belong', () => {
    fc.assert(
      fc.property(fc.uniqueArray(member, { maxLength: 40 }), member, (values, other) => {
        const bytes = new Uint8Array(BASE + 8 + 8 * 41);
        intset.writeEmpty(bytes, BASE);
        for (const value of values) intset.insert(bytes, BASE, Int64.of(value));
        const sorted = ascending(values);
        sorted.forEach((value, i) => {
          expect(intset.search(bytes, BASE, Int64.of(value))).toBe(i);
        });
        const found = sorted.indexOf(other);
        const belongs = sorted.filter((value) => value < other).length;
        expect(intset.search(bytes, BASE, Int64.of(other))).toBe(found >= 0 ? found : ~belongs);
        if (sorted.length === 0) return;
        const integer = new Int64();
        expect(intset.min(bytes, BASE, integer).toBigInt()).toBe(sorted[0]);
        expect(intset.max(bytes, BASE, integer).toBigInt()).toBe(sorted.at(-1));
      }),
    );
  });
});

describe('validateIntset', () => {
  const damaged: [reason: string, bytes: Uint8Array][] = [
    ['intset shorter than its header', Uint8Array.from([2, 0, 0, 0, 0, 0, 0])],
    ['intset has an unknown member size', Uint8Array.from([3, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3])],
    ['intset has an unknown member size', Uint8Array.from([2, 1, 0, 0, 1, 0, 0, 0, 1, 2])],
    ['intset header does not have the actual size', Uint8Array.from([2, 0, 0, 0, 2, 0, 0, 0, 1, 2])],
    ['intset header does not have the actual size', Uint8Array.from([2, 0, 0, 0, 1, 0, 0, 0x80, 1, 2])],
    ['intset without members', encode([], 2)],
    ['intset members are not in ascending order', encode([1n, 1n], 2)],
    ['intset members are not in ascending order', encode([3n, 70_000n, -70_000n], 4)],
    ['intset members are not in ascending order', encode([2n ** 40n, 2n ** 40n - 1n], 8)],
  ];
  it.each(damaged)('%s', (reason, bytes) => {
    expect(intset.validateIntset(bytes, 0, bytes.length, true)).toBe(reason);
  });

  it('checks only the header when it is not to look deeply', () => {
    const unordered = encode([2n, 1n], 2);
    expect(intset.validateIntset(unordered, 0, unordered.length, false)).toBeNull();
  });

  it('reads nothing outside of damaged intsets', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(member, { minLength: 1, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }),
        (values, changes) => {
          const bytes = encode(ascending(values), 8);
          for (const [where, byte] of changes) bytes[where % bytes.length] = byte;
          const reads: number[] = [];
          const guarded = new Proxy(bytes, {
            get(target, property) {
              reads.push(Number(property));
              return target[Number(property)];
            },
          });
          intset.validateIntset(guarded, 0, bytes.length, true);
          expect(reads.every((index) => index >= 0 && index < bytes.length)).toBe(true);
        },
      ),
    );
  });
});
