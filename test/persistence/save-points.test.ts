import { describe, expect, it } from 'vitest';
import { duePoint, mayTryAgain, type SaveHistory } from '../../src/persistence/save-points.ts';

const POINTS = [
  { seconds: 3600, changes: 1 },
  { seconds: 300, changes: 100 },
  { seconds: 60, changes: 10_000 },
];

function history(changes: number, facts: Partial<SaveHistory> = {}): SaveHistory {
  return { changes, lastSaveSeconds: 1000, lastTrySeconds: 0, lastTrySucceeded: true, ...facts };
}

describe('save points', () => {
  it.each([
    [9_999, 61, null],
    [10_000, 60, null],
    [10_000, 61, 60],
    [100, 300, null],
    [100, 301, 300],
    [99, 3600, null],
    [1, 3601, 3600],
    [0, 100_000, null],
    [20_000, 4000, 3600],
  ])('%d changes in %d seconds', (changes, seconds, due) => {
    expect(duePoint(POINTS, history(changes), 1000 + seconds)?.seconds ?? null).toBe(due);
  });

  it('are not due where there are none', () => {
    expect(duePoint([], history(1_000_000), 1_000_000)).toBeNull();
  });

  it('wait for more than five seconds after a failure', () => {
    const failed = history(10_000, { lastTrySeconds: 2000, lastTrySucceeded: false });
    expect(mayTryAgain(failed, 2005)).toBe(false);
    expect(duePoint(POINTS, failed, 2005)).toBeNull();
    expect(duePoint(POINTS, failed, 2006)).not.toBeNull();
    expect(mayTryAgain({ ...failed, lastTrySucceeded: true }, 2000)).toBe(true);
  });
});
