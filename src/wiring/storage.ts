/**
 * All that keeps the data set on disk, as one: snapshots, the append-only file, loading at the start, and what has to be
 * done before the server may stop.
 *
 * It is what persistence/ and dispatch/ have to do with each other: writes are logged, commands are replayed, writes are
 * refused while they can't be kept.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Executor } from '../dispatch/executor.ts';
import type { ServerServices, ShutdownRequest } from '../dispatch/server-services.ts';
import { BUSY, LOADING, UNSAFE } from '../dispatch/server-state.ts';
import type { Session } from '../dispatch/session.ts';
import type { DeletionObserver } from '../keyspace/keyspace-events.ts';
import { AofDirectory } from '../persistence/aof/aof-directory.ts';
import { AofError } from '../persistence/aof/aof-error.ts';
import type { CommandReplay } from '../persistence/aof/aof-file-load.ts';
import { AppendOnly } from '../persistence/aof/append-only.ts';
import { DurableWaiters } from '../persistence/aof/durable-waiters.ts';
import type { Manifest } from '../persistence/aof/manifest.ts';
import { LoadError } from '../persistence/load-error.ts';
import { type LibraryPolicy, Loader } from '../persistence/loader.ts';
import { Payloads } from '../persistence/payloads.ts';
import type { AddedFacts, SnapshotOrigin } from '../persistence/snapshot-request.ts';
import { Snapshots } from '../persistence/snapshots.ts';
import { Startup } from '../persistence/startup.ts';
import { removeLeftovers } from '../persistence/temporary-files.ts';
import { NullWriter } from '../protocol/null-writer.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';

/** How often a shutdown looks whether DEBUG PAUSE-CRON still holds it. */
const PAUSED_CRON_POLL_MS = 10;

type Services = Pick<
  ServerServices,
  'clock' | 'config' | 'keyspace' | 'latency' | 'log' | 'pauses' | 'pollClients' | 'scriptRuns' | 'state' | 'writeLog'
> & {
  readonly executor: Pick<Executor, 'isInUnit' | 'isRunning' | 'replay'>;
  /** Function libraries are part of the data set. */
  readonly scripts: {
    readonly libraryCodes: readonly Uint8Array[];
    restoreAll(codes: readonly Uint8Array[], policy: LibraryPolicy): string | null;
  };
  /** A session of the server's own. */
  openSession(reply: ReplyWriter): Session;
};

export interface StorageOptions {
  /** {@link Storage.endTurn} is to be called before the turn's output is sent. */
  readonly onPending: () => void;
  /** More has become durable: output that waits for it may be sent. */
  readonly onDurable: (() => void) | undefined;
}

export class Storage {
  readonly snapshots: Snapshots;
  readonly appendOnly: AppendOnly;
  readonly payloads: Payloads;
  readonly loader: Loader;
  /** The final save is done: no write may follow it. */
  isFinal = false;
  private readonly services: Services;
  private readonly options: StorageOptions;
  private readonly directory: AofDirectory;
  private readonly startup: Startup;
  private readonly waiters = new DurableWaiters();
  private readonly deleted: DeletionObserver;

  constructor(services: Services, options: StorageOptions) {
    const { clock, config, keyspace } = services;
    this.services = services;
    this.options = options;
    const log: Services['log'] = (level, message) => services.log(level, message);
    const addedFacts = (): AddedFacts => ({ replication: null, functions: services.scripts.libraryCodes });
    const origin: SnapshotOrigin = { clock, config, keyspace, addedFacts };
    this.deleted = (database, key, reason) => {
      const isLazy = config.get(reason === 'expired' ? 'lazyfree-lazy-expire' : 'lazyfree-lazy-eviction');
      services.writeLog.appendDeletion(database, isLazy ? 'UNLINK' : 'DEL', key, services.executor.isRunning);
    };
    this.snapshots = new Snapshots({
      ...origin,
      log,
      onRefusalChange: () => this.refreshRefusal(),
      isExcluded: () => this.appendOnly.isRewriting,
    });
    this.loader = new Loader({
      clock,
      config,
      keyspace,
      log,
      restoreLibraries: (codes, policy) => services.scripts.restoreAll(codes, policy),
    });
    this.payloads = new Payloads(keyspace, (message) => services.log('verbose', message));
    this.directory = new AofDirectory(config);
    this.appendOnly = new AppendOnly({
      origin,
      log,
      directory: this.directory,
      isBusy: () => this.snapshots.isRunning,
      isInUnit: () => services.executor.isInUnit,
      onAttach: (attached) => this.attach(attached),
      onPending: options.onPending,
      onDurable: () => {
        options.onDurable?.();
        this.waiters.release(this.appendOnly.durable());
      },
      onLatency: (event, milliseconds) => services.latency.record(event, milliseconds, clock.nowMs()),
      onRefusalChange: () => this.refreshRefusal(),
    });
    const { directory, loader } = this;
    this.startup = new Startup({ clock, config, keyspace, loader, directory, log, replay: this.replay() });
    config.beforeChange('appendonly', async (on) => {
      if (on) return this.appendOnly.start();
      await this.appendOnly.stop();
      return null;
    });
  }

  /** Saves begin by themselves from now on. */
  open(): void {
    this.snapshots.open();
  }

  /** To be called several times a second. */
  cron(): void {
    if (this.services.state.is(LOADING | BUSY)) return;
    this.snapshots.cron();
    this.appendOnly.cron();
  }

  /** Ends saves that are under way, and brings the append-only file to the disk. */
  async close(): Promise<void> {
    await this.snapshots.close();
    await this.appendOnly.stop();
  }

