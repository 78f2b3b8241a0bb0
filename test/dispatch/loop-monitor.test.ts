import { performance } from 'node:perf_hooks';
import { beforeEach, describe, expect, it } from 'vitest';
import { LatencyMonitor } from '../../src/dispatch/latency-monitor.ts';
import { LoopMonitor } from '../../src/dispatch/loop-monitor.ts';
import { ManualClock } from '../../src/lib/clock.ts';

describe('LoopMonitor', () => {
  let latency: LatencyMonitor;
  let loop: LoopMonitor;
  let delayUs: number;

  beforeEach(() => {
    latency = new LatencyMonitor();
    latency.thresholdMs = 5;
    delayUs = 7_000_000;
    loop = new LoopMonitor(latency, new ManualClock(), () => delayUs);
  });

  it('takes each read by itself where nobody tells the end of turns', () => {
    loop.beginRead(100);
    loop.endRead(103, 1);
    loop.beginRead(103.1);
    loop.endRead(105, 1);
    expect(loop.longestUs).toBe(3000);
  });

  it('takes all reads of a turn together', () => {
    loop.hasTurns = true;
    const startMs = performance.now();
    loop.beginRead(startMs - 30);
    loop.endRead(startMs - 20, 1);
    loop.beginRead(startMs - 20);
    loop.endRead(startMs - 10, 1);
    expect(loop.longestUs).toBe(0);
    loop.endTurn();
    expect(loop.longestUs).toBeGreaterThanOrEqual(30_000);
    // The turn is over: nothing is counted twice.
    const { longestUs } = loop;
    loop.endTurn();
    expect(loop.longestUs).toBe(longestUs);
  });

  it('tells what it held the loop for from what others had the processor for', () => {
    const nowMs = performance.now() + 1000;
    loop.beginRead(nowMs);
    delayUs += 4500;
    loop.endRead(nowMs + 6, 1);
    expect(loop.longestUs).toBe(6000);
    expect(loop.longestRunningUs).toBe(1500);
    // Waited before the stretch began, and looked up when it did.
    delayUs += 50_000;
    loop.beginRead(nowMs + 100);
    delayUs += 1000;
    loop.endRead(nowMs + 103, 1);
    expect(loop.longestRunningUs).toBe(2000);
    loop.beginWork(performance.now() - 20);
    delayUs += 8000;
    loop.endWork();
    expect(loop.longestUs).toBeGreaterThanOrEqual(20_000);
    expect(loop.longestRunningUs).toBeCloseTo(loop.longestUs - 8000);
    loop.reset();
    expect(loop.longestRunningUs).toBe(0);
  });

  it('has a long turn end', () => {
    loop.hasTurns = true;
    loop.beginRead(100);
    expect(loop.endRead(101.9, 1)).toBe(false);
    loop.beginRead(101.9);
    expect(loop.endRead(102, 1)).toBe(true);
    expect(loop.endRead(102, 1000)).toBe(false);
    expect(loop.endRead(106, 1000)).toBe(true);
    loop.endTurn();
    loop.beginRead(102.1);
    expect(loop.endRead(102.2, 1)).toBe(false);
  });

  it('does not take the time between reads that sent nothing for work', () => {
    loop.hasTurns = true;
    const nowMs = performance.now();
    loop.beginRead(nowMs - 1e9);
    loop.endRead(nowMs - 1e9 + 1, 1);
    loop.beginRead(nowMs - 10);
    loop.endRead(nowMs, 1);
    loop.endTurn();
    expect(loop.longestUs).toBeLessThan(1e9);
  });

  it('tells the latency monitor what other events do not explain', () => {
    const stretch = (milliseconds: number, explained: number): void => {
      loop.beginRead(0);
      if (explained > 0) latency.record('command', explained, 0);
      loop.endRead(milliseconds, 1);
    };
    stretch(20, 18);
    expect(latency.events.has('eventloop')).toBe(false);
    stretch(20, 0);
    expect(latency.events.get('eventloop')?.maxMilliseconds).toBe(20);
    stretch(50, 20);
    expect(latency.events.get('eventloop')?.maxMilliseconds).toBe(30);
    expect(loop.longestUs).toBe(50_000);
  });

  it('counts other work', () => {
    loop.beginWork(performance.now() - 40);
    loop.endWork();
    expect(loop.longestUs).toBeGreaterThanOrEqual(40_000);
    loop.reset();
    expect(loop.longestUs).toBe(0);
  });

  it('counts the rounds of the loop and the time that it works', async () => {
    await new Promise(setImmediate);
    loop.reset();
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    expect(loop.busyUs).toBeGreaterThan(0);
    const [major, minor] = process.versions.node.split('.').map(Number);
    if (major > 20 || minor >= 18) expect(loop.cycles).toBeGreaterThanOrEqual(40);
  });
});
