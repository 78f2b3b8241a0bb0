/**
 * Everything but sockets: keyspace, commands, sessions, and what happens between commands.
 *
 * An engine satisfies {@link ServerServices}, which is all that commands see of it, and opens sessions for whoever
 * has clients: the network, the embedded API, tests. Several engines in one process share nothing.
 */
import { randomBytes } from 'node:crypto';
import { families } from './commands/index.ts';
import { Config } from './config/config.ts';
import { ConfigError } from './config/config-error.ts';
import { Acl } from './dispatch/acl/acl.ts';
import { AclLog } from './dispatch/acl/acl-log.ts';
import { CommandIndex } from './dispatch/acl/command-index.ts';
import type { Subscriptions } from './dispatch/acl/subscriptions.ts';
import { Users } from './dispatch/acl/users.ts';
import { Authenticator } from './dispatch/authenticator.ts';
import { Blocking } from './dispatch/blocking.ts';
import { describeClient } from './dispatch/client-info.ts';
import type { ClientPort } from './dispatch/client-port.ts';
import { ClientRegistry } from './dispatch/client-registry.ts';
import { Executor } from './dispatch/executor.ts';
import { LatencyMonitor } from './dispatch/latency-monitor.ts';
import type { LoadProgress } from './dispatch/loading-service.ts';
import { LoopMonitor } from './dispatch/loop-monitor.ts';
import { MemoryLimit } from './dispatch/memory-limit.ts';
import { MemoryMonitor } from './dispatch/memory-monitor.ts';
import { Monitors } from './dispatch/monitors.ts';
import { Pauses } from './dispatch/pauses.ts';
import { Pushes } from './dispatch/pushes.ts';
import { Rates } from './dispatch/rates.ts';
import { CommandRegistry } from './dispatch/registry.ts';
import type {
  LogLevel,
  NetworkCounters,
  ServerIdentity,
  ServerServices,
  ShutdownRequest,
} from './dispatch/server-services.ts';
import { LOADING, MEMORY_LIMITED, PAUSED, REPLICA, ServerState, UNSAFE } from './dispatch/server-state.ts';
import { ServerStats } from './dispatch/server-stats.ts';
import { Session } from './dispatch/session.ts';
import { type SessionHost, SessionPort } from './dispatch/session-port.ts';
import { SlowLog } from './dispatch/slow-log.ts';
import { tickRate } from './dispatch/tick-rate.ts';
import { Tracking } from './dispatch/tracking.ts';
import type { QueuedCommand } from './dispatch/transaction.ts';
import { NO_TRANSPORT, type Transport } from './dispatch/transport.ts';
import { Watches } from './dispatch/watches.ts';
import { WriteLog } from './dispatch/write-log.ts';
import { Evictor } from './keyspace/evictor.ts';
import { ExpiryCycle } from './keyspace/expiry-cycle.ts';
import { Keyspace } from './keyspace/keyspace.ts';
import type { DeletionObserver } from './keyspace/keyspace-events.ts';
import { type Clock, SystemClock } from './lib/clock.ts';
import { type Random, randomHex, Xoshiro128 } from './lib/random.ts';
import { Slice } from './lib/slice.ts';
import type { Heap } from './memory/heap.ts';
import { AofDirectory } from './persistence/aof/aof-directory.ts';
import { AofError } from './persistence/aof/aof-error.ts';
import { AppendOnly } from './persistence/aof/append-only.ts';
import { DurableWaiters } from './persistence/aof/durable-waiters.ts';
import type { Manifest } from './persistence/aof/manifest.ts';
import { LoadError } from './persistence/load-error.ts';
import { Loader } from './persistence/loader.ts';
import { Payloads } from './persistence/payloads.ts';
import type { AddedFacts } from './persistence/snapshot-request.ts';
import { Snapshots } from './persistence/snapshots.ts';
import { Startup } from './persistence/startup.ts';
import type { Args } from './protocol/args.ts';
import { ChunkPool } from './protocol/chunk-pool.ts';
import { NullWriter } from './protocol/null-writer.ts';
import type { ReplyWriter } from './protocol/reply-writer.ts';
import { RespWriter } from './protocol/resp-writer.ts';
import { KeyspaceNotifications } from './pubsub/keyspace-notifications.ts';
import { PubSub } from './pubsub/pub-sub.ts';
import { leafLimits } from './structures/list-tree.ts';

