/**
 * Writes the log of commands to the file at its end, and brings it to the disk as `appendfsync` says.
 *
 * The log is a sequence of bytes; a position in it is a count of bytes since the server began, whatever files they went
 * to. Three positions follow each other: {@link AppendLog.appended} behind what has been executed, {@link
 * AppendLog.written} behind what the system has taken, {@link AppendLog.synced} behind what is on the disk. Whoever has
 * something to tell a client waits until the position at which it was said is durable: synced under `always`, written
 * under the other policies.
 *
 * Everything is written once at the end of a turn of the event loop. Under `always` a sync follows in another thread,
 * and what is executed meanwhile is the next group. Under the other policies a write is a plain one, unless a sync is in
 * flight or the disk slow (log-file.ts has the writing itself).
 *
 * A write that fails is done again about once a second; nothing written so far is lost, and what could not be written
 * stays here. A sync that fails can't be done again: the system may have forgotten what it could not store. Only a new
 * file helps then ({@link AppendLog.needsNewFile}).
 */
import { close, closeSync, fdatasync, fdatasyncSync } from 'node:fs';
import { systemErrorText } from '../../lib/system-error.ts';
import type { Args } from '../../protocol/args.ts';
import { CommandBuffer } from './command-buffer.ts';
import { CLOSED, LogFile } from './log-file.ts';

export type FsyncPolicy = 'always' | 'everysec' | 'no';

/** Under `everysec`, a sync begins so long after the last one. */
const SYNC_INTERVAL_MS = 1000;
/** A sync that takes longer than this is one that Redis would not wait for; counted only. */
const DELAYED_SYNC_MS = 2000;

export interface AppendLogOptions {
  /** Unix milliseconds, for annotations. */
  readonly nowMs: () => number;
  /** More has become durable. */
  readonly onDurable: () => void;
  /** Something waits to be written: {@link AppendLog.endTurn} is to be called at the end of the turn. */
  readonly onPending: () => void;
  /** Writing has failed, for this reason, or works again (null). */
  readonly onFailure: (reason: string | null) => void;
  readonly log: (level: 'notice' | 'warning', message: string) => void;
  /** How long a write or sync took, for the latency monitor. */
  readonly onLatency?: (event: string, milliseconds: number) => void;
}

/** A file that is written no more, and has to be on the disk before what came after it. */
interface Retired {
  readonly fd: number;
  /** Behind what it holds. */
  readonly position: number;
}

export class AppendLog {
  /** `aof-timestamp-enabled` */
  annotates = false;
  written = 0;
  synced = 0;
  /** A sync has failed: what is in the file may not be on the disk, and will not be. */
  needsNewFile = false;
  /** Why writing fails; null while it does not. */
  failure: string | null = null;
  /** What could not be written is not tried again for now. */
  isOnHold = false;
  /** How often a sync was still in flight when the next one was due. */
  delayedSyncs = 0;

  private readonly options: AppendLogOptions;
  private readonly buffer = new CommandBuffer();
  private readonly file: LogFile;
  private policy: FsyncPolicy = 'everysec';
  /** Syncs are left out: `no-appendfsync-on-rewrite`, and something is being written in the background. */
  private skipsSyncs = false;
  private isSyncing = false;
  /** The retired file that is being synced. */
  private syncing: Retired | null = null;
  private syncStartedMs = 0;
  private lastSyncMs = 0;
  private retryAtMs = 0;
  private readonly retired: Retired[] = [];
  /** Called when a write or a sync has ended. */
  private idleWaiters: (() => void)[] = [];
  private isPending = false;
  /** Turns whose output still has to wait for what could not be written. */
  private strictTurns = 0;
  private letsThrough = false;

  constructor(options: AppendLogOptions) {
    this.options = options;
    this.file = new LogFile(this.buffer, {
      onTaken: (bytes) => {
        this.written += bytes;
      },
      onWriteEnd: (failure) => this.writeEnded(failure),
      log: options.log,
      ...(options.onLatency === undefined ? {} : { onLatency: options.onLatency }),
    });
  }

  // For subscribers of writes

  append(database: number, args: Args): void {
    this.buffer.append(database, args, this.annotates ? Math.floor(this.options.nowMs() / 1000) : 0);
    if (!this.isPending) this.pend();
  }

  beginUnit(): void {
    this.buffer.beginUnit();
  }

  endUnit(): void {
    this.buffer.endUnit();
    // The unit may have begun many turns ago.
    if (!this.isPending && !this.buffer.isEmpty) this.pend();
  }

  // For whoever waits

  /** Behind everything that has been executed, but for a unit that has not ended. */
  get appended(): number {
    return this.buffer.position;
  }

