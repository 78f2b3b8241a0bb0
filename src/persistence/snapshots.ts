/**
 * The server's snapshots: SAVE, BGSAVE, save points, and what FLUSHALL and a shutdown do to them.
 *
 * Only one file is written at a time. A save in the background may be aborted, and is then abandoned at once: its
 * thread can't replace the file any more, and its frozen memory is released when the thread has ended. One that a
 * client or a shutdown waits for is never aborted by others; what would replace its file waits for it.
 */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Keyspace, KeyspaceSnapshot } from '../keyspace/keyspace.ts';
import { errors } from '../protocol/errors.ts';
import type { ReplyError } from '../protocol/reply-error.ts';
import { BufferSink } from './byte-sink.ts';
import { RdbWriter } from './rdb/rdb-writer.ts';
import { SmallSnapshot } from './rdb/small-snapshot.ts';
import { SnapshotEncoder } from './rdb/snapshot-encoder.ts';
import { SnapshotFile, SnapshotFileError } from './rdb/snapshot-file.ts';
import { failureText, type Saving, SnapshotJob, type SnapshotOutcome } from './rdb/snapshot-job.ts';
import type { SnapshotPlace } from './rdb/snapshot-task.ts';
import { duePoint, mayTryAgain, type SaveHistory } from './save-points.ts';
import { rdbSettings, type SnapshotOrigin, snapshotFacts } from './snapshot-request.ts';
import { backgroundSaveFileName, saveFileName } from './temporary-files.ts';

const SMALL_BUFFER_BYTES = 4096;
const BUFFER_BYTES = 256 * 1024;

export interface SnapshotsOptions extends SnapshotOrigin {
  readonly log: (level: 'verbose' | 'notice' | 'warning', message: string) => void;
  /** Something else is being written in the background, which excludes saves that begin by themselves. */
  readonly isExcluded?: () => boolean;
  /** Told when writes begin or cease to be refused because a save has failed. */
  readonly onRefusalChange: (refused: boolean) => void;
}

/** For INFO; times are Unix seconds, durations seconds. */
class SnapshotStatus {
  lastSaveSeconds: number;
  lastBackgroundSaveOk = true;
  lastBackgroundSeconds = -1;
  saves = 0;
  freezes = 0;
  lastFreezeUs = 0;
  lastKeptBytes = 0;

  constructor(startedSeconds: number) {
    this.lastSaveSeconds = startedSeconds;
  }

  resetCounters(): void {
    this.saves = this.freezes = this.lastFreezeUs = 0;
  }
}

type Kind = 'background' | 'foreground';

/** A save under way. */
interface Current {
  readonly kind: Kind;
  readonly saving: Saving;
  readonly place: SnapshotPlace;
  readonly totalKeys: number;
  readonly startedSeconds: number;
  /** Of the keyspace, when it was frozen. */
  readonly dirty: number;
  readonly keptBytes: number;
  /** Resolves when the save is over and its outcome taken note of. */
  readonly over: Promise<boolean>;
}

export class Snapshots {
  readonly status: SnapshotStatus;
  private readonly options: SnapshotsOptions;
  private readonly keyspace: Keyspace;
  private readonly config: Config;
  private current: Current | null = null;
  /** Saves that were aborted and whose threads have not ended yet. */
  private readonly abandoned = new Set<Promise<unknown>>();
  private isScheduled = false;
  private lastTrySeconds = 0;
  private isOpen = false;
  private isRefusing = false;

  constructor(options: SnapshotsOptions) {
    this.options = options;
    this.keyspace = options.keyspace;
    this.config = options.config;
    this.status = new SnapshotStatus(this.nowSeconds());
    this.config.onChangeOfAny(['save', 'stop-writes-on-bgsave-error'], () => this.refresh());
  }

  /** From now on saves happen by themselves: by save points, and after FLUSHALL. */
  open(): void {
    this.isOpen = true;
    this.status.lastSaveSeconds = this.nowSeconds();
  }

  /** Aborts what is under way, and resolves when nothing is any more. */
  async close(): Promise<void> {
    this.isOpen = false;
    this.isScheduled = false;
    while (this.current !== null) if (!this.abandon()) await this.current.over;
    await Promise.all(this.abandoned);
  }

  /** What writes are answered with because the last save has failed; null while they are allowed. */
  get writeRefusal(): ReplyError | null {
    return this.isRefusing ? errors.misconf : null;
  }

  // For INFO

  get isRunning(): boolean {
    return this.current !== null;
  }

  get isRunningInBackground(): boolean {
    return this.current?.kind === 'background';
  }