export { LoadError, type LoadProgress, type LogLevel, type ShutdownRequest };

/** How long background work may run before clients have their turn again. */
const BACKGROUND_SLICE_MS = 1;

export interface EngineOptions {
  readonly config?: Config;
  readonly clock?: Clock;
  readonly random?: Random;
  /** For tests, which bring a paranoid one. */
  readonly heap?: Heap;
  readonly log?: (level: LogLevel, message: string) => void;
  /** The network layer's counters, if there is one. */
  readonly network?: NetworkCounters;
  /** The port for INFO, known once it is listened to. */
  readonly port?: () => number;
  /** The service manager that minds the process. */
  readonly supervisor?: 'systemd' | 'upstart' | null;
  /** Asked by SHUTDOWN; kept only if that fails, with the reason. */
  readonly shutdown?: (request: ShutdownRequest) => Promise<string>;
  readonly abortShutdown?: () => boolean;
  /**
   * Something was executed that has to be logged: {@link Engine.endTurn} is to be called before the turn's output is
   * sent. Without it, the engine calls it itself.
   */
  readonly onPending?: () => void;
  /** More has become durable: output that waits for it may be sent. */
  readonly onDurable?: () => void;
  /** An invariant is broken: the server must stop. */
  readonly onBroken?: (error: unknown) => void;
}

const NO_NETWORK: NetworkCounters = {
  accepted: 0,
  rejected: 0,
  reads: 0,
  writes: 0,
  inputBytes: 0,
  outputBytes: 0,
  outputLimitDisconnections: 0,
  queryLimitDisconnections: 0,
  recentMaxInputBuffer: 0,
  recentMaxOutputBuffer: 0,
  reset() {},
};

export class Engine implements ServerServices, SessionHost {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly keyspace: Keyspace;
  readonly registry = new CommandRegistry(families);
  readonly clients = new ClientRegistry();
  readonly state = new ServerState();
  readonly stats = new ServerStats();
  readonly slowLog = new SlowLog();
  readonly latency = new LatencyMonitor();
  readonly loop: LoopMonitor;
  readonly memory: MemoryMonitor;
  readonly memoryLimit: MemoryLimit;
  readonly rates: Rates;
  readonly writeLog = new WriteLog();
  readonly authenticator: Authenticator;
  readonly acl: Acl;
  readonly pauses: Pauses;
  readonly watches: Watches;
  readonly blocking: Blocking;
  readonly pushes: Pushes;
  readonly pubsub: PubSub;
  readonly tracking: Tracking;
  readonly monitors: Monitors;
  readonly network: NetworkCounters;
  readonly identity: ServerIdentity;
  readonly executor: Executor;
  readonly expiry: ExpiryCycle;
  readonly evictor: Evictor;
  readonly persistence: Snapshots;
  readonly appendOnly: AppendOnly;
  readonly payloads: Payloads;
  readonly loader: Loader;
  coarseNowMs: number;
  hz: number;

  private readonly options: EngineOptions;
  private readonly startup: Startup;
  private readonly aofDirectory: AofDirectory;
  private readonly waiters = new DurableWaiters();
  private readonly notifications: KeyspaceNotifications;
  private readonly chunks = new ChunkPool();
  private timer: NodeJS.Timeout | null = null;
  private backgroundScheduled = false;
  private stopped = false;
  /** The final save is done: no write may follow it. */
  private isFinal = false;

