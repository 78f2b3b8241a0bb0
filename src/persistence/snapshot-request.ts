/**
 * What a file is written with: settings and facts as they are when the keyspace is frozen.
 */
import type { Config } from '../config/config.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { Clock } from '../lib/clock.ts';
import { REDIS_VERSION } from '../lib/version.ts';
import type { SavedAccess, SnapshotFacts } from './rdb/snapshot-encoder.ts';
import type { SnapshotSettings } from './rdb/snapshot-task.ts';

/** What other parts of the server add to a file. */
export type AddedFacts = Pick<SnapshotFacts, 'replication' | 'functions'>;

export interface SnapshotOrigin {
  readonly keyspace: Keyspace;
  readonly config: Config;
  readonly clock: Clock;
  readonly addedFacts?: () => AddedFacts;
}

/** How an RDB file is written that stands for itself. */
export function rdbSettings(config: Config): SnapshotSettings {
  return {
    format: 'rdb',
    annotates: false,
    compression: config.get('rdbcompression'),
    checksum: config.get('rdbchecksum'),
    incrementalFsync: config.get('rdb-save-incremental-fsync'),
    keyDelayUs: config.get('rdb-key-save-delay'),
  };
}

/** How the base of an append-only file is written. */
export function baseSettings(config: Config): SnapshotSettings {
  return {
    ...rdbSettings(config),
    format: config.get('aof-use-rdb-preamble') ? 'rdb' : 'commands',
    annotates: config.get('aof-timestamp-enabled'),
    incrementalFsync: config.get('aof-rewrite-incremental-fsync'),
  };
}

export function snapshotFacts(origin: SnapshotOrigin, isAofBase: boolean): SnapshotFacts {
  const { clock, config, keyspace } = origin;
  return {
    redisVersion: REDIS_VERSION,
    frozenMs: clock.nowMs(),
    usedBytes: keyspace.heap.usedBytes,
    isAofBase,
    ...(origin.addedFacts?.() ?? { replication: null, functions: [] }),
    access: savedAccess(config.get('maxmemory-policy')),
    decayMinutes: config.get('lfu-decay-time'),
  };
}

function savedAccess(policy: string): SavedAccess {
  if (policy.endsWith('lru')) return 'idle';
  return policy.endsWith('lfu') ? 'frequency' : 'none';
}
