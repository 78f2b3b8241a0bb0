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
import type { Acl } from './dispatch/acl/acl.ts';
import type { Authenticator } from './dispatch/authenticator.ts';
import { Blocking } from './dispatch/blocking.ts';
import { describeClient } from './dispatch/client-info.ts';
import { ClientMemory } from './dispatch/client-memory.ts';
import type { ClientPort } from './dispatch/client-port.ts';
import { ClientRegistry } from './dispatch/client-registry.ts';
import { DefragPacer } from './dispatch/defrag-pacer.ts';
import { Executor } from './dispatch/executor.ts';
import { LatencyMonitor } from './dispatch/latency-monitor.ts';
import type { LoadProgress } from './dispatch/loading-service.ts';
import { LoopMonitor } from './dispatch/loop-monitor.ts';
import { MemoryLimit } from './dispatch/memory-limit.ts';
import { MemoryMonitor } from './dispatch/memory-monitor.ts';
import { Monitors } from './dispatch/monitors.ts';
import { Pauses } from './dispatch/pauses.ts';
import { PeerError } from './dispatch/peer-service.ts';
import { Pushes } from './dispatch/pushes.ts';
import { Rates } from './dispatch/rates.ts';
import { CommandRegistry } from './dispatch/registry.ts';
import { runDelayUs } from './dispatch/run-delay.ts';
import { ScriptRuns } from './dispatch/script-runs.ts';
import type {
  LogLevel,
  NetworkCounters,
  ServerIdentity,
  ServerServices,
  ShutdownRequest,
} from './dispatch/server-services.ts';
import { BUSY, LOADING, PAUSED, REPLICA, ServerState } from './dispatch/server-state.ts';
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
import { Defragmenter } from './keyspace/defragmenter.ts';
import { Evictor } from './keyspace/evictor.ts';
import { ExpiryCycle } from './keyspace/expiry-cycle.ts';
import { Keyspace } from './keyspace/keyspace.ts';
import { type Clock, SystemClock } from './lib/clock.ts';
import { type Random, randomHex, Xoshiro128 } from './lib/random.ts';
import type { Heap } from './memory/heap.ts';
import type { AppendOnly } from './persistence/aof/append-only.ts';
import { LoadError } from './persistence/load-error.ts';
import type { Loader } from './persistence/loader.ts';
import type { Payloads } from './persistence/payloads.ts';
import type { Snapshots } from './persistence/snapshots.ts';
import type { Args } from './protocol/args.ts';
import { ChunkPool } from './protocol/chunk-pool.ts';
import type { ReplyWriter } from './protocol/reply-writer.ts';
import { RespWriter } from './protocol/resp-writer.ts';
import { KeyspaceNotifications } from './pubsub/keyspace-notifications.ts';
import { PubSub } from './pubsub/pub-sub.ts';
import { PeerLinks } from './replication/peer-links.ts';
import { LuaScripts } from './scripting/lua-scripts.ts';
import { createAcl } from './wiring/access-control.ts';
import { followSettings } from './wiring/settings.ts';
import { Storage } from './wiring/storage.ts';

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
   * Something has to be done at the end of the turn: {@link Engine.endTurn} is to be called before the turn's output is
   * sent. Without it, the engine calls it itself.
   */
  readonly onPending?: () => void;
  /** More has become durable: output that waits for it may be sent. */
  readonly onDurable?: () => void;
  /** Reads what clients have sent, has it executed and sends the replies, while the event loop is held up. */
  readonly pollClients?: () => void;
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
  readonly clientMemory = new ClientMemory({
    clients: this.clients,
    describe: (session) => this.describe(session),
    log: (level, message) => this.log(level, message),
  });
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
  readonly defragmenter: Defragmenter;
  readonly defrag: DefragPacer;
  readonly persistence: Snapshots;
  readonly appendOnly: AppendOnly;
  readonly payloads: Payloads;
  readonly loader: Loader;
  readonly peers = new PeerLinks((code, message) => new PeerError(code, message));
  /** Saving, logging, loading. */
  readonly storage: Storage;
  readonly notifications: KeyspaceNotifications;
  readonly scripts: LuaScripts;
  readonly scriptRuns: ScriptRuns;
  coarseNowMs: number;
  hz: number;

  private readonly options: EngineOptions;

  private readonly chunks = new ChunkPool();
  private timer: NodeJS.Timeout | null = null;
  private backgroundScheduled = false;
  private stopped = false;

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
    this.defragmenter = new Defragmenter(this.keyspace);
    this.pauses = new Pauses(this.clock, this.state, (paused) => {
      this.keyspace.keepsExpired = paused;
    });
    this.watches = new Watches(this.keyspace);
    this.blocking = new Blocking(this.keyspace, (session, args, key) => this.executor.retry(session, args, key));
    const onPending = options.onPending ?? (() => void setImmediate(() => this.endTurn()));
    this.pushes = new Pushes(() => this.executor.currentSession, onPending);
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
    this.loop = new LoopMonitor(this.latency, this.clock, runDelayUs);
    this.memory = new MemoryMonitor(this.keyspace, this.clients);
    this.memoryLimit = new MemoryLimit({
      keyspace: this.keyspace,
      evictor: this.evictor,
      memory: this.memory,
      latency: this.latency,
      scheduleSlice: () => this.scheduleBackground(),
      mayEvict: () => this.mayEvict(),
    });
    this.defrag = new DefragPacer({
      config: this.config,
      keyspace: this.keyspace,
      defragmenter: this.defragmenter,
      latency: this.latency,
      loop: this.loop,
      mayRun: () => !this.state.is(LOADING),
      onBroken: (error) => this.broken(error),
    });
    this.rates = new Rates(this.clock.monotonicMs());
    this.acl = createAcl(this);
    this.authenticator = this.acl.authenticator;
    this.executor = new Executor(this);
    this.scriptRuns = new ScriptRuns(this, this.executor, (error) => this.broken(error));
    this.scripts = new LuaScripts({
      host: this.scriptRuns,
      deprecated: this.config.get('lua-enable-deprecated-api'),
      compresses: () => this.config.get('rdbcompression'),
    });
    this.scriptRuns.use(this.scripts);
    this.storage = new Storage(this, { onPending, onDurable: options.onDurable });
    this.persistence = this.storage.snapshots;
    this.appendOnly = this.storage.appendOnly;
    this.payloads = this.storage.payloads;
    this.loader = this.storage.loader;
    this.refuseUnsupported();
    followSettings(this);
    this.config.watch('hz', () => {
      this.hz = this.tickRate();
    });
    this.acl.loadAtStart();
  }

  /** Starts what happens between commands: expiry, freeing, statistics, saves. */
  start(): void {
    this.storage.open();
    const tick = (): void => {
      if (!this.state.cronPaused) this.cron();
      if (!this.stopped) this.timer = setTimeout(tick, 1000 / this.hz).unref();
    };
    this.timer = setTimeout(tick, 0).unref();
  }

  /** Ends it. Sessions may still be asked; nothing happens by itself any more. */
  stop(): void {
    this.stopped = true;
    this.loader.abort();
    this.peers.close();
    this.defrag.stop();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.state.bits !== 0 && !this.storage.isFinal) this.pauses.end();
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

  pollClients(): void {
    const { pollClients } = this.options;
    if (pollClients !== undefined) this.executor.serveOthers(pollClients);
  }

  shutdown(request: ShutdownRequest): Promise<string> {
    const failed = this.options.shutdown?.(request);
    if (failed === undefined) return Promise.resolve('this server belongs to the program it runs in');
    this.scriptRuns.giveWay(failed);
    return failed;
  }

  abortShutdown(): boolean {
    return this.options.abortShutdown?.() ?? false;
  }

  reloadAppendOnly(): Promise<boolean> {
    return this.storage.reloadAppendOnly();
  }

  /** Logs what the turn has executed, and writes what was postponed. To be called before the turn's output is sent. */
  endTurn(): void {
    this.pushes.settle();
    this.storage.endTurn();
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
    this.clientMemory.forget(session);
    this.memory.forget(session);
    this.clients.remove(session);
    this.authenticator.forget(session);
  }

  broken(error: unknown): void {
    this.stop();
    this.scriptRuns.giveWay(new Promise(() => undefined));
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
    this.clientMemory.sample();
    this.rates.sample(this.stats, this.network, nowMs);
    this.tracking.limit();
    this.storage.cron();
    this.defrag.check();
    // A slice that is scheduled comes soon enough; a second row of them beside it would take the clients' time.
    if (!this.backgroundScheduled) this.background();
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
      this.loop.beginWork(startMs);
      let more = !this.state.is(LOADING | BUSY) && this.expiry.run(this.keyspace.nowMs(), BACKGROUND_SLICE_MS);
      const { reclaimer } = this.keyspace;
      const expiredMs = performance.now();
      this.stats.expiryUs += (expiredMs - startMs) * 1000;
      this.latency.record('expire-cycle', expiredMs - startMs, this.coarseNowMs);
      const endMs = expiredMs + BACKGROUND_SLICE_MS;
      while (!reclaimer.isIdle && performance.now() < endMs) reclaimer.step();
      more ||= !reclaimer.isIdle;
      more = this.memoryLimit.runSlice(BACKGROUND_SLICE_MS) || more;
      this.loop.endWork();
      if (more) this.scheduleBackground();
    } catch (error) {
      this.broken(error);
    }
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
}

/** Two words that nobody can guess. */
function hashSeed(): readonly [number, number] {
  const bytes = randomBytes(8);
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
}
