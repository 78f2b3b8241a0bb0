import { expect, test } from 'vitest';
import { parseReport } from '../../bench/redis-benchmark.ts';

const heading =
  '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"';

test('reads the columns by name', () => {
  const row = '"MSET (10 keys)","122549.02","6.409","0.440","5.879","12.247","16.671","23.567"';
  expect(parseReport(`${heading}\n${row}\n`)).toEqual({
    requestsPerSecond: 122549.02,
    p50Ms: 5.879,
    p99Ms: 16.671,
    maxMs: 23.567,
  });
});

test('ignores what comes before the heading', () => {
  const row = '"SET","1190476.25","0.607","0.176","0.575","0.927","1.135","1.783"';
  expect(parseReport(`WARNING: Could not fetch server CONFIG\n${heading}\n${row}\n`).requestsPerSecond).toBe(
    1190476.25,
  );
});

test('output without a result is an error', () => {
  expect(() => parseReport('Error from server: ERR unknown command')).toThrow('no result');
  expect(() => parseReport('"test","rps"\n"SET","nan"\n')).toThrow('no rps');
});
