/**
 * What commands may ask of the server they run in. The engine satisfies it; nothing here is global.
 */
import type { Config } from '../config/config.ts';
import type { Defragmenter } from '../keyspace/defragmenter.ts';
import type { ExpiryCycle } from '../keyspace/expiry-cycle.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { Args } from '../protocol/args.ts';
import type { Acl } from './acl/acl.ts';
import type { AppendOnlyService } from './append-only-service.ts';
import type { Authenticator } from './authenticator.ts';
import type { Blocking } from './blocking.ts';
import type { ClientMemory } from './client-memory.ts';
import type { ClientRegistry } from './client-registry.ts';
import type { DefragPacer } from './defrag-pacer.ts';
import type { LatencyMonitor } from './latency-monitor.ts';
import type { LoadingService } from './loading-service.ts';
import type { LoopMonitor } from './loop-monitor.ts';
import type { MemoryLimit } from './memory-limit.ts';
import type { MemoryMonitor } from './memory-monitor.ts';
import type { Monitors } from './monitors.ts';
import type { Pauses } from './pauses.ts';
import type { PayloadService } from './payload-service.ts';
import type { PeerService } from './peer-service.ts';
import type { PersistenceService } from './persistence-service.ts';
import type { PubSubService } from './pubsub-service.ts';
import type { Pushes } from './pushes.ts';
import type { Rates } from './rates.ts';
import type { CommandRegistry } from './registry.ts';
import type { ScriptRuns } from './script-runs.ts';
import type { ScriptService } from './script-service.ts';
import type { ServerState } from './server-state.ts';
import type { ServerStats } from './server-stats.ts';
import type { Session } from './session.ts';
import type { SlowLog } from './slow-log.ts';
import type { Tracking } from './tracking.ts';
import type { QueuedCommand } from './transaction.ts';
import type { Watches } from './watches.ts';
import type { WriteLog } from './write-log.ts';

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

/** Counters of the network layer, which has them only where there is a network. */
export interface NetworkCounters {
  readonly accepted: number;
  readonly rejected: number;
  /** Reads and writes of sockets. */
  readonly reads: number;
  readonly writes: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly outputLimitDisconnections: number;
  readonly queryLimitDisconnections: number;
  readonly recentMaxInputBuffer: number;
  readonly recentMaxOutputBuffer: number;
  reset(): void;
}

/** What the program is, for INFO server. */
export interface ServerIdentity {
  /** 40 hexadecimal digits, new at each start. */
  readonly runId: string;
  readonly startedMs: number;
  readonly executable: string;
  /** The TCP port that is listened to, 0 if none. */
  readonly port: number;
  /** The service manager that minds the process; null for none. */
  readonly supervisor: 'systemd' | 'upstart' | null;
}

/** SHUTDOWN's options. */
export interface ShutdownRequest {
  readonly save: 'default' | 'save' | 'nosave';
  readonly now: boolean;
  readonly force: boolean;
}

export interface ServerServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: Config;
  readonly keyspace: Keyspace;
  readonly expiry: ExpiryCycle;
  readonly defragmenter: Defragmenter;
  readonly defrag: DefragPacer;
  readonly registry: CommandRegistry;
  readonly clients: ClientRegistry;
  readonly clientMemory: ClientMemory;
  readonly state: ServerState;
  readonly stats: ServerStats;
  readonly authenticator: Authenticator;
  readonly acl: Acl;
  readonly pauses: Pauses;
  readonly watches: Watches;
  readonly blocking: Blocking;
  readonly pushes: Pushes;
  readonly pubsub: PubSubService;
  readonly tracking: Tracking;
  readonly monitors: Monitors;
  readonly slowLog: SlowLog;
  readonly latency: LatencyMonitor;
  readonly loop: LoopMonitor;
  readonly memory: MemoryMonitor;
  readonly memoryLimit: MemoryLimit;
  readonly rates: Rates;
  readonly writeLog: WriteLog;
  readonly persistence: PersistenceService;
  readonly appendOnly: AppendOnlyService;
  readonly payloads: PayloadService;
  readonly loader: LoadingService;
  readonly peers: PeerService;
  /** The language of scripts, and what runs them. */
  readonly scripts: ScriptService;
  readonly scriptRuns: ScriptRuns;
  readonly network: NetworkCounters;
  readonly identity: ServerIdentity;
  /** How often a second the server does its own work now. */
  readonly hz: number;
  /** Executes a command in a session, as if its client had sent it. */
  execute(session: Session, args: Args): void;
  /** Runs what a transaction has queued, as one unit: its replies go to the session's current reply writer. */
  executeQueued(session: Session, commands: readonly QueuedCommand[]): void;
  /**
   * Loads the append-only file at once, in place of all keys. Resolves to false when that fails, which is logged: what
   * comes before the fault is loaded then.
   */
  reloadAppendOnly(): Promise<boolean>;
  /**
   * Serves other clients in the middle of a command that holds the event loop up, as far as the network can: what is
   * executed is up to the guards ({@link ServerState}).
   */
  pollClients(): void;
  log(level: LogLevel, message: string): void;
  /** Begins to shut down; the promise is kept only if that fails, with the reason. */
  shutdown(request: ShutdownRequest): Promise<string>;
  /** Ends a shutdown that waits. False when there is none. */
  abortShutdown(): boolean;
}
