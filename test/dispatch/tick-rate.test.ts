import { expect, it } from 'vitest';
import { tickRate } from '../../src/dispatch/tick-rate.ts';

it('is doubled for many clients, up to 500', () => {
  expect(tickRate(10, 0)).toBe(10);
  expect(tickRate(10, 2009)).toBe(10);
  expect(tickRate(10, 2010)).toBe(20);
  expect(tickRate(1, 1000)).toBe(8);
  expect(tickRate(10, 10_000_000)).toBe(500);
  expect(tickRate(400, 1_000_000)).toBe(500);
});
