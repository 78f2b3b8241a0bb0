import { describe, expect, it } from 'vitest';
import { AccessClock } from '../../src/keyspace/access-clock.ts';
import { ManualClock } from '../../src/lib/clock.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';

const MINUTE_MS = 60_000;

function make() {
  const clock = new ManualClock();
  return { clock, access: new AccessClock(clock, new Xoshiro128(3)) };
}

describe('the access stamp under LRU', () => {
  it('tells the seconds since the last access', () => {
    const { clock, access } = make();
    const stamp = access.initial();
    clock.advance(90_000);
    access.tick();
    expect(access.idleSeconds(stamp)).toBe(90);
    expect(access.idleSeconds(access.touched(stamp))).toBe(0);
    expect(access.idleSeconds(access.stampOfIdle(1234))).toBe(1234);
  });

  it('wraps around', () => {
    const { clock, access } = make();
    const stamp = access.stampOfIdle(0);
    clock.advance((2 ** 24 - 10) * 1000);
    access.tick();
    expect(access.idleSeconds(stamp)).toBe(2 ** 24 - 10);
    expect(access.stampOfIdle(2 ** 24 - 10)).toBe(stamp);
  });
});

describe('the access stamp under LFU', () => {
  it('counts logarithmically, and decays by the minute', () => {
    const { clock, access } = make();
    access.lfu = true;
    let stamp = access.initial();
    expect(access.decayed(stamp)).toBe(5);
    const counters: number[] = [];
    for (let i = 1; i <= 100_000; i++) {
      stamp = access.touched(stamp);
      if (i === 100 || i === 1000 || i === 100_000) counters.push(access.decayed(stamp));
    }
    // Redis documents about 10, 18 and 142 for a factor of 10.
    expect(counters[0]).toBeGreaterThanOrEqual(7);
    expect(counters[0]).toBeLessThanOrEqual(14);
    expect(counters[1]).toBeGreaterThanOrEqual(14);
    expect(counters[1]).toBeLessThanOrEqual(26);
    expect(counters[2]).toBeGreaterThanOrEqual(120);
    expect(counters[2]).toBeLessThanOrEqual(160);
    clock.advance(10 * MINUTE_MS);
    expect(access.decayed(stamp)).toBe(counters[2] - 10);
    access.decayMinutes = 5;
    expect(access.decayed(stamp)).toBe(counters[2] - 2);
    access.decayMinutes = 0;
    expect(access.decayed(stamp)).toBe(counters[2]);
    access.decayMinutes = 1;
    clock.advance(300 * MINUTE_MS);
    expect(access.decayed(stamp)).toBe(0);
    expect(access.decayed(access.touched(stamp))).toBe(1);
    expect(access.decayed(access.stampOfFrequency(77))).toBe(77);
  });

  it('keeps to 24 bits and stops at 255', () => {
    const { access } = make();
    access.lfu = true;
    access.logFactor = 0;
    let stamp = access.initial();
    for (let i = 0; i < 1000; i++) stamp = access.touched(stamp);
    expect(access.decayed(stamp)).toBe(255);
    expect(stamp >>> 24).toBe(0);
  });
});
