import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatMemorySize, parseMemorySize } from '../../src/lib/memory-size.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { referenceClient } from '../support/reference-client.ts';

describe('parseMemorySize', () => {
  it.each([
    ['0', 0n],
    ['1024', 1024n],
    ['1b', 1n],
    ['1k', 1000n],
    ['1kb', 1024n],
    ['2M', 2_000_000n],
    ['2Mb', 2_097_152n],
    ['64mb', 64n << 20n],
    ['1g', 1_000_000_000n],
    ['1Gb', 1n << 30n],
    ['3gB', 3n << 30n],
    ['007', 7n],
    ['', 0n],
    ['kb', 0n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['99999999999999999999999', 2n ** 64n - 1n],
    ['18446744073709551615k', 2n ** 64n - 1000n],
    ['18446744073709551616gb', 2n ** 64n - (1n << 30n)],
  ])('%j is %d', (text, bytes) => {
    expect(parseMemorySize(text)).toBe(bytes);
  });

  it.each(['-1', '+1', '1.5mb', '1 mb', ' 1', '1tb', '1kbb', '1mib', 'mb1', '1k\n', '1'.repeat(128)])(
    '%j is refused',
    (text) => {
      expect(parseMemorySize(text)).toBe(null);
    },
  );

  it('reads what formatMemorySize writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 40n }), fc.constantFrom(1n, 1024n, 1n << 20n), (count, unit) => {
        expect(parseMemorySize(formatMemorySize(count * unit))).toBe(count * unit);
      }),
    );
    expect(formatMemorySize(1536 * 1024)).toBe('1536kb');
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0B'],
    [1023, '1023B'],
    [1024, '1.00K'],
    [1152, '1.12K'],
    [1408, '1.38K'],
    [1664, '1.62K'],
    [1920, '1.88K'],
    [1024 * 1024 - 1, '1024.00K'],
    [1024 * 1024, '1.00M'],
    [1_289_748, '1.23M'],
    [1024 ** 3, '1.00G'],
    [1024 ** 4 * 2.5, '2.50T'],
    [1024 ** 5, '1.00P'],
    [1024 ** 6, '1152921504606846976B'],
  ])('%d is %j', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe.skipIf(!hasReferenceRedis)('memory sizes beside Redis', () => {
  const redis = referenceClient();

  it('read and print alike', async () => {
    const digits = fc.oneof(
      fc.nat().map(String),
      fc.bigInt({ min: 0n, max: 2n ** 50n }).map(String),
      // Multiples of 32 come upon the ties in rounding.
      fc.nat(100_000).map((n) => String(n * 32)),
    );
    const unit = fc.constantFrom('', '', 'b', 'k', 'KB', 'm', 'mB', 'g', 'Gb', 't', '.', ' ');
    const text = fc.tuple(digits, unit).map(([number, suffix]) => number + suffix);
    await fc.assert(
      fc.asyncProperty(text, async (each) => {
        const bytes = parseMemorySize(each);
        const reply = await redis.client.raw('CONFIG', 'SET', 'maxmemory', each);
        if (bytes === null) {
          expect(reply.toString(), each).toContain('argument must be a memory value');
          return;
        }
        expect(reply.toString(), each).toBe('+OK\r\n');
        if (bytes > Number.MAX_SAFE_INTEGER) return;
        expect(await redis.client.call('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', String(bytes)]);
        expect(await redis.client.call('INFO', 'memory')).toContain(
          `maxmemory_human:${formatBytes(Number(bytes))}\r\n`,
        );
      }),
      { numRuns: 300 },
    );
  });
});
