/**
 * One rewrite of an append-only file: a new base is written from a frozen keyspace, and stands for all files before the
 * moment of the freeze. What comes after goes to a new incremental file.
 *
 * In this order: the new incremental file is listed in the manifest, after those that were; it is written to from the
 * moment of the freeze on; the base is written in another thread; the manifest is replaced by one that lists the new
 * base and the new incremental file. A crash at any point leaves a manifest whose files hold everything.
 *
 * Where the old files can't be appended to (a full disk, a failed sync), or are not there yet, the new incremental file
 * is listed only together with the base. What can't be written stays in the log's memory until then.
 */

import type { Keyspace, KeyspaceSnapshot } from '../../keyspace/keyspace.ts';
import { systemErrorText } from '../../lib/system-error.ts';
import { BufferSink } from '../byte-sink.ts';
import { RdbWriter } from '../rdb/rdb-writer.ts';
import { SmallSnapshot } from '../rdb/small-snapshot.ts';
import { SnapshotEncoder, type SnapshotFacts } from '../rdb/snapshot-encoder.ts';
import { failureText, type Saving, SnapshotJob } from '../rdb/snapshot-job.ts';
import type { SnapshotPlace, SnapshotSettings } from '../rdb/snapshot-task.ts';
import { baseSettings, type SnapshotOrigin, snapshotFacts } from '../snapshot-request.ts';
import { rewriteFileName } from '../temporary-files.ts';
import type { AofDirectory } from './aof-directory.ts';
import type { AppendLog } from './append-log.ts';
import type { Manifest } from './manifest.ts';

const SMALL_BUFFER_BYTES = 4096;

/** A rewrite could not be finished; the message says why, in Redis's words where it has some. */
export class RewriteError extends Error {
  override readonly name = 'RewriteError';
  readonly code: 'AOF_REWRITE_FAILED' | 'AOF_REWRITE_ABORTED';

  constructor(message: string, code: RewriteError['code'] = 'AOF_REWRITE_FAILED') {
    super(message);
    this.code = code;
  }
}

/** What the log is to a rewrite: appended to, begun by it, or off. */
export type RewriteKind = 'continues' | 'begins' | 'without-log';

export interface BaseRewriteOptions {
  readonly kind: RewriteKind;
  readonly origin: SnapshotOrigin;
  readonly directory: AofDirectory;
  readonly log: AppendLog;
  /** A transaction or a script has begun and not ended, so that the keyspace is in no state that may be kept. */
  readonly isInUnit: () => boolean;
  readonly logMessage: (level: 'notice' | 'warning', message: string) => void;
  /** The manifest on disk has been replaced by this one. */
  readonly onManifest: (manifest: Manifest) => void;
  /** The keyspace is frozen, and the log goes to the new file. */
  readonly onFrozen: () => void;
  /** A log that was begun is of no use: it gets no more. */
  readonly onAbandoned: () => void;
}

export class BaseRewrite {
  private readonly startedMs = performance.now();
  /** Of the heap: what earlier snapshots have cost. */
  private keptBefore = 0;
  private readonly options: BaseRewriteOptions;
  private readonly keyspace: Keyspace;
  private saving: Saving | null = null;
  private totalKeys = 0;
  private isAborted = false;

  constructor(options: BaseRewriteOptions) {
    this.options = options;
    this.keyspace = options.origin.keyspace;
  }

  // For INFO

  get keys(): number {
    return this.saving?.keys ?? 0;
  }

  get allKeys(): number {
    return this.totalKeys;
  }

  get keptBytes(): number {
    return this.saving === null ? 0 : this.keyspace.heap.keptBytes - this.keptBefore;
  }

  get secondsRunning(): number {
    return Math.floor((performance.now() - this.startedMs) / 1000);
  }

  /** Gives it up. {@link run} still has to end by itself, unsuccessfully or, where it is too late, with success. */
  abort(): void {
    this.isAborted = true;
    this.saving?.abort();
  }

