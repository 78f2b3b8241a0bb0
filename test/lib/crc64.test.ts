import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crc64 } from '../../src/lib/crc64.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { referenceClient } from '../support/reference-client.ts';
import { readReply } from '../support/resp-reply.ts';

const POLYNOMIAL = 0x95ac9329ac4bc9b5n;

/** Bit by bit, as the definition has it. */
function slowCrc(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
  }
  return crc;
}

function sumIn(crc: Crc64): bigint {
  return (BigInt(crc.high) << 32n) | BigInt(crc.low);
}

describe('Crc64', () => {
  it('gives the check value', () => {
    const crc = new Crc64();
    crc.update(new TextEncoder().encode('123456789'), 0, 9);
    expect(sumIn(crc)).toBe(0xe9c6d914c4b8d9can);
    expect([...crc.digest()]).toEqual([0xca, 0xd9, 0xb8, 0xc4, 0x14, 0xd9, 0xc6, 0xe9]);
  });

  it('is zero for nothing and after a reset', () => {
    const crc = new Crc64();
    expect(sumIn(crc)).toBe(0n);
    crc.update(Uint8Array.of(1, 2, 3), 0, 3);
    crc.reset();
    expect(sumIn(crc)).toBe(0n);
  });

  it('equals the bitwise definition however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, first, second) => {
        const cuts = [0, Math.min(first, bytes.length), Math.min(second, bytes.length), bytes.length].sort(
          (a, b) => a - b,
        );
        const crc = new Crc64();
        for (let i = 1; i < cuts.length; i++) crc.update(bytes, cuts[i - 1], cuts[i]);
        expect(sumIn(crc)).toBe(slowCrc(bytes));
      }),
    );
  });

  it('writes little-endian bytes where told', () => {
    const crc = new Crc64();
    crc.update(Uint8Array.of(0xff), 0, 1);
    const target = new Uint8Array(12).fill(0xaa);
    expect(crc.writeTo(target, 2)).toBe(10);
    expect(target.slice(2, 10)).toEqual(crc.digest());
    expect([target[1], target[10]]).toEqual([0xaa, 0xaa]);
  });
});

describe.skipIf(!hasReferenceRedis)('Crc64 beside Redis', () => {
  const redis = referenceClient();

  it('signs DUMP payloads alike', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (value) => {
        await redis.client.call('SET', 'k', value);
        const payload = Buffer.from(readReply(await redis.client.raw('DUMP', 'k')).text ?? '', 'latin1');
        const crc = new Crc64();
        crc.update(payload, 0, payload.length - 8);
        expect(Buffer.from(crc.digest())).toEqual(payload.subarray(-8));
      }),
      { numRuns: 40 },
    );
  });
});
