/**
 * What commands may ask of whatever keeps the data set on disk. The engine satisfies it.
 */
import type { ReplyError } from '../protocol/reply-error.ts';

/** For INFO. Moments are Unix seconds, durations seconds. */
export interface PersistenceStatus {
  /** When the data set was last saved, or the server started. */
  readonly lastSaveSeconds: number;
  readonly lastBackgroundSaveOk: boolean;
  /** How long the last save in the background took; -1 before the first. */
  readonly lastBackgroundSeconds: number;
  /** Files begun. */
  readonly saves: number;
  /** How often the data set was frozen, and how long that took the last time. */
  readonly freezes: number;
  readonly lastFreezeUs: number;
  /** Bytes of memory that the last save took: what was replaced or freed meanwhile, and yet kept for it. */
  readonly lastKeptBytes: number;
  /** CONFIG RESETSTAT: what is counted begins anew. */
  resetCounters(): void;
}

export interface PersistenceService {
  readonly status: PersistenceStatus;
  /** A snapshot is being written. */
  readonly isRunning: boolean;
  /** One that no client waits for. */
  readonly isRunningInBackground: boolean;
  /** How long it has been, -1 when there is none. */
  readonly currentSeconds: number;
  readonly currentKeys: number;
  readonly currentTotalKeys: number;
  /** The same of the one under way. */
  readonly currentKeptBytes: number;
  /** What writes are to be answered with because the data set can't be saved; null while they are allowed. */
  readonly writeRefusal: ReplyError | null;
  /**
   * Saves the data set as it is now; `done` is told later whether it is on disk. False when that can't be because a save
   * in the background is under way.
   */
  save(done: (saved: boolean) => void): boolean;
  /** Saves at once, while nobody is served. False when that fails. */
  saveAtOnce(): boolean;
  /** Saves in the background; nothing may be under way. False when that could not be started. */
  startInBackground(): boolean;
  /** Saves in the background as soon as nothing is under way. */
  schedule(): void;
  /** All databases were emptied by a client. Null, or what resolves when the files know. */
  flushed(): Promise<void> | null;
}