  /**
   * Does it. `manifest` is the one on disk.
   *
   * @throws {RewriteError}
   */
  async run(manifest: Manifest): Promise<void> {
    const { directory, kind, log, onFrozen, onManifest } = this.options;
    let listed = manifest;
    await this.attempt('create the directory of the append only file', () => directory.create());
    const tail = kind === 'without-log' ? null : this.openTail(manifest);
    let isTailInUse = false;
    try {
      const next = tail === null ? manifest : manifest.withIncremental(tail.name);
      if (kind === 'continues' && log.failure === null) {
        await this.attempt('write the AOF manifest', () => directory.writeManifest(next));
        listed = next;
        onManifest(next);
      }
      if (tail !== null) this.options.logMessage('notice', `Creating AOF incr file ${tail.name} on background rewrite`);
      for (;;) {
        await log.settled();
        this.throwIfAborted();
        if (!this.options.isInUnit()) break;
        await new Promise((turn) => setImmediate(turn));
      }
      // From here to the freeze nothing else happens.
      const waits = kind === 'continues' && !log.writeAll();
      const position = log.appended;
      if (waits) {
        log.isOnHold = true;
        log.beginFile();
      } else if (tail !== null) {
        log.switchTo(tail.fd, 0);
        isTailInUse = true;
      }
      const baseName = await this.writeBase(manifest, onFrozen);
      const replaced = next.withBase(baseName, tail === null ? 0 : 1);
      if (kind === 'begins' && log.failure !== null) throw new RewriteError(log.failure);
      try {
        await this.attempt('write the AOF manifest', () => directory.writeManifest(replaced));
      } catch (error) {
        await directory.remove(baseName);
        throw error;
      }
      listed = replaced;
      await log.settled();
      if (kind === 'continues') log.coveredThrough(position);
      if (waits && tail !== null) {
        log.switchTo(tail.fd, 0);
        isTailInUse = true;
      }
      onManifest(replaced);
    } finally {
      log.isOnHold = false;
      const isListed = tail !== null && listed.incremental.some(({ name }) => name === tail.name);
      if (tail !== null && !isTailInUse) await directory.discardFile(tail.fd, isListed ? null : tail.name);
      if (tail !== null && isTailInUse && !isListed) {
        this.options.onAbandoned();
        await log.idle();
        log.close();
        await directory.remove(tail.name);
      }
    }
  }

  private openTail(manifest: Manifest): { readonly name: string; readonly fd: number } {
    const { directory } = this.options;
    const name = manifest.nextIncrementalName(directory.prefix);
    try {
      return { name, fd: directory.createFile(name) };
    } catch (error) {
      throw this.failed(`Can't open the append-only file ${name}`, error);
    }
  }

  /** Freezes the keyspace and writes it; answers the file's name. */
  private async writeBase(manifest: Manifest, onFrozen: () => void): Promise<string> {
    const { keyspace } = this;
    const { directory, origin } = this.options;
    const settings = baseSettings(origin.config);
    const name = manifest.nextBaseName(directory.prefix, settings.format === 'rdb' ? 'rdb' : 'aof');
    const place = { directory: directory.path, temporaryName: rewriteFileName(), name };
    const facts = snapshotFacts(origin, true);
    this.totalKeys = keyspace.keyCount;
    this.keptBefore = keyspace.heap.keptBytes;
    let frozen: KeyspaceSnapshot | null = null;
    try {
      if (this.totalKeys === 0 && settings.format === 'rdb') {
        const sink = new BufferSink();
        const writer = new RdbWriter(sink, { ...settings, bufferBytes: SMALL_BUFFER_BYTES });
        new SnapshotEncoder(keyspace.heap, writer, facts, () => undefined).write({ databases: [] });
        this.saving = new SmallSnapshot(sink.take(), place);
      } else {
        frozen = keyspace.freeze();
        this.saving = this.start(frozen, place, settings, facts);
      }
      onFrozen();
      const outcome = await this.saving.outcome;
      if (outcome.kind === 'saved') return name;
      if (outcome.kind === 'failed') throw new RewriteError(failureText(outcome, place));
      if (outcome.kind === 'died') throw new RewriteError(outcome.reason);
      throw aborted();
    } finally {
      if (frozen !== null) keyspace.release(frozen);
    }
  }

  private start(
    frozen: KeyspaceSnapshot,
    place: SnapshotPlace,
    settings: SnapshotSettings,
    facts: SnapshotFacts,
  ): Saving {
    try {
      return new SnapshotJob({ frozen, place, settings, facts });
    } catch (error) {
      throw this.failed("Can't rewrite append only file in background", error);
    }
  }

  private async attempt(what: string, action: () => Promise<void>): Promise<void> {
    this.throwIfAborted();
    try {
      await action();
    } catch (error) {
      throw this.failed(`Can't ${what}`, error);
    }
  }

  private throwIfAborted(): void {
    if (this.isAborted) throw aborted();
  }

  private failed(what: string, error: unknown): RewriteError {
    return new RewriteError(`${what}: ${systemErrorText(error)}`);
  }
}

function aborted(): RewriteError {
  return new RewriteError('it was aborted', 'AOF_REWRITE_ABORTED');
}
