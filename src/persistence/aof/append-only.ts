/**
 * The append-only file as a whole: on or off, its files, its rewrites.
 *
 * It is off, on, or waiting: switched on by a client, it is on when its first base is written, and nobody waits for it
 * until then. If that fails it is tried again, and what an earlier append-only file holds stays as it was.
 */
import type { Config } from '../../config/config.ts';
import { systemErrorText } from '../../lib/system-error.ts';
import { errors } from '../../protocol/errors.ts';
import type { ReplyError } from '../../protocol/reply-error.ts';
import type { SnapshotOrigin } from '../snapshot-request.ts';
import type { AofDirectory } from './aof-directory.ts';
import { AppendLog, type AppendLogOptions } from './append-log.ts';
import { BaseRewrite, RewriteError, type RewriteKind } from './base-rewrite.ts';
import { Manifest } from './manifest.ts';
import { RewriteLimit } from './rewrite-limit.ts';

export interface AppendOnlyOptions {
  readonly origin: SnapshotOrigin;
  readonly directory: AofDirectory;
  readonly log: (level: 'debug' | 'notice' | 'warning', message: string) => void;
  /** Something else is being written in the background, which excludes a rewrite. */
  readonly isBusy: () => boolean;
  /** A transaction or a script has begun and not ended. */
  readonly isInUnit: () => boolean;
  /** From now on the log is given all writes, or none. */
  readonly onAttach: (attached: boolean) => void;
  readonly onDurable: AppendLogOptions['onDurable'];
  readonly onPending: AppendLogOptions['onPending'];
  readonly onLatency: NonNullable<AppendLogOptions['onLatency']>;
  /** Told when writes begin or cease to be refused. */
  readonly onRefusalChange: (refused: boolean) => void;
}

type State = 'off' | 'waiting' | 'on';

/** For INFO. Durations are seconds. */
class AofStatus {
  lastRewriteOk = true;
  /** -1 before the first. */
  lastRewriteSeconds = -1;
  rewrites = 0;
  consecutiveFailures = 0;
  lastKeptBytes = 0;
  /** How large all files were after the last rewrite, or at the start. */
  baseBytes = 0;
}

export class AppendOnly {
  readonly status = new AofStatus();
  readonly log: AppendLog;
  private readonly options: AppendOnlyOptions;
  private readonly config: Config;
  private readonly directory: AofDirectory;
  private state: State = 'off';
  private manifest = Manifest.EMPTY;
  /** Bytes of the listed files but the one that is written to. */
  private otherBytes = 0;
  private current: BaseRewrite | null = null;
  /** Resolves when the rewrite under way is over. */
  private over: Promise<boolean> = Promise.resolve(true);
  /** The removal of files that a rewrite has replaced: it changes the manifest too, so the next one waits for it. */
  private removal: Promise<void> = Promise.resolve();
  private isRemoving = false;
  private isScheduled = false;
  private isAttached = false;
  private readonly limit: RewriteLimit;

  constructor(options: AppendOnlyOptions) {
    this.options = options;
    this.config = options.origin.config;
    this.directory = options.directory;
    this.log = new AppendLog({
      nowMs: () => options.origin.clock.nowMs(),
      onDurable: options.onDurable,
      onPending: options.onPending,
      onLatency: options.onLatency,
      log: options.log,
      onFailure: () => options.onRefusalChange(this.writeRefusal !== null),
    });
    this.limit = new RewriteLimit((minutes) => {
      const text = 'Background AOF rewrite has repeatedly failed and triggered the limit, will retry in';
      options.log('warning', `${text} ${minutes} minutes`);
    });
    this.config.watch('appendfsync', () => this.applyPolicy());
    this.config.watch('no-appendfsync-on-rewrite', () => this.applyPolicy());
    this.config.beforeChange('aof-disable-auto-gc', async (keepsHistory) => {
      // A rewrite under way removes the files itself when it ends.
      if (keepsHistory || this.state !== 'on' || this.isRewriting) return null;
      this.removal = this.removeHistory();
      await this.removal;
      return null;
    });
    this.config.watch('aof-timestamp-enabled', (value) => {
      this.log.annotates = value;
    });
  }

  // For whoever waits until what it tells is durable

  position(): number {
    return this.state === 'on' ? this.log.position() : 0;
  }

  durable(): number {
    return this.state === 'on' ? this.log.durable() : Number.POSITIVE_INFINITY;
  }

  /** What writes are answered with while they can't be logged; null while they can. */
  get writeRefusal(): ReplyError | null {
    const { failure } = this.log;
    return this.state === 'on' && failure !== null ? errors.misconfAof(failure) : null;
  }

  // For INFO

  get isOn(): boolean {
    return this.state === 'on';
  }