  constructor(options: EngineOptions = {}) {
    this.options = options;
    this.config = options.config ?? Config.defaults();
    this.clock = options.clock ?? new SystemClock();
    this.random = options.random ?? new Xoshiro128();
    this.network = options.network ?? NO_NETWORK;
    this.coarseNowMs = this.clock.nowMs();
    this.hz = this.config.get('hz');
    this.keyspace = new Keyspace({
      clock: this.clock,
      random: this.random,
      databases: this.config.get('databases'),
      hashSeed: hashSeed(),
      ...(options.heap === undefined ? {} : { heap: options.heap }),
    });
    this.expiry = new ExpiryCycle(this.keyspace);
    this.evictor = new Evictor(this.keyspace);
    this.pauses = new Pauses(this.clock, this.state, (paused) => {
      this.keyspace.keepsExpired = paused;
    });
    this.watches = new Watches(this.keyspace);
    this.blocking = new Blocking(this.keyspace, (session, args, key) => this.executor.retry(session, args, key));
    this.pushes = new Pushes(() => this.executor.currentSession);
    this.pubsub = new PubSub(this.pushes);
    this.notifications = new KeyspaceNotifications(this.keyspace.events, this.pubsub);
    this.tracking = new Tracking({ clients: this.clients, pushes: this.pushes, events: this.keyspace.events });
    this.monitors = new Monitors(this.clock, this.state, this.pushes);
    const port = options.port ?? (() => 0);
    this.identity = {
      runId: randomHex(40),
      startedMs: this.coarseNowMs,
      executable: process.argv[1] ?? process.execPath,
      supervisor: options.supervisor ?? null,
      get port() {
        return port();
      },
    };
    this.loop = new LoopMonitor(this.latency, this.clock);
    this.memory = new MemoryMonitor(this.keyspace, this.clients);
    this.memoryLimit = new MemoryLimit({
      keyspace: this.keyspace,
      evictor: this.evictor,
      memory: this.memory,
      latency: this.latency,
      scheduleSlice: () => this.scheduleBackground(),
      mayEvict: () => this.mayEvict(),
    });
    this.rates = new Rates(this.clock.monotonicMs());
    this.acl = this.makeAcl();
    this.authenticator = this.acl.authenticator;
    this.executor = new Executor(this);
    const addedFacts = () => ({ replication: null, functions: this.loader.functions });
    this.persistence = new Snapshots({
      keyspace: this.keyspace,
      config: this.config,
      clock: this.clock,
      log: (level, message) => this.log(level, message),
      onRefusalChange: () => this.refreshRefusal(),
      isExcluded: () => this.appendOnly.isRewriting,
      addedFacts,
    });
    this.loader = new Loader({
      keyspace: this.keyspace,
      config: this.config,
      clock: this.clock,
      log: (level, message) => this.log(level, message),
    });
    this.payloads = new Payloads(this.keyspace);
    this.aofDirectory = new AofDirectory(this.config);
    this.appendOnly = this.createAppendOnly(addedFacts);
    this.startup = this.createStartup();
    this.config.beforeChange('appendonly', (value) => this.switchAppendOnly(value));
    this.refuseUnsupported();
    this.followConfig();
    this.acl.loadAtStart();
  }

  /** Starts what happens between commands: expiry, freeing, statistics, saves. */
  start(): void {
    this.persistence.open();
    const tick = (): void => {
      this.cron();
      if (!this.stopped) this.timer = setTimeout(tick, 1000 / this.hz).unref();
    };
    this.timer = setTimeout(tick, 0).unref();
  }

  /**
   * Loads the data set, if there is one on disk. Meanwhile, and for good if that fails, clients are told to wait, and
   * nothing is saved. Resolves to false when the engine was stopped before the end.
   *
   * @throws {LoadError} when the file is there and can't be loaded
   */
  async load(): Promise<boolean> {
    this.state.set(LOADING, true);
    const manifest = await this.startup.load();
    if (manifest === null) return false;
    this.keyspace.dirty = 0;
    this.keyspace.stats.reset();
    if (this.config.get('appendonly')) await this.openAppendOnly(manifest);
    this.state.set(LOADING, false);
    return true;
  }

