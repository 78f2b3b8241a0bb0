/**
 * When a snapshot is due by itself: after so many seconds with at least so many changes, several pairs of them, each
 * of which suffices (`save`).
 */
import type { SavePoint } from '../config/kinds/save-points.ts';

/** After a save has failed, nothing is tried again for so long. */
const RETRY_DELAY_SECONDS = 5;

/** What is known of the last saves; times are Unix seconds. */
export interface SaveHistory {
  readonly changes: number;
  readonly lastSaveSeconds: number;
  readonly lastTrySeconds: number;
  readonly lastTrySucceeded: boolean;
}

/** True unless a save has failed only just now. */
export function mayTryAgain(history: SaveHistory, nowSeconds: number): boolean {
  return history.lastTrySucceeded || nowSeconds - history.lastTrySeconds > RETRY_DELAY_SECONDS;
}

/** The first of the pairs by which a snapshot is due, or null. */
export function duePoint(points: readonly SavePoint[], history: SaveHistory, nowSeconds: number): SavePoint | null {
  if (points.length === 0 || !mayTryAgain(history, nowSeconds)) return null;
  const elapsed = nowSeconds - history.lastSaveSeconds;
  return points.find(({ seconds, changes }) => history.changes >= changes && elapsed > seconds) ?? null;
}
