import { afterEach, expect, it, vi } from 'vitest';
import { barOf, LoadBar } from '../../src/program/load-bar.ts';

const progress = { startedSeconds: 0, totalBytes: 200, loadedBytes: 50, secondsLeft: 7, keys: 1234, savedUsedBytes: 0 };

it('shows how far loading is', () => {
  expect(barOf(progress)).toBe(`[${'#'.repeat(8)}${'-'.repeat(22)}]  25 %  1234 keys, 7 s left`);
  expect(barOf({ ...progress, loadedBytes: 200 })).toBe(`[${'#'.repeat(30)}] 100 %  1234 keys, 7 s left`);
  expect(barOf({ ...progress, totalBytes: 0 })).toContain('100 %');
});

afterEach(() => {
  vi.useRealTimers();
});

it('is drawn while there is progress, and cleared at the end', () => {
  vi.useFakeTimers();
  const written: string[] = [];
  let current: typeof progress | null = null;
  const bar = new LoadBar(() => current, { write: (text) => written.push(text) });
  vi.advanceTimersByTime(300);
  expect(written).toEqual([]);
  current = progress;
  vi.advanceTimersByTime(100);
  bar.end();
  vi.advanceTimersByTime(300);
  expect(written).toEqual([`${barOf(progress)}\x1b[K\r`, '\x1b[K']);
});
