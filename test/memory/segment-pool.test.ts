import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { SEGMENT_BYTES } from '../../src/memory/layout.ts';
import { SegmentPool } from '../../src/memory/segment-pool.ts';

describe('the pool of segments', () => {
  it('hands retired segments out again, and keeps only a few', () => {
    const pool = new SegmentPool();
    const segments = Array.from({ length: 6 }, () => pool.take());
    expect(new Set(segments).size).toBe(6);
    for (const segment of segments) {
      expect(segment?.byteLength).toBe(SEGMENT_BYTES);
      pool.give(segment as SharedArrayBuffer);
    }
    const again = Array.from({ length: 6 }, () => pool.take());
    expect(again.filter((segment) => segments.includes(segment))).toHaveLength(2);
  });

  it('has what it drops collected soon, but never twice in a moment', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const collections: number[] = [];
      const pool = new SegmentPool(() => void collections.push(performance.now()));
      pool.keeps = false;
      const startMs = performance.now();
      const drop = (count: number): void => {
        for (let i = 0; i < count; i++) pool.give(new SharedArrayBuffer(0));
      };
      drop(3);
      vi.advanceTimersByTime(999);
      expect(collections).toEqual([]);
      vi.advanceTimersByTime(1);
      // Twice, since the first one may have come too early.
      vi.advanceTimersByTime(5000);
      expect(collections).toEqual([startMs + 1000, startMs + 2000]);

      drop(20);
      vi.advanceTimersByTime(1);
      drop(20);
      vi.advanceTimersByTime(10_000);
      expect(collections.slice(2).map((ms) => ms - startMs - 6000)).toEqual([0, 250, 1250]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps none after it was trimmed, or told not to', () => {
    const pool = new SegmentPool();
    const segments = Array.from({ length: 3 }, () => pool.take() as SharedArrayBuffer);
    pool.give(segments[0]);
    pool.trim();
    pool.keeps = false;
    pool.give(segments[1]);
    pool.keeps = true;
    pool.give(segments[2]);
    const again = Array.from({ length: 3 }, () => pool.take());
    expect(again.filter((segment) => segments.includes(segment as SharedArrayBuffer))).toEqual([segments[2]]);
  });
});

describe('a process whose heap was emptied', () => {
  it('gives the memory back to the system', () => {
    const program = fileURLToPath(new URL('./give-back-program.ts', import.meta.url));
    const output = execFileSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' });
    const { before, full, after, reserved } = JSON.parse(output);
    expect(full - before).toBeGreaterThan(550 * 1024 * 1024);
    expect(after - before).toBeLessThan(160 * 1024 * 1024);
    expect(reserved).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
  });
});
