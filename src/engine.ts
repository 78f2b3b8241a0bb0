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
import { Authenticator } from './dispatch/authenticator.ts';
import { Blocking } from './dispatch/blocking.ts';
import { describeClient } from './dispatch/client-info.ts';
import type { ClientPort } from './dispatch/client-port.ts';
import { ClientRegistry } from './dispatch/client-registry.ts';
import { Executor } from './dispatch/executor.ts';
import { LatencyMonitor } from './dispatch/latency-monitor.ts';
import type { LoadProgress } from './dispatch/loading-service.ts';
import { LoopMonitor } from './dispatch/loop-monitor.ts';
import { MemoryMonitor } from './dispatch/memory-monitor.ts';
import { Pauses } from './dispatch/pauses.ts';
import { Rates } from './dispatch/rates.ts';
import { CommandRegistry } from './dispatch/registry.ts';
import type {
  LogLevel,
  NetworkCounters,
  ServerIdentity,
  ServerServices,
  ShutdownRequest,
} from './dispatch/server-services.ts';
import { LOADING, MEMORY_LIMITED, ServerState, UNSAFE } from './dispatch/server-state.ts';
import { ServerStats } from './dispatch/server-stats.ts';
import { NEEDS_AUTH, Session } from './dispatch/session.ts';
import { type SessionHost, SessionPort } from './dispatch/session-port.ts';
import { SlowLog } from './dispatch/slow-log.ts';
import type { QueuedCommand } from './dispatch/transaction.ts';
import { NO_TRANSPORT, type Transport } from './dispatch/transport.ts';
import { Watches } from './dispatch/watches.ts';
import { WriteLog } from './dispatch/write-log.ts';
import { ExpiryCycle } from './keyspace/expiry-cycle.ts';
import { Keyspace } from './keyspace/keyspace.ts';
import { type Clock, SystemClock } from './lib/clock.ts';
import { type Random, randomHex, Xoshiro128 } from './lib/random.ts';
import type { Heap } from './memory/heap.ts';
import { LoadError, Loader } from './persistence/loader.ts';
import { Payloads } from './persistence/payloads.ts';
import { Snapshots } from './persistence/snapshots.ts';
import type { Args } from './protocol/args.ts';
import { ChunkPool } from './protocol/chunk-pool.ts';
import type { ReplyWriter } from './protocol/reply-writer.ts';
import { RespWriter } from './protocol/resp-writer.ts';
import { leafLimits } from './structures/list-leaf-editor.ts';

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
  /** Asked by SHUTDOWN; kept only if that fails, with the reason. */
  readonly shutdown?: (request: ShutdownRequest) => Promise<string>;
  readonly abortShutdown?: () => boolean;
  /** An invariant is broken: the server must stop. */
  readonly onBroken?: (error: unknown) => void;
}

