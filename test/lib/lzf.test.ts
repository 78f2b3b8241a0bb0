import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crc64 } from '../../src/lib/crc64.ts';
import { decompressLzf, LzfCompressor } from '../../src/lib/lzf.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { referenceClient } from '../support/reference-client.ts';
import { readReply } from '../support/resp-reply.ts';

const compressor = new LzfCompressor();

/** Bytes with repetitions near and far, long and short. */
const compressible = fc
  .array(
    fc.record({
      run: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.constantFrom(...['aaa', 'abcabc', 'redis'].map((text) => new TextEncoder().encode(text))),
      ),
      times: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(90), fc.constant(700)),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) =>
    Uint8Array.from(parts.flatMap(({ run, times }) => Array.from({ length: times }, () => [...run]).flat())),
  );

function compressed(bytes: Uint8Array): Uint8Array {
  // Literals cost one byte in 32 at most.
  const output = new Uint8Array(bytes.length + Math.ceil(bytes.length / 32) + 4);
  const length = compressor.compress(bytes, 0, bytes.length, output);
  return output.slice(0, length);
}

describe('LzfCompressor and decompressLzf', () => {
  it('give back what went in, at any place in the buffers', () => {
    fc.assert(
      fc.property(
        fc.oneof(compressible, fc.uint8Array({ minLength: 1, maxLength: 300 })),
        fc.nat(20),
        (bytes, lead) => {
          const input = new Uint8Array(bytes.length + lead + 5).fill(0x61);
          input.set(bytes, lead);
          const output = new Uint8Array(bytes.length * 2 + 10);
          const length = compressor.compress(input, lead, lead + bytes.length, output);
          expect(length).toBeGreaterThan(0);
          const restored = new Uint8Array(lead + bytes.length + 3).fill(0x7a);
          expect(decompressLzf(output, 0, length, restored, bytes.length, lead)).toBe(true);
          expect(restored.slice(lead, lead + bytes.length)).toEqual(bytes);
          expect([...restored.slice(lead + bytes.length)]).toEqual([0x7a, 0x7a, 0x7a]);
        },
      ),
    );
  });

  it('shrinks repetitions to matches of up to 264 bytes', () => {
    expect(compressed(new Uint8Array(10_000).fill(7)).length).toBeLessThan(130);
  });

  it('answers 0 when the capacity is too small, and never writes past it', () => {
    fc.assert(
      fc.property(fc.oneof(compressible, fc.uint8Array({ maxLength: 100 })), fc.nat(400), (bytes, capacity) => {
        const output = new Uint8Array(capacity + 50).fill(0x55);
        const length = compressor.compress(bytes, 0, bytes.length, output, capacity);
        expect(length).toBeLessThanOrEqual(capacity);
        expect(output.slice(capacity).every((byte) => byte === 0x55)).toBe(true);
        if (length > 0) {
          const restored = new Uint8Array(bytes.length);
          expect(decompressLzf(output, 0, length, restored, bytes.length)).toBe(true);
          expect(restored).toEqual(bytes);
        }
      }),
    );
    const noise = Uint8Array.from({ length: 64 }, (_, i) => (i * 167) & 0xff);
    expect(compressor.compress(noise, 0, 64, new Uint8Array(60))).toBe(0);
    expect(compressor.compress(noise, 5, 5, new Uint8Array(60))).toBe(0);
  });

  it('decodes the three forms of the format', () => {
    const cases: [number[], string][] = [
      [[2, 97, 98, 99], 'abc'],
      [[0, 97, 0x20, 0], 'aaaa'],
      [[1, 97, 98, 0xe0, 1, 1], 'abababababab'],
    ];
    for (const [input, text] of cases) {
      const output = new Uint8Array(text.length);
      expect(decompressLzf(Uint8Array.from(input), 0, input.length, output, text.length)).toBe(true);
      expect(new TextDecoder().decode(output)).toBe(text);
    }
  });

  it('refuses damaged input', () => {
    const cases: [string, number[], number][] = [
      ['literals cut short', [5, 97], 6],
      ['literals past the expected length', [2, 97, 98, 99], 2],
      ['less than expected', [2, 97, 98, 99], 4],
      ['a match without its offset', [0, 97, 0x20], 4],
      ['a long match without its length', [0, 97, 0xe0], 10],
      ['a long match without its offset', [0, 97, 0xe0, 1], 11],
      ['a match before the beginning', [0, 97, 0x20, 1], 4],
      ['a match past the expected length', [0, 97, 0x20, 0], 3],
      ['nothing', [], 1],
    ];
    for (const [what, input, length] of cases) {
      const output = new Uint8Array(40);
      expect(decompressLzf(Uint8Array.from(input), 0, input.length, output, length), what).toBe(false);
      expect(
        output.slice(length).every((byte) => byte === 0),
        what,
      ).toBe(true);
    }
    expect(decompressLzf(Uint8Array.of(2, 97, 98, 99), 0, 4, new Uint8Array(2), 3)).toBe(false);
  });

  it('stays within its output for any input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(200), (input, length) => {
        const output = new Uint8Array(length + 20).fill(0x55);
        decompressLzf(input, 0, input.length, output, length, 10);
        expect(output.slice(0, 10).every((byte) => byte === 0x55)).toBe(true);
        expect(output.slice(length + 10).every((byte) => byte === 0x55)).toBe(true);
      }),
    );
  });
});

/** A length as RDB files have it, below 2^32. */
function rdbLength(length: number): number[] {
  if (length < 64) return [length];
  if (length < 16_384) return [0x40 | (length >> 8), length & 0xff];
  return [0x80, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff];
}

describe.skipIf(!hasReferenceRedis)('LZF beside Redis', () => {
  const redis = referenceClient();

  it('reads what Redis compressed', async () => {
    await fc.assert(
      fc.asyncProperty(compressible, async (tail) => {
        const value = Buffer.concat([Buffer.alloc(100, 'abc'), tail]);
        await redis.client.call('SET', 'k', value);
        const payload = Buffer.from(readReply(await redis.client.raw('DUMP', 'k')).text ?? '', 'latin1');
        // Type 0, encoding 3: compressed; then the two lengths.
        expect([payload[0], payload[1]]).toEqual([0, 0xc3]);
        let at = 2;
        const readLength = () => {
          const first = payload[at++];
          if (first < 0x40) return first;
          if (first < 0x80) return ((first & 0x3f) << 8) | payload[at++];
          at += 4;
          return payload.readUInt32BE(at - 4);
        };
        const length = readLength();
        expect(readLength()).toBe(value.length);
        const output = new Uint8Array(value.length);
        expect(decompressLzf(payload, at, at + length, output, value.length)).toBe(true);
        expect(Buffer.from(output).equals(value)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('writes what Redis decompresses', async () => {
    await fc.assert(
      fc.asyncProperty(compressible, async (value) => {
        const body = compressed(value);
        const head = [0, 0xc3, ...rdbLength(body.length), ...rdbLength(value.length)];
        const signed = Uint8Array.from([...head, ...body, 10, 0]);
        const crc = new Crc64();
        crc.update(signed, 0, signed.length);
        expect(await redis.client.call('RESTORE', 'k', 0, Buffer.concat([signed, crc.digest()]), 'REPLACE')).toBe('OK');
        const text = readReply(await redis.client.raw('GET', 'k')).text ?? '';
        expect(Buffer.from(text, 'latin1').equals(value)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