  /** Of the save under way; -1 when there is none. */
  get currentSeconds(): number {
    return this.current === null ? -1 : this.nowSeconds() - this.current.startedSeconds;
  }

  get currentKeys(): number {
    return this.current?.saving.keys ?? 0;
  }

  get currentTotalKeys(): number {
    return this.current?.totalKeys ?? 0;
  }

  /** Bytes of blocks that are kept for the save under way only. */
  get currentKeptBytes(): number {
    return this.current === null ? 0 : this.keyspace.heap.keptBytes - this.current.keptBytes;
  }

  // Commands

  /**
   * SAVE. `done` is told later whether the file is written. False when a save in the background is under way, which
   * excludes it; one in the foreground is waited for.
   */
  save(done: (saved: boolean) => void): boolean {
    if (this.isRunningInBackground) return false;
    this.status.saves++;
    void this.saveInForeground().then(done);
    return true;
  }

  /** BGSAVE. False when the save could not even be started, which is logged. Nothing may be under way. */
  startInBackground(): boolean {
    this.status.saves++;
    this.lastTrySeconds = this.nowSeconds();
    const current = this.begin('background');
    if (current === null) {
      this.status.lastBackgroundSaveOk = false;
      this.refresh();
      return false;
    }
    this.log('notice', `Background saving started by pid ${process.pid}`);
    return true;
  }

  /** Has a save in the background start as soon as nothing else is under way. */
  schedule(): void {
    this.isScheduled = true;
  }

  /**
   * FLUSHALL has emptied the keyspace: aborts the save in the background, so that what was flushed does not come back,
   * and with save points writes a file without it. Answers null, or what resolves when no file changes any more for
   * what was before.
   */
  flushed(): Promise<void> | null {
    if (!this.isOpen) return null;
    const { current } = this;
    const isLate = current?.kind === 'background' && !this.abandon();
    if (this.config.get('save').length > 0) return this.saveInForeground().then(() => undefined);
    return isLate ? current.over.then(() => undefined) : null;
  }

  /** The server stops: aborts the save in the background. Resolves when none can replace a file any more. */
  async endBackground(): Promise<void> {
    this.isScheduled = false;
    if (this.current?.kind !== 'background') return;
    this.log('warning', 'There is a child saving an .rdb. Killing it!');
    if (!this.abandon()) await this.current.over;
  }

  /** The process ends at once: removes the file that is being written. */
  discardUnfinished(): void {
    if (this.current === null) return;
    const { directory, temporaryName } = this.current.place;
    rmSync(join(directory, temporaryName), { force: true });
  }

  /** Writes a file and resolves to whether it is in place. What is under way in the foreground is waited for. */
  async saveInForeground(): Promise<boolean> {
    while (this.current !== null) await this.current.over;
    const current = this.begin('foreground');
    return current === null ? false : current.over;
  }

  /**
   * Writes the file at once, while nobody is served, for tests that need that. False when it fails, which is logged.
   * A save in the background is aborted.
   */
  saveAtOnce(): boolean {
    const { keyspace, status } = this;
    if (this.isRunningInBackground) this.abandon();
    const place = this.nextPlace('foreground');
    const settings = rdbSettings(this.config);
    const file = new SnapshotFile(place, settings.incrementalFsync);
    const frozen = keyspace.freeze();
    try {
      file.open();
      const writer = new RdbWriter(file, { ...settings, bufferBytes: BUFFER_BYTES });
      new SnapshotEncoder(keyspace.heap, writer, snapshotFacts(this.options, false), () => undefined).write(
        frozen.roots,
      );
      file.finish();
      file.rename();
    } catch (error) {
      file.discard();
      if (!(error instanceof SnapshotFileError)) throw error;
      this.log('warning', failureText(error.failure, place));
      return false;
    } finally {
      keyspace.release(frozen);
    }
    keyspace.dirty = 0;
    status.lastSaveSeconds = this.nowSeconds();
    status.lastBackgroundSaveOk = true;
    this.refresh();
    return true;
  }

  /** To be called several times a second: starts what is due. */
  cron(): void {
    if (!this.isOpen || this.current !== null || this.options.isExcluded?.() === true) return;
    const nowSeconds = this.nowSeconds();
    const history = this.history();
    const point = duePoint(this.config.get('save'), history, nowSeconds);
    if (point !== null) {
      this.log('notice', `${point.changes} changes in ${point.seconds} seconds. Saving...`);
      this.startInBackground();
    } else if (this.isScheduled && mayTryAgain(history, nowSeconds)) {
      this.isScheduled = !this.startInBackground();
    }
  }