const NO_NETWORK: NetworkCounters = {
  accepted: 0,
  rejected: 0,
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
  readonly rates: Rates;
  readonly writeLog = new WriteLog();
  readonly authenticator = new Authenticator();
  readonly pauses: Pauses;
  readonly watches: Watches;
  readonly blocking: Blocking;
  readonly network: NetworkCounters;
  readonly identity: ServerIdentity;
  readonly executor: Executor;
  readonly expiry: ExpiryCycle;
  readonly persistence: Snapshots;
  readonly payloads: Payloads;
  readonly loader: Loader;
  coarseNowMs: number;

  private readonly options: EngineOptions;
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
    this.keyspace = new Keyspace({
      clock: this.clock,
      random: this.random,
      databases: this.config.get('databases'),
      hashSeed: hashSeed(),
      ...(options.heap === undefined ? {} : { heap: options.heap }),
    });
    this.expiry = new ExpiryCycle(this.keyspace);
    this.pauses = new Pauses(this.clock, this.state, (paused) => {
      this.keyspace.keepsExpired = paused;
    });
    this.watches = new Watches(this.keyspace);
    this.blocking = new Blocking(this.keyspace, (session, args, key) => this.executor.retry(session, args, key));
    const port = options.port ?? (() => 0);
    this.identity = {
      runId: randomHex(40),
      startedMs: this.coarseNowMs,
      executable: process.argv[1] ?? process.execPath,
      get port() {
        return port();
      },
    };
    this.loop = new LoopMonitor(this.latency, this.clock);
    this.memory = new MemoryMonitor(this.keyspace, this.clients);
    this.rates = new Rates(this.clock.monotonicMs());
    this.executor = new Executor(this);
    this.persistence = new Snapshots({
      keyspace: this.keyspace,
      config: this.config,
      clock: this.clock,
      log: (level, message) => this.log(level, message),
      onRefusalChange: (refused) => this.state.set(UNSAFE, refused),
      addedFacts: () => ({ replication: null, functions: this.loader.functions }),
    });
    this.loader = new Loader({
      keyspace: this.keyspace,
      config: this.config,
      clock: this.clock,
      log: (level, message) => this.log(level, message),
    });
    this.payloads = new Payloads(this.keyspace);
    this.refuseUnsupported();
    this.followConfig();
  }

  /** Starts what happens between commands: expiry, freeing, statistics, saves. */
  start(): void {
    this.persistence.open();
    const tick = (): void => {
      this.cron();
      if (!this.stopped) this.timer = setTimeout(tick, 1000 / this.config.get('hz')).unref();
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
    const isLoaded = await this.loader.load();
    this.state.set(LOADING, !isLoaded);
    return isLoaded;
  }

  /** Ends it. Sessions may still be asked; nothing happens by itself any more. */
  stop(): void {
    this.stopped = true;
    this.loader.abort();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.state.bits !== 0 && !this.isFinal) this.pauses.end();
  }

  /** Ends saves that are under way. To be called after {@link stop}, by those who can wait. */
  close(): Promise<void> {
    return this.persistence.close();
  }

  /**
   * To be called before the server stops: ends a save in the background and, with save points or if asked to, saves
   * the data set. Clients' writes wait from then on, so that nothing is acknowledged that the file does not hold.
   * False if the save has failed, which is logged, or the shutdown was aborted: the server then goes on.
   */
  async prepareShutdown(request: ShutdownRequest, aborted: AbortSignal): Promise<boolean> {
    const { persistence } = this;
    // What is in memory is only a part of what is on disk.
    if (this.state.is(LOADING)) return true;
    await persistence.endBackground();
    const saves = request.save === 'save' || (request.save === 'default' && this.config.get('save').length > 0);
    if (!saves) return true;
    this.log('notice', 'Saving the final RDB snapshot before exiting.');
    this.pauses.begin(Number.POSITIVE_INFINITY, true, 'shutdown');
    const isSaved = await persistence.saveInForeground();
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
    session.set(NEEDS_AUTH, !this.authenticator.isOpen);
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

  // Called by sessions

  describe(session: Session): string {
    return describeClient(session, this.clock.nowMs());
  }

  ended(session: Session): void {
    session.blocked?.cancel('gone');
    this.watches.unwatch(session);
    this.pauses.forget(session);
    this.clients.remove(session);
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
    this.keyspace.access.tick();
    const nowMs = this.clock.monotonicMs();
    this.memory.sample(nowMs);
    this.rates.sample(this.stats, this.network, nowMs);
    if (!this.state.is(LOADING)) this.persistence.cron();
    this.background();
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
      const endMs = expiredMs + BACKGROUND_SLICE_MS;
      while (!reclaimer.isIdle && performance.now() < endMs) reclaimer.step();
      more ||= !reclaimer.isIdle;
      this.loop.endWork(startMs);
      if (!more || this.backgroundScheduled) return;
      this.backgroundScheduled = true;
      setImmediate(() => this.background());
    } catch (error) {
      this.broken(error);
    }
  }

  /**
   * What is still to come is refused: accepted, it would promise what nobody keeps.
   *
   * @throws {ConfigError} when the configuration asks for it
   */
  private refuseUnsupported(): void {
    const { config } = this;
    const noAppendOnly = 'The append-only file is not supported yet: snapshots are (save)';
    const noReplica = 'Being a replica is not supported yet';
    if (config.get('appendonly')) throw new ConfigError('CONFIG_BAD_DIRECTIVE', noAppendOnly);
    if (config.get('replicaof') !== null) throw new ConfigError('CONFIG_BAD_DIRECTIVE', noReplica);
    config.beforeChange('appendonly', (value) => (value ? noAppendOnly : null));
    config.beforeChange('replicaof', (value) => (value !== null ? noReplica : null));
  }

  private followConfig(): void {
    const { config, slowLog, latency, keyspace } = this;
    config.watch('slowlog-log-slower-than', (value) => {
      slowLog.thresholdUs = value;
    });
    config.watch('slowlog-max-len', (value) => slowLog.setMaxLength(value));
    config.watch('latency-monitor-threshold', (value) => {
      latency.thresholdMs = value;
    });
    config.watch('requirepass', (value) => this.authenticator.setDefaultPassword(value));
    config.watch('maxmemory-policy', (value) => {
      keyspace.access.lfu = value.endsWith('lfu');
    });
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
    config.watch('maxmemory', (value) => this.state.set(MEMORY_LIMITED, value > 0));
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
