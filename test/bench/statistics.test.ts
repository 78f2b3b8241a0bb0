import { expect, test } from 'vitest';
import { maximum, median, percentile } from '../../bench/statistics.ts';

test('median of odd and even samples, whatever their order', () => {
  expect(median([30, 2, 100])).toBe(30);
  expect(median([30, 2, 100, 4])).toBe(17);
});

test('percentile is the nearest rank', () => {
  const sample = Array.from({ length: 1000 }, (_, index) => 1000 - index);
  expect(percentile(sample, 0.999)).toBe(999);
  expect(percentile(sample, 0.5)).toBe(500);
  expect(percentile(sample, 0)).toBe(1);
  expect(percentile(sample, 1)).toBe(1000);
});

test('maximum', () => {
  expect(maximum([3, 20, 1])).toBe(20);
});

test('an empty sample is refused', () => {
  expect(() => median([])).toThrow(RangeError);
});