  private history(): SaveHistory {
    return {
      changes: this.keyspace.dirty,
      lastSaveSeconds: this.status.lastSaveSeconds,
      lastTrySeconds: this.lastTrySeconds,
      lastTrySucceeded: this.status.lastBackgroundSaveOk,
    };
  }

  /** Freezes the keyspace and has it written; null when that can't even begin, which is logged. */
  private begin(kind: Kind): Current | null {
    const { keyspace } = this;
    const place = this.nextPlace(kind);
    const totalKeys = keyspace.keyCount;
    let frozen: KeyspaceSnapshot | null = null;
    let saving: Saving;
    if (totalKeys === 0) {
      saving = new SmallSnapshot(this.emptyFile(), place);
    } else {
      const startMs = performance.now();
      frozen = keyspace.freeze();
      this.status.lastFreezeUs = Math.round((performance.now() - startMs) * 1000);
      this.status.freezes++;
      try {
        saving = new SnapshotJob({
          frozen,
          place,
          settings: rdbSettings(this.config),
          facts: snapshotFacts(this.options, false),
        });
      } catch (error) {
        keyspace.release(frozen);
        this.log('warning', `Can't save in background: ${error instanceof Error ? error.message : String(error)}`);
        return null;
      }
    }
    const current: Current = {
      kind,
      saving,
      place,
      totalKeys,
      startedSeconds: this.nowSeconds(),
      dirty: keyspace.dirty,
      keptBytes: keyspace.heap.keptBytes,
      over: saving.outcome.then((outcome) => {
        if (frozen !== null) keyspace.release(frozen);
        if (this.current !== current) return false;
        this.end(current, outcome);
        return outcome.kind === 'saved';
      }),
    };
    this.current = current;
    return current;
  }

  private end(current: Current, outcome: SnapshotOutcome): void {
    const { status } = this;
    const isSaved = outcome.kind === 'saved';
    status.lastKeptBytes = this.currentKeptBytes;
    this.current = null;
    if (outcome.kind === 'failed') this.log('warning', failureText(outcome, current.place));
    if (isSaved) {
      this.keyspace.dirty -= current.dirty;
      status.lastSaveSeconds = this.nowSeconds();
      status.lastBackgroundSaveOk = true;
      this.log('notice', 'DB saved on disk');
    }
    if (current.kind === 'background') {
      status.lastBackgroundSaveOk = isSaved;
      status.lastBackgroundSeconds = this.nowSeconds() - current.startedSeconds;
      if (isSaved) this.log('notice', 'Background saving terminated with success');
      else if (outcome.kind === 'died') this.log('warning', `Background saving terminated: ${outcome.reason}`);
      else this.log('warning', 'Background saving error');
    } else if (outcome.kind === 'died') {
      this.log('warning', `Saving failed: ${outcome.reason}`);
    }
    this.refresh();
  }

  /** Aborts the save under way and forgets it; false when it is too late for that. */
  private abandon(): boolean {
    const { current } = this;
    if (current === null || !current.saving.abort()) return false;
    this.current = null;
    this.log('notice', 'Background saving aborted');
    const over = current.over.finally(() => this.abandoned.delete(over));
    this.abandoned.add(over);
    return true;
  }

  private refresh(): void {
    const { config, status } = this;
    const refuses = config.get('stop-writes-on-bgsave-error') && config.get('save').length > 0;
    const isRefusing = refuses && !status.lastBackgroundSaveOk;
    if (isRefusing === this.isRefusing) return;
    this.isRefusing = isRefusing;
    this.options.onRefusalChange(isRefusing);
  }

  private nextPlace(kind: Kind): SnapshotPlace {
    return {
      directory: resolve(this.config.get('dir')),
      temporaryName: kind === 'background' ? backgroundSaveFileName() : saveFileName(),
      name: this.config.get('dbfilename'),
    };
  }

  /** The file of a keyspace without keys. */
  private emptyFile(): Uint8Array {
    const sink = new BufferSink();
    const writer = new RdbWriter(sink, { ...rdbSettings(this.config), bufferBytes: SMALL_BUFFER_BYTES });
    new SnapshotEncoder(this.keyspace.heap, writer, snapshotFacts(this.options, false), () => undefined).write({
      databases: [],
    });
    return sink.take();
  }

  private nowSeconds(): number {
    return Math.floor(this.options.clock.nowMs() / 1000);
  }

  private log(level: 'verbose' | 'notice' | 'warning', message: string): void {
    this.options.log(level, message);
  }
}