  /**
   * Loads the data set, if there is one on disk. Meanwhile, and for good if that fails, clients are told to wait, and
   * nothing is saved. Resolves to false when that was aborted.
   *
   * @throws {LoadError} when it is there and can't be loaded, or can't be added to
   */
  async load(): Promise<boolean> {
    const { config, keyspace, state } = this.services;
    state.set(LOADING, true);
    const directories = [resolve(config.get('dir')), this.directory.path];
    removeLeftovers(directories, (level, message) => this.services.log(level, message));
    const manifest = await this.startup.load();
    if (manifest === null) return false;
    keyspace.dirty = 0;
    keyspace.stats.reset();
    if (config.get('appendonly')) await this.openAppendOnly(manifest);
    state.set(LOADING, false);
    return true;
  }

  /**
   * Loads the append-only file at once, in place of all keys. Resolves to false when that fails, which is logged: what
   * comes before the fault is loaded then.
   */
  async reloadAppendOnly(): Promise<boolean> {
    const { appendOnly } = this;
    const { keyspace, state } = this.services;
    if (appendOnly.isOn) await appendOnly.sync();
    // From here to the end clients are told to wait.
    state.set(LOADING, true);
    try {
      if (appendOnly.isOn && !appendOnly.log.drainAtOnce()) return false;
      keyspace.events.quietly(() => keyspace.flush());
      this.startup.loadAtOnce(this.directory.readManifest(), () => this.services.pollClients());
      this.services.log('warning', 'Append Only File loaded by DEBUG LOADAOF');
      keyspace.dirty = 0;
      return true;
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      this.services.log('warning', error.message);
      return false;
    } finally {
      state.set(LOADING, false);
    }
  }

  /**
   * To be called before the server stops: ends what is written in the background, brings the append-only file to the
   * disk and, with save points or if asked to, saves the data set. Clients' writes wait from then on, so that nothing is
   * acknowledged that the files do not hold. False if that has failed, which is logged, or the shutdown was aborted: the
   * server then goes on.
   */
  async prepareShutdown(request: ShutdownRequest, aborted: AbortSignal): Promise<boolean> {
    const { appendOnly, snapshots } = this;
    const { config, pauses, state } = this.services;
    // What is in memory is only a part of what is on disk.
    if (state.is(LOADING)) return true;
    while (state.cronPaused && !aborted.aborted) await sleep(PAUSED_CRON_POLL_MS);
    if (aborted.aborted) return false;
    if (state.is(BUSY) && request.save !== 'nosave' && this.services.scriptRuns.isHalfDone) {
      const message = 'A script that has written is still running: what it has left half done is not saved.';
      this.services.log('warning', message);
      return request.force;
    }
    if (appendOnly.isEnabled && !appendOnly.isOn) {
      this.services.log('warning', `Writing initial AOF${request.force ? '. Exit anyway.' : ", can't exit"}`);
      if (!request.force) return false;
    }
    await snapshots.endBackground();
    const saves = request.save === 'save' || (request.save === 'default' && config.get('save').length > 0);
    if (!saves && !appendOnly.isOn) return true;
    pauses.begin(Number.POSITIVE_INFINITY, true, 'shutdown');
    await this.syncAppendOnly();
    if (saves) this.services.log('notice', 'Saving the final RDB snapshot before exiting.');
    const isSaved = !saves || (await snapshots.saveInForeground());
    if (!isSaved) {
      const consequence = request.force ? '. Exit anyway.' : ", can't exit.";
      this.services.log('warning', `Error trying to save the DB${consequence}`);
    }
    this.isFinal = !aborted.aborted && (isSaved || request.force);
    if (!this.isFinal) pauses.end('shutdown');
    return this.isFinal && isSaved;
  }

  /** Logs what the turn has executed. To be called before its output is sent. */
  endTurn(): void {
    this.appendOnly.log.endTurn();
    this.waiters.release(this.appendOnly.durable());
  }

  /** Calls `callback` when everything executed so far is as durable as `appendfsync` says. */
  whenDurable(callback: () => void): void {
    const { appendOnly } = this;
    if (!appendOnly.isOn) {
      callback();
      return;
    }
    this.waiters.add(appendOnly.log.appended, callback);
    this.options.onPending();
  }

  private replay(): CommandReplay {
    const { services } = this;
    let session: Session | null = null;
    return {
      begin: () => {
        session = services.openSession(new NullWriter());
      },
      execute: (args) => services.executor.replay(session as Session, args),
    };
  }

  private attach(attached: boolean): void {
    const { keyspace, writeLog } = this.services;
    if (attached) {
      writeLog.subscribe(this.appendOnly.log);
      keyspace.events.addDeletionObserver(this.deleted);
    } else {
      writeLog.unsubscribe(this.appendOnly.log);
      keyspace.events.removeDeletionObserver(this.deleted);
    }
  }

  private refreshRefusal(): void {
    const isRefusing = this.snapshots.writeRefusal !== null || this.appendOnly.writeRefusal !== null;
    this.services.state.set(UNSAFE, isRefusing);
  }

  /** @throws {LoadError} when the files can't be written to */
  private async openAppendOnly(manifest: Manifest): Promise<void> {
    try {
      await this.appendOnly.open(manifest);
    } catch (error) {
      throw new LoadError(this.directory.path, AofError.unwritable(error));
    }
  }

  /** Ends a rewrite and brings the log to the disk; where that fails, it is logged. */
  private async syncAppendOnly(): Promise<void> {
    const { appendOnly } = this;
    if (!appendOnly.isOn) return;
    if (appendOnly.isRewriting) {
      this.services.log('warning', 'There is a child rewriting the AOF. Killing it!');
      await appendOnly.abortRewrite();
    }
    this.services.log('notice', 'Calling fsync() on the AOF file.');
    await appendOnly.sync();
  }
}
