/**
 * What commands may ask of the append-only file. The engine satisfies it.
 */
import type { ReplyError } from '../protocol/reply-error.ts';

/** For INFO. Durations are seconds. */
export interface AppendOnlyStatus {
  readonly lastRewriteOk: boolean;
  /** How long the last successful rewrite took; -1 before the first. */
  readonly lastRewriteSeconds: number;
  /** Rewrites begun. */
  readonly rewrites: number;
  readonly consecutiveFailures: number;
  /** Bytes of blocks that were kept for the last rewrite only. */
  readonly lastKeptBytes: number;
  /** How large all files were after the last rewrite, or at the start. */
  readonly baseBytes: number;
}

export interface AppendOnlyService {
  readonly status: AppendOnlyStatus;
  /** It is on, or will be when its first base is written. */
  readonly isEnabled: boolean;
  /** It is on: replies wait for it. */
  readonly isOn: boolean;
  readonly isRewriting: boolean;
  readonly isRewriteScheduled: boolean;
  /** How long the rewrite under way has been; -1 when there is none. */
  readonly currentSeconds: number;
  readonly currentKeys: number;
  readonly currentTotalKeys: number;
  readonly currentKeptBytes: number;
  /** Of all files. */
  readonly currentBytes: number;
  readonly log: {
    /** Bytes that wait to be written. */
    readonly pendingBytes: number;
    readonly isSyncInFlight: boolean;
    readonly delayedSyncs: number;
    /** Why writing fails; null while it does not. */
    readonly failure: string | null;
  };
  /** What writes are to be answered with because they can't be logged; null while they can. */
  readonly writeRefusal: ReplyError | null;
  /** Begins a rewrite. Nothing may be written in the background. */
  startRewrite(): void;
  /** Has a rewrite begin as soon as nothing is written in the background. */
  scheduleRewrite(): void;
}
