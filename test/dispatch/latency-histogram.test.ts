import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../src/dispatch/latency-histogram.ts';

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('LatencyHistogram', () => {
  it('finds percentiles to about three per cent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 0, max: 100 }),
        (values, percentile) => {
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil((sorted.length * percentile) / 100)) - 1];
          const found = histogramOf(values).percentile(percentile);
          expect(found).toBeGreaterThanOrEqual(exact);
          expect(found).toBeLessThanOrEqual(exact * 1.032);
        },
      ),
    );
  });

  it('counts how many took no longer than the bounds of Redis', () => {
    expect(histogramOf([]).cumulative()).toEqual([]);
    expect(histogramOf([0, 1, 2, 3, 4, 33, 34, 131, 70_000, 1_082_000, 5_000_000]).cumulative()).toEqual([
      [1, 2],
      [2, 3],
      [4, 5],
      [33, 6],
      [66, 7],
      [132, 8],
      [135_266, 9],
      [1_082_130, 11],
    ]);
  });

  it('loses no call', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 33 }), { minLength: 1 }), (values) => {
        const rows = histogramOf(values).cumulative();
        expect(rows.at(-1)?.[1]).toBe(values.length);
        for (let i = 1; i < rows.length; i++) {
          expect(rows[i][0]).toBeGreaterThan(rows[i - 1][0]);
          expect(rows[i][1]).toBeGreaterThan(rows[i - 1][1]);
        }
      }),
    );
  });

  it('counts more calls than 32 bits hold', () => {
    const histogram = new LatencyHistogram();
    const calls = 2 ** 32 + 5;
    histogram.record(0, calls);
    histogram.record(100, 1);
    expect(histogram.count).toBe(calls + 1);
    expect(histogram.percentile(99)).toBe(0);
    expect(histogram.cumulative()).toEqual([
      [1, calls],
      [132, calls + 1],
    ]);
  });

  it('forgets', () => {
    const histogram = histogramOf([1, 2, 3]);
    histogram.reset();
    expect(histogram.count).toBe(0);
    expect(histogram.percentile(50)).toBe(0);
  });
});