  /** Ends it. Sessions may still be asked; nothing happens by itself any more. */
  stop(): void {
    this.stopped = true;
    this.loader.abort();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.state.bits !== 0 && !this.isFinal) this.pauses.end();
  }

  /** Ends saves that are under way, and brings the append-only file to the disk. To be called after {@link stop}, by those who can wait. */
  async close(): Promise<void> {
    await this.persistence.close();
    await this.appendOnly.stop();
  }

  /**
   * To be called before the server stops: ends a save in the background and, with save points or if asked to, saves
   * the data set. Clients' writes wait from then on, so that nothing is acknowledged that the file does not hold.
   * False if the save has failed, which is logged, or the shutdown was aborted: the server then goes on.
   */
  async prepareShutdown(request: ShutdownRequest, aborted: AbortSignal): Promise<boolean> {
    const { appendOnly, persistence } = this;
    // What is in memory is only a part of what is on disk.
    if (this.state.is(LOADING)) return true;
    if (appendOnly.isEnabled && !appendOnly.isOn) {
      this.log('warning', `Writing initial AOF${request.force ? '. Exit anyway.' : ", can't exit"}`);
      if (!request.force) return false;
    }
    await persistence.endBackground();
    const saves = request.save === 'save' || (request.save === 'default' && this.config.get('save').length > 0);
    if (!saves && !appendOnly.isOn) return true;
    this.pauses.begin(Number.POSITIVE_INFINITY, true, 'shutdown');
    await this.syncAppendOnly();
    if (saves) this.log('notice', 'Saving the final RDB snapshot before exiting.');
    const isSaved = !saves || (await persistence.saveInForeground());
    if (!isSaved) {
      const consequence = request.force ? '. Exit anyway.' : ", can't exit.";
      this.log('warning', `Error trying to save the DB${consequence}`);
    }
    this.isFinal = !aborted.aborted && (isSaved || request.force);
    if (!this.isFinal) this.pauses.end('shutdown');
    return this.isFinal && isSaved;
  }

  /** A session for a client that has just connected. */
  openClient(transport: Transport): ClientPort {
    const writer = new RespWriter(this.chunks, 2);
    const session = this.openSession(writer, transport);
    this.authenticator.logOut(session);
    this.clients.add(session);
    return new SessionPort(session, writer, this);
  }

  /** A session of the server's own: trusted, and not among the clients. */
  openSession(reply: ReplyWriter, transport: Transport = NO_TRANSPORT): Session {
    const id = this.clients.takeId();
    return new Session(id, this.keyspace.databases[0], reply, this.clock.nowMs(), transport);
  }

  execute(session: Session, args: Args): void {
    this.executor.beginTurn();
    this.executor.execute(session, args);
  }

  executeQueued(session: Session, commands: readonly QueuedCommand[]): void {
    this.executor.executeQueued(session, commands);
  }

  log(level: LogLevel, message: string): void {
    this.options.log?.(level, message);
  }

  shutdown(request: ShutdownRequest): Promise<string> {
    return this.options.shutdown?.(request) ?? Promise.resolve('this server belongs to the program it runs in');
  }

  abortShutdown(): boolean {
    return this.options.abortShutdown?.() ?? false;
  }

  async reloadAppendOnly(): Promise<boolean> {
    const { appendOnly, keyspace } = this;
    if (appendOnly.isOn) await appendOnly.sync();
    // From here to the end nobody is served.
    this.state.set(LOADING, true);
    try {
      if (appendOnly.isOn && !appendOnly.log.drainAtOnce()) return false;
      keyspace.events.quietly(() => keyspace.flush());
      this.startup.loadAtOnce(this.aofDirectory.readManifest());
      this.log('warning', 'Append Only File loaded by DEBUG LOADAOF');
      keyspace.dirty = 0;
      return true;
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      this.log('warning', error.message);
      return false;
    } finally {
      this.state.set(LOADING, false);
    }
  }

  // The end of a turn

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
    this.scheduleTurnEnd();
  }

  // Called by sessions

  describe(session: Session): string {
    return describeClient(session, this.clock.nowMs());
  }

  ended(session: Session): void {
    session.blocked?.cancel('gone');
    this.watches.unwatch(session);
    this.pubsub.forget(session);
    this.tracking.disable(session);
    this.monitors.remove(session);
    this.pauses.forget(session);
    this.clients.remove(session);
    this.authenticator.forget(session);
  }

  broken(error: unknown): void {
    this.stop();
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log('warning', `A broken invariant stops the server: ${text}`);
    this.options.onBroken?.(error);
  }

  // Between commands

  private cron(): void {
    this.coarseNowMs = this.clock.nowMs();
    this.hz = this.tickRate();
    this.keyspace.access.tick();
    const nowMs = this.clock.monotonicMs();
    this.memory.sample(nowMs);
    this.rates.sample(this.stats, this.network, nowMs);
    this.tracking.limit();
    if (!this.state.is(LOADING)) {
      this.persistence.cron();
      this.appendOnly.cron();
    }
    this.background();
  }

  private tickRate(): number {
    const { config, clients } = this;
    return tickRate(config.get('hz'), config.get('dynamic-hz') ? clients.size : 0);
  }

  /** Frees and expires in slices for as long as there is something to do, clients' turns in between. */
  private background(): void {
    this.backgroundScheduled = false;
    if (this.stopped) return;
    try {
      const startMs = performance.now();
      let more = !this.state.is(LOADING) && this.expiry.run(this.keyspace.nowMs(), BACKGROUND_SLICE_MS);
      const { reclaimer } = this.keyspace;
      const expiredMs = performance.now();
      this.stats.expiryUs += (expiredMs - startMs) * 1000;
      this.latency.record('expire-cycle', expiredMs - startMs, this.coarseNowMs);
      const endMs = expiredMs + BACKGROUND_SLICE_MS;
      while (!reclaimer.isIdle && performance.now() < endMs) reclaimer.step();
      more ||= !reclaimer.isIdle;
      more = this.memoryLimit.runSlice(BACKGROUND_SLICE_MS) || more;
      this.loop.endWork(startMs);
      if (more) this.scheduleBackground();
    } catch (error) {
      this.broken(error);
    }
  }

  private createAppendOnly(addedFacts: () => AddedFacts): AppendOnly {
    const { clock, config, keyspace, writeLog } = this;
    const deleted: DeletionObserver = (database, key, reason) => {
      const isLazy = config.get(reason === 'expired' ? 'lazyfree-lazy-expire' : 'lazyfree-lazy-eviction');
      writeLog.appendDeletion(database, isLazy ? 'UNLINK' : 'DEL', key, this.executor.isRunning);
    };
    return new AppendOnly({
      origin: { clock, config, keyspace, addedFacts },
      directory: this.aofDirectory,
      log: (level, message) => this.log(level, message),
      isBusy: () => this.persistence.isRunning,
      onAttach: (attached) => {
        const log = this.appendOnly.log;
        if (attached) {
          writeLog.subscribe(log);
          keyspace.events.addDeletionObserver(deleted);
        } else {
          writeLog.unsubscribe(log);
          keyspace.events.removeDeletionObserver(deleted);
        }
      },
      onPending: () => this.scheduleTurnEnd(),
      onDurable: () => {
        this.options.onDurable?.();
        this.waiters.release(this.appendOnly.durable());
      },
      onLatency: (event, milliseconds) => this.latency.record(event, milliseconds, clock.nowMs()),
      onRefusalChange: () => this.refreshRefusal(),
    });
  }

  private createStartup(): Startup {
    const { clock, config, executor, keyspace, loader } = this;
    let session: Session | null = null;
    return new Startup({
      clock,
      config,
      keyspace,
      loader,
      directory: this.aofDirectory,
      log: (level, message) => this.log(level, message),
      replay: {
        begin: () => {
          session = this.openSession(new NullWriter());
        },
        execute: (args) => executor.replay(session as Session, args),
      },
    });
  }

  private scheduleTurnEnd(): void {
    if (this.options.onPending !== undefined) this.options.onPending();
    else setImmediate(() => this.endTurn());
  }

  private refreshRefusal(): void {
    this.state.set(UNSAFE, this.persistence.writeRefusal !== null || this.appendOnly.writeRefusal !== null);
  }

  private async switchAppendOnly(on: boolean): Promise<string | null> {
    if (on) return this.appendOnly.start();
    await this.appendOnly.stop();
    return null;
  }

  /** @throws {LoadError} when the files can't be written to */
  private async openAppendOnly(manifest: Manifest): Promise<void> {
    try {
      await this.appendOnly.open(manifest);
    } catch (error) {
      throw new LoadError(this.aofDirectory.path, AofError.unwritable(error));
    }
  }

  /** Ends a rewrite and brings the log to the disk; where that fails, it is logged. */
  private async syncAppendOnly(): Promise<void> {
    const { appendOnly } = this;
    if (!appendOnly.isOn) return;
    if (appendOnly.isRewriting) {
      this.log('warning', 'There is a child rewriting the AOF. Killing it!');
      await appendOnly.abortRewrite();
    }
    this.log('notice', 'Calling fsync() on the AOF file.');
    await appendOnly.sync();
  }

  private scheduleBackground(): void {
    if (this.backgroundScheduled || this.stopped) return;
    this.backgroundScheduled = true;
    setImmediate(() => this.background());
  }

  /** While this says no, the data set stays as it is, whatever `maxmemory` says. */
  private mayEvict(): boolean {
    if (this.state.is(LOADING) || this.state.is(PAUSED)) return false;
    return !this.state.is(REPLICA) || !this.config.get('replica-ignore-maxmemory');
  }

  /**
   * What is still to come is refused: accepted, it would promise what nobody keeps.
   *
   * @throws {ConfigError} when the configuration asks for it
   */
  private refuseUnsupported(): void {
    const { config } = this;
    const noReplica = 'Being a replica is not supported yet';
    if (config.get('replicaof') !== null) throw new ConfigError('CONFIG_BAD_DIRECTIVE', noReplica);
    config.beforeChange('replicaof', (value) => (value !== null ? noReplica : null));
  }

  private makeAcl(): Acl {
    const { config, clock, stats } = this;
    const tell = (level: LogLevel, message: string): void => this.log(level, message);
    const log = new AclLog(clock, stats, (session) => describeClient(session, clock.nowMs(), this.watches));
    const index = new CommandIndex(this.registry);
    const users = new Users({
      commands: index,
      get allChannels() {
        return config.get('acl-pubsub-default') === 'allchannels';
      },
      deprecated: (rule) =>
        tell(
          'warning',
          `Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL and may get disabled in the future (offender: ${rule})`,
        ),
    });
    const authenticator = new Authenticator(users, log);
    return new Acl({ index, users, log, authenticator, config, subscriptions: this.subscriptions(), tell });
  }

  /** What sessions are subscribed to, for those who may take rights away. */
  private subscriptions(): Subscriptions {
    const { pubsub } = this;
    const slices = (names: Iterable<string>) => Array.from(names, (name) => Slice.from(Buffer.from(name, 'latin1')));
    return {
      channelsOf: (session) => [
        ...slices(pubsub.subscriptions(session, 'channel')),
        ...slices(pubsub.subscriptions(session, 'shard')),
      ],
      patternsOf: (session) => slices(pubsub.subscriptions(session, 'pattern')),
    };
  }

  private followConfig(): void {
    const { config, slowLog, latency, keyspace } = this;
    config.watch('hz', () => {
      this.hz = this.tickRate();
    });
    config.watch('slowlog-log-slower-than', (value) => {
      slowLog.thresholdUs = value;
    });
    config.watch('slowlog-max-len', (value) => {
      slowLog.maxLength = value;
    });
    config.watch('latency-tracking', (value) => {
      this.executor.meter.tracksLatency = value;
    });
    config.watch('latency-monitor-threshold', (value) => {
      latency.thresholdMs = value;
    });
    config.watch('notify-keyspace-events', (value) => this.notifications.setClasses(value));
    config.watch('tracking-table-max-keys', (value) => {
      this.tracking.maxKeys = value;
    });
    config.watch('requirepass', (value) => this.acl.setDefaultPassword(value));
    config.watch('acllog-max-len', (value) => {
      this.acl.log.maxLength = value;
    });
    config.watch('maxmemory-policy', (value) => {
      keyspace.access.lfu = value.endsWith('lfu');
      this.evictor.setPolicy(value);
    });
    config.watch('maxmemory-samples', (value) => {
      this.evictor.samples = value;
    });
    config.watch('maxmemory-eviction-tenacity', (value) => this.memoryLimit.setTenacity(value));
    config.watch('hash-max-listpack-entries', (value) => {
      keyspace.limits.hash.entries = value;
    });
    config.watch('hash-max-listpack-value', (value) => {
      keyspace.limits.hash.valueBytes = value;
    });
    config.watch('list-max-listpack-size', (value) => keyspace.listTree.setLimits(leafLimits(value)));
    config.watch('zset-max-listpack-entries', (value) => {
      keyspace.limits.zset.entries = value;
    });
    config.watch('zset-max-listpack-value', (value) => {
      keyspace.limits.zset.valueBytes = value;
    });
    config.watch('set-max-intset-entries', (value) => {
      keyspace.limits.set.intsetEntries = value;
    });
    config.watch('rdbcompression', (value) => {
      this.payloads.compression = value;
    });
    config.watch('maxmemory', (value) => {
      this.state.set(MEMORY_LIMITED, value > 0);
      this.memoryLimit.limitChanged(value);
    });
    config.onChange('maxmemory', (value) => {
      const { countedBytes } = this.memory;
      if (value === 0 || value >= countedBytes) return;
      this.log(
        'warning',
        `WARNING: the new maxmemory value set via CONFIG SET (${value}) is smaller than the current memory usage (${countedBytes}). This will result in key eviction and/or the inability to accept new write commands depending on the maxmemory-policy.`,
      );
    });
    config.watch('lfu-log-factor', (value) => {
      keyspace.access.logFactor = value;
    });
    config.watch('lfu-decay-time', (value) => {
      keyspace.access.decayMinutes = value;
    });
  }
}

/** Two words that nobody can guess. */
function hashSeed(): readonly [number, number] {
  const bytes = randomBytes(8);
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
}
