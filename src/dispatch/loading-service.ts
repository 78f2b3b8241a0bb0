/**
 * What commands may ask of whatever loads the data set from disk. The engine satisfies it.
 */

/** How far loading is. */
export interface LoadProgress {
  /** When it began, in Unix seconds. */
  readonly startedSeconds: number;
  readonly totalBytes: number;
  readonly loadedBytes: number;
  /** About how many seconds it will take yet. */
  readonly secondsLeft: number;
  /** Keys so far. */
  readonly keys: number;
  /** The memory that the server took which wrote the file; 0 where the file does not say (yet). */
  readonly savedUsedBytes: number;
}

/** Where a data set has come from at the start; docs/persistence.md has a table of what is chosen when. */
export type LoadSource = 'none' | 'rdb' | 'aof' | 'aof-single-file' | 'aof-sound-part';

export interface LoadingService {
  readonly source: LoadSource;
  /** Null while nothing is loaded. */
  readonly progress: LoadProgress | null;
  /** Of the last load: keys, and those left out because their time was over. */
  readonly lastKeys: number;
  readonly lastExpiredKeys: number;
  /**
   * Loads the file at once, in place of all keys or, with `keeps`, in addition to them; with `overwrites`, keys that
   * are there may be in the file too. False when that fails, which is logged: nothing has changed then.
   */
  reload(options: { readonly keeps: boolean; readonly overwrites: boolean }): boolean;
}
