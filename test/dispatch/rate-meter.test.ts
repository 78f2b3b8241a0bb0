import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../src/dispatch/rate-meter.ts';

describe('RateMeter', () => {
  it('averages the last sixteen rates', () => {
    const meter = new RateMeter(0);
    for (let i = 1; i <= 16; i++) meter.sample(i * 10, i * 100);
    expect(meter.perSecond).toBe(100);
    for (let i = 17; i <= 24; i++) meter.sample(160, i * 100);
    expect(meter.perSecond).toBe(50);
    for (let i = 25; i <= 32; i++) meter.sample(160, i * 100);
    expect(meter.perSecond).toBe(0);
  });

  it('begins low, as Redis does', () => {
    const meter = new RateMeter(1000);
    meter.sample(16, 1100);
    expect(meter.perSecond).toBe(10);
  });

  it('copes with counters that were reset and clocks that stand still', () => {
    const meter = new RateMeter(0);
    meter.sample(1000, 1000);
    meter.sample(5, 1000);
    expect(meter.perSecond).toBe(1000 / 16);
    meter.sample(16, 2000);
    expect(meter.perSecond).toBe(1016 / 16);
    meter.reset();
    expect(meter.perSecond).toBe(0);
  });
});