  /**
   * The position that output of this turn waits for. While nothing can be written and no policy forbids it, what is
   * only read need not wait: writes are refused then.
   */
  position(): number {
    return this.letsThrough ? this.written : this.buffer.position;
  }

  durable(): number {
    return this.syncsAlways ? this.synced : this.written;
  }

  /** Bytes in the file that is written to. */
  get fileBytes(): number {
    return this.file.bytes;
  }

  /** Bytes that wait to be written. */
  get pendingBytes(): number {
    return this.buffer.pendingBytes;
  }

  get isSyncInFlight(): boolean {
    return this.isSyncing;
  }

  /** @param skipsSyncs whether syncs are left out for now, whatever the policy */
  setPolicy(policy: FsyncPolicy, skipsSyncs: boolean): void {
    if (policy === this.policy && skipsSyncs === this.skipsSyncs) return;
    this.policy = policy;
    this.skipsSyncs = skipsSyncs;
    // Without a file nobody waits.
    if (this.failure !== null || !this.file.isOpen) return;
    if (this.syncsAlways && this.written > this.synced && !this.file.isWriting) this.sync();
    this.options.onDurable();
  }

  private get syncsAlways(): boolean {
    return this.policy === 'always' && !this.skipsSyncs;
  }

  // Files

  /**
   * What follows goes to the end of this file, of so many bytes. The file before it is retired: what it holds is
   * brought to the disk before anything of the new one. Everything must be written, and no write be in flight.
   */
  switchTo(fd: number, fileBytes: number): void {
    const before = this.file.switchTo(fd, fileBytes);
    if (before !== CLOSED) this.retired.push({ fd: before, position: this.written });
    this.buffer.beginFile();
    if (this.retired.length > 0) this.sync();
    this.flushLate();
  }

  /** What follows may go to another file than what is in the buffer, which can't be written. */
  beginFile(): void {
    this.buffer.beginFile();
  }

  /** Writes what has been appended, now. True when everything is written. No write may be in flight. */
  writeAll(): boolean {
    if (this.failure !== null) return false;
    this.writeHere();
    this.options.onDurable();
    return this.failure === null;
  }

  /**
   * Everything up to a position is on the disk by other means: a base that holds it. What waited to be written of it
   * is forgotten, files that hold nothing else are closed unsynced, and a failed one is no more.
   */
  coveredThrough(position: number): void {
    this.buffer.dropThrough(position);
    this.written = Math.max(this.written, position);
    this.synced = Math.max(this.synced, position);
    for (const file of this.retired.splice(0)) if (file !== this.syncing) close(file.fd, () => undefined);
    this.needsNewFile = false;
    if (this.failure !== null) this.recovered();
    this.options.onDurable();
  }

  // Turns

  /** Writes what the turn has appended; to be called at its end, before its output is sent. */
  endTurn(): void {
    this.isPending = false;
    if (this.failure !== null) {
      this.letsThrough = this.policy !== 'always' && this.strictTurns === 0;
      if (this.strictTurns > 0) this.strictTurns--;
      return;
    }
    this.flush();
  }

  /** To be called several times a second, with monotonic milliseconds. */
  tick(nowMs: number): void {
    if (this.failure !== null && this.mayRetry(nowMs)) this.writeElsewhere();
    if (this.isSyncing) {
      if (nowMs - this.syncStartedMs > DELAYED_SYNC_MS) {
        this.delayedSyncs++;
        this.syncStartedMs = nowMs;
      }
      return;
    }
    if (!this.file.isOpen || this.failure !== null) return;
    const isDue = this.policy === 'everysec' && !this.skipsSyncs && nowMs - this.lastSyncMs >= SYNC_INTERVAL_MS;
    if ((isDue && this.written > this.synced) || this.retired.length > 0) this.sync();
  }

  /**
   * Resolves when all that was appended is on the disk, or nothing can bring it there: false then.
   */
  async drain(): Promise<boolean> {
    for (;;) {
      await this.idle();
      if (this.failure !== null || !this.file.isOpen) return !this.file.isOpen;
      if (this.buffer.isEmpty && this.synced >= this.buffer.position && this.retired.length === 0) return true;
      if (!this.buffer.isEmpty) this.writeElsewhere();
      else this.sync();
    }
  }

