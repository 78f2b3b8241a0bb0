import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock, SystemClock } from '../../src/lib/clock.ts';

describe('SystemClock', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is the wall clock, in whole units', () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_123);
    const clock = new SystemClock();
    expect(clock.nowMs()).toBe(1_700_000_000_123);
    const us = clock.nowUs();
    expect(Number.isInteger(us)).toBe(true);
    expect(Math.abs(us / 1000 - 1_700_000_000_123)).toBeLessThanOrEqual(2);
  });

  it('moves within a millisecond and follows a wall clock that is set', () => {
    const wall = vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000);
    const monotonic = vi.spyOn(performance, 'now').mockReturnValue(5000);
    const clock = new SystemClock();
    const first = clock.nowUs();
    monotonic.mockReturnValue(5000.25);
    expect(clock.nowUs() - first).toBe(250);
    wall.mockReturnValue(1_600_000_000_000);
    expect(clock.nowUs()).toBe(1_600_000_000_000_000);
    expect(clock.monotonicMs()).toBe(5000.25);
  });
});

describe('ManualClock', () => {
  it('stands still, advances and can be set', () => {
    const clock = new ManualClock(1000.5);
    expect([clock.nowMs(), clock.nowUs(), clock.monotonicMs()]).toEqual([1000, 1_000_500, 0]);
    clock.advance(1.25);
    expect([clock.nowMs(), clock.nowUs(), clock.monotonicMs()]).toEqual([1001, 1_001_750, 1.25]);
    clock.set(10);
    expect([clock.nowMs(), clock.nowUs(), clock.monotonicMs()]).toEqual([10, 10_000, 1.25]);
  });

  it('begins at a plausible date', () => {
    expect(new Date(new ManualClock().nowMs()).getUTCFullYear()).toBe(2023);
  });
});