  get isEnabled(): boolean {
    return this.state !== 'off';
  }

  /** True until the files that a rewrite has replaced are gone: whoever looks at the manifest then finds it as it stays. */
  get isRewriting(): boolean {
    return this.current !== null || this.isRemoving;
  }

  get isRewriteScheduled(): boolean {
    return this.isScheduled;
  }

  /** Of the rewrite under way; -1 when there is none. */
  get currentSeconds(): number {
    return this.current?.secondsRunning ?? -1;
  }

  get currentKeys(): number {
    return this.current?.keys ?? 0;
  }

  get currentTotalKeys(): number {
    return this.current?.allKeys ?? 0;
  }

  get currentKeptBytes(): number {
    return this.current?.keptBytes ?? 0;
  }

  /** Of all listed files. */
  get currentBytes(): number {
    return this.otherBytes + this.log.fileBytes;
  }

  // Switching on and off

  /**
   * Goes on with the files of a manifest, which were loaded; one without any begins with the keyspace as it is.
   *
   * @throws {RewriteError} or the system's error, when the files can't be written to
   */
  async open(manifest: Manifest): Promise<void> {
    this.manifest = manifest;
    this.state = 'waiting';
    this.applyPolicy();
    if (manifest.isEmpty) {
      this.options.log('notice', 'Creating AOF base file on server start');
      await this.rewriteBase('begins', () => undefined);
    } else {
      const tail = manifest.tail ?? (await this.addTail());
      this.log.switchTo(this.directory.openFile(tail.name), this.directory.bytesOf(tail.name));
      this.attach(true);
      this.countBytes();
    }
    this.state = 'on';
    await this.removeHistory();
    this.status.baseBytes = this.currentBytes;
  }

  /** CONFIG SET appendonly yes. Null when a first rewrite has begun, or is to begin soon; else the reason. */
  async start(): Promise<string | null> {
    if (this.state !== 'off') return null;
    this.state = 'waiting';
    if (this.options.isInUnit()) {
      this.isScheduled = true;
      this.options.log(
        'warning',
        'AOF was enabled during a transaction. An AOF background was scheduled to start when possible.',
      );
      return null;
    }
    if (this.options.isBusy()) {
      this.isScheduled = true;
      this.options.log(
        'warning',
        'AOF was enabled but there is already another background operation. An AOF background was scheduled to start when possible.',
      );
      return null;
    }
    if (this.current !== null) {
      this.options.log(
        'warning',
        'AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a rewrite now.',
      );
      await this.abortRewrite();
    }
    const hasBegun = await new Promise<boolean>((resolve) => {
      void this.rewrite(() => resolve(true)).then(() => resolve(this.isAttached));
    });
    if (hasBegun || this.state !== 'waiting') return null;
    this.state = 'off';
    this.isScheduled = false;
    return 'Unable to turn on AOF. Check server logs.';
  }

  /** CONFIG SET appendonly no, and the end of the server: everything is on the disk when this resolves, if it can be. */
  async stop(): Promise<void> {
    if (this.state === 'off') return;
    this.isScheduled = false;
    await this.abortRewrite();
    this.attach(false);
    await this.sync();
    this.state = 'off';
    await Promise.all([this.log.idle(), this.removal]);
    this.log.close();
    this.options.onRefusalChange(false);
  }

  /** Resolves when everything logged is on the disk; where it can't be, that is logged. */
  async sync(): Promise<void> {
    if (await this.log.drain()) return;
    this.options.log('warning', `Fail to fsync the AOF file: ${this.log.failure}`);
  }

  // Rewriting

  /** BGREWRITEAOF: begins a rewrite; nothing may be written in the background. */
  startRewrite(): void {
    this.isScheduled = false;
    void this.rewrite(() => undefined);
  }

  /** Has a rewrite begin as soon as nothing else is written in the background. */
  scheduleRewrite(): void {
    this.isScheduled = true;
    this.status.consecutiveFailures = 0;
  }

  /** Gives up the rewrite under way. Resolves when it is over. */
  async abortRewrite(): Promise<void> {
    if (this.current === null) return;
    this.options.log('notice', 'Killing running AOF rewrite child');
    this.current.abort();
    await this.over;
  }

  /** To be called several times a second. */
  cron(): void {
    this.applyPolicy();
    this.log.tick(performance.now());
    if (this.current !== null || this.options.isBusy()) return;
    const nowSeconds = Math.floor(this.options.origin.clock.nowMs() / 1000);
    const isWanted = this.isScheduled || this.state === 'waiting' || (this.state === 'on' && this.isRewriteDue());
    if (isWanted && !this.limit.forbids(this.status.consecutiveFailures, nowSeconds)) this.startRewrite();
  }

