import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatBytes, parseMemorySize } from '../../src/lib/memory-size.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { RespClient } from '../support/resp-client.ts';
import type { ServerProcess } from '../support/server-process.ts';

describe('parseMemorySize', () => {
  it.each([
    ['0', 0],
    ['1024', 1024],
    ['1b', 1],
    ['1k', 1000],
    ['1kb', 1024],
    ['2M', 2_000_000],
    ['64mb', 64 * 1024 * 1024],
    ['1g', 1_000_000_000],
    ['1Gb', 1024 ** 3],
    ['007', 7],
    ['', 0],
    ['kb', 0],
    ['99999999999999999999999', 2 ** 64],
    ['18446744073709551615k', 2 ** 64 - 1000],
    ['18446744073709551616gb', 2 ** 64 - 1024 ** 3],
  ])('%j is %d', (text, bytes) => {
    expect(parseMemorySize(text)).toBe(bytes);
  });

  it.each(['-1', '+1', '1.5mb', '1 mb', ' 1', '1tb', '1kbb', '1mib', 'mb1', '1k\n', '1'.repeat(128)])(
    '%j is refused',
    (text) => {
      expect(parseMemorySize(text)).toBe(null);
    },
  );
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
  let server: ServerProcess;
  let client: RespClient;
  beforeAll(async () => {
    server = await startRedis();
    client = await server.connect();
  });
  afterAll(() => server?.stop());

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
        const reply = await client.raw('CONFIG', 'SET', 'maxmemory', each);
        if (bytes === null) {
          expect(reply.toString(), each).toContain('argument must be a memory value');
          return;
        }
        expect(reply.toString(), each).toBe('+OK\r\n');
        if (!Number.isSafeInteger(bytes)) return;
        expect(await client.call('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', String(bytes)]);
        expect(await client.call('INFO', 'memory')).toContain(`maxmemory_human:${formatBytes(bytes)}\r\n`);
      }),
      { numRuns: 300 },
    );
  });
});
