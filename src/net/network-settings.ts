/**
 * What the network layer asks of the configuration. All of it is read at each use, so an object with getters over the
 * configuration follows CONFIG SET.
 */
import type { ClientClass } from '../dispatch/client-port.ts';

/** One class of `client-output-buffer-limit`; 0 is no limit. */
export interface OutputLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  /** How long output may stay over `softBytes` without a break. */
  readonly softSeconds: number;
}

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

export interface NetworkSettings {
  readonly maxClients: number;
  /** Seconds of silence before the system probes a TCP peer (`tcp-keepalive`); 0 is never. */
  readonly keepAliveSeconds: number;
  /** Seconds after which an idle client is closed (`timeout`); 0 is never. */
  readonly idleTimeoutSeconds: number;
  /** True while only local clients are let in: protected mode is on and the default user has no password. */
  readonly localClientsOnly: boolean;
  /** `proto-max-bulk-len`. */
  readonly maxBulkBytes: number;
  /** `client-query-buffer-limit`. */
  readonly maxQueryBytes: number;
  readonly outputLimits: Readonly<Record<ClientClass, OutputLimit>>;
  log(level: LogLevel, message: string): void;
}