  private isRewriteDue(): boolean {
    if (this.log.needsNewFile) return true;
    const { currentBytes } = this;
    const percentage = this.config.get('auto-aof-rewrite-percentage');
    if (percentage === 0 || currentBytes <= this.config.get('auto-aof-rewrite-min-size')) return false;
    const base = Math.max(1, this.status.baseBytes);
    const growth = Math.floor((currentBytes * 100) / base) - 100;
    if (growth < percentage) return false;
    this.options.log('notice', `Starting automatic rewriting of AOF on ${growth}% growth`);
    return true;
  }

  /** Rewrites, and tells how it went. Never rejects. */
  private rewrite(onFrozen: () => void): Promise<boolean> {
    const { status } = this;
    status.rewrites++;
    const kind: RewriteKind = this.state === 'on' ? 'continues' : this.state === 'waiting' ? 'begins' : 'without-log';
    this.over = this.rewriteBase(kind, onFrozen).then(
      (rewrite) => {
        status.lastRewriteOk = true;
        status.consecutiveFailures = 0;
        status.lastRewriteSeconds = rewrite.secondsRunning;
        this.options.log('notice', 'Background AOF rewrite finished successfully');
        if (kind === 'begins' && this.state === 'waiting') this.state = 'on';
        status.baseBytes = this.currentBytes;
        this.removal = this.removeHistory();
        return true;
      },
      (error: unknown) => {
        if (!(error instanceof RewriteError)) throw error;
        if (error.code === 'AOF_REWRITE_FAILED') {
          status.lastRewriteOk = false;
          status.consecutiveFailures++;
        }
        this.options.log('warning', `Background AOF rewrite terminated with error: ${error.message}`);
        return false;
      },
    );
    return this.over;
  }

  private async rewriteBase(kind: RewriteKind, onFrozen: () => void): Promise<BaseRewrite> {
    const { directory, options } = this;
    const rewrite: BaseRewrite = new BaseRewrite({
      kind,
      directory,
      origin: options.origin,
      log: this.log,
      isInUnit: options.isInUnit,
      logMessage: options.log,
      onManifest: (manifest) => {
        this.manifest = manifest;
        this.countBytes();
      },
      onFrozen: () => {
        options.log('notice', `Background append only file rewriting started by pid ${process.pid}`);
        if (kind === 'begins') this.attach(true);
        this.countBytes();
        onFrozen();
      },
      onAbandoned: () => this.attach(false),
    });
    this.current = rewrite;
    this.applyPolicy();
    try {
      await this.removal;
      if (kind !== 'continues') this.manifest = this.readManifest();
      await rewrite.run(this.manifest);
      return rewrite;
    } finally {
      this.status.lastKeptBytes = rewrite.keptBytes;
      this.current = null;
      this.applyPolicy();
    }
  }

  private readManifest(): Manifest {
    try {
      return this.directory.readManifest();
    } catch (error) {
      throw new RewriteError(error instanceof Error ? error.message : String(error));
    }
  }

  private attach(attached: boolean): void {
    if (this.isAttached === attached) return;
    this.isAttached = attached;
    this.options.onAttach(attached);
  }

  private applyPolicy(): void {
    const isWriting = this.current !== null || this.options.isBusy();
    this.log.setPolicy(this.config.get('appendfsync'), isWriting && this.config.get('no-appendfsync-on-rewrite'));
  }

  private countBytes(): void {
    const { tail } = this.manifest;
    const others = this.manifest.files.filter((file) => file !== tail);
    this.otherBytes = others.reduce((sum, { name }) => sum + this.directory.bytesOf(name), 0);
  }

  /** Lists a first incremental file. */
  private async addTail(): Promise<{ readonly name: string }> {
    const name = this.manifest.nextIncrementalName(this.directory.prefix);
    this.options.log('notice', `Creating AOF incr file ${name} on server start`);
    this.manifest = this.manifest.withIncremental(name);
    await this.directory.writeManifest(this.manifest);
    return { name };
  }

  /** Removes the files that a rewrite has replaced. What fails is tried again after the next one. */
  private async removeHistory(): Promise<void> {
    const { history } = this.manifest;
    if (history.length === 0 || this.config.get('aof-disable-auto-gc')) return;
    this.isRemoving = true;
    try {
      for (const { name } of history) {
        this.options.log('notice', `Removing the history file ${name} in the background`);
        await this.directory.remove(name);
      }
      if (this.manifest.history !== history) return;
      this.manifest = this.manifest.withoutHistory();
      await this.directory.writeManifest(this.manifest);
    } catch (error) {
      this.options.log('warning', `Can't remove history of the append only file: ${systemErrorText(error)}`);
    } finally {
      this.isRemoving = false;
    }
  }
}