  /** Resolves when no write and no sync is in flight. */
  async idle(): Promise<void> {
    while (this.file.isWriting || this.isSyncing) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  /** Resolves when no write is in flight. */
  async settled(): Promise<void> {
    while (this.file.isWriting) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  /** Writes and syncs at once, while nobody is served. True when that has succeeded. Nothing may be in flight. */
  drainAtOnce(): boolean {
    if (this.failure !== null || !this.file.isOpen || this.file.isWriting) return false;
    this.writeHere();
    if (this.failure !== null) return false;
    try {
      fdatasyncSync(this.file.fd);
    } catch (error) {
      this.failSync(error);
      return false;
    }
    this.synced = this.written;
    return true;
  }

  /** Ends it: nothing is written any more, nobody waits any more. To be called when {@link idle}. */
  close(): void {
    for (const { fd } of this.retired.splice(0)) closeSync(fd);
    this.file.close();
    this.buffer.take();
    this.written = this.buffer.position;
    this.synced = this.buffer.position;
    this.needsNewFile = false;
    this.letsThrough = false;
    if (this.failure !== null) this.recovered();
    this.options.onDurable();
  }

  private pend(): void {
    this.isPending = true;
    this.options.onPending();
  }

  /** Writes what waits outside of the turn that has appended it: who waits for it has to be told. */
  private flushLate(): void {
    this.flush();
    this.options.onDurable();
  }

  private flush(): void {
    if (this.buffer.isEmpty || !this.file.isOpen || this.file.isWriting) return;
    if (this.policy === 'always') {
      if (this.isSyncing && this.syncsAlways) return;
      this.writeHere();
      if (this.syncsAlways && this.failure === null) this.sync();
    } else if (this.isSyncing || this.file.isSlow) {
      this.writeElsewhere();
    } else {
      this.writeHere();
    }
  }

  private mayRetry(nowMs: number): boolean {
    return !this.needsNewFile && !this.isOnHold && nowMs >= this.retryAtMs && !this.file.isWriting && !this.isSyncing;
  }

  private writeHere(): void {
    const failure = this.file.write();
    if (failure !== null) this.fail(failure);
  }

  /** Writes in another thread; what is appended meanwhile is written after it. */
  private writeElsewhere(): void {
    // Nothing may have been left of what could not be written.
    if (!this.file.writeElsewhere() && this.failure !== null) this.recovered();
  }

  private writeEnded(failure: string | null): void {
    if (failure !== null) {
      this.failWithinTurn(() => this.fail(failure));
    } else {
      if (this.failure !== null) this.recovered();
      if (this.syncsAlways) this.sync();
      this.flushLate();
    }
    this.ended();
  }

  /** Syncs what is written, in another thread: first the files that came before. */
  private sync(): void {
    if (this.isSyncing || this.needsNewFile || !this.file.isOpen) return;
    const file = this.retired.length > 0 ? this.retired[0] : { fd: this.file.fd, position: this.written };
    const isRetired = this.retired.length > 0;
    this.isSyncing = true;
    this.syncing = isRetired ? file : null;
    this.syncStartedMs = performance.now();
    const startMs = this.syncStartedMs;
    fdatasync(file.fd, (error) => {
      this.isSyncing = false;
      this.syncing = null;
      this.lastSyncMs = performance.now();
      this.options.onLatency?.('aof-fsync-always', this.lastSyncMs - startMs);
      // A base may have covered it meanwhile.
      if (isRetired && (error === null || file.position <= this.synced)) {
        if (this.retired[0] === file) this.retired.shift();
        close(file.fd, () => undefined);
      }
      if (error !== null && file.position > this.synced) {
        this.failWithinTurn(() => this.failSync(error));
      } else {
        this.synced = Math.max(this.synced, file.position);
        this.goOn();
        this.options.onDurable();
      }
      this.ended();
    });
  }

  /** After a sync: what has come meanwhile. */
  private goOn(): void {
    if (this.retired.length > 0) this.sync();
    else if (this.failure === null) {
      this.flush();
      if (this.syncsAlways && this.written > this.synced && !this.file.isWriting) this.sync();
    }
  }

  /**
   * Fails where it is not known whether commands have been executed in this turn: it ends, and its output waits, but
   * that of no later one.
   */
  private failWithinTurn(fail: () => void): void {
    const isNew = this.failure === null;
    fail();
    if (!isNew) return;
    this.strictTurns = 1;
    this.options.onPending();
  }

  private failSync(error: unknown): void {
    this.needsNewFile = true;
    this.fail(systemErrorText(error));
  }

  private fail(reason: string): void {
    this.retryAtMs = performance.now() + SYNC_INTERVAL_MS;
    const isNew = this.failure === null;
    this.failure = reason;
    // While nothing could be written nothing was executed that would have to be.
    if (!isNew) return;
    this.letsThrough = false;
    const what = this.needsNewFile ? 'Error syncing the AOF file' : 'Error writing to the AOF file';
    this.options.log('warning', `${what}: ${reason}`);
    this.options.onFailure(reason);
  }

  private recovered(): void {
    this.failure = null;
    this.letsThrough = false;
    this.strictTurns = 0;
    this.options.log('warning', 'AOF write error looks solved. The server can write again.');
    this.options.onFailure(null);
  }

  private ended(): void {
    if (this.idleWaiters.length === 0) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
