/** Directives that parts of the server keep as fields of their own: set now, and at every change. */
import type { CommandMeter } from '../dispatch/command-meter.ts';
import type { ServerServices } from '../dispatch/server-services.ts';
import { MEMORY_LIMITED } from '../dispatch/server-state.ts';
import type { Evictor } from '../keyspace/evictor.ts';
import type { Payloads } from '../persistence/payloads.ts';
import type { KeyspaceNotifications } from '../pubsub/keyspace-notifications.ts';
import { leafLimits } from '../structures/list-leaf-editor.ts';

type Parts = Pick<
  ServerServices,
  | 'acl'
  | 'clientMemory'
  | 'config'
  | 'defragmenter'
  | 'keyspace'
  | 'latency'
  | 'log'
  | 'memory'
  | 'memoryLimit'
  | 'slowLog'
  | 'state'
  | 'tracking'
> & {
  readonly evictor: Evictor;
  readonly executor: { readonly meter: CommandMeter };
  readonly notifications: KeyspaceNotifications;
  readonly payloads: Payloads;
};

export function followSettings(parts: Parts): void {
  const { acl, clientMemory, config, defragmenter, evictor, keyspace, latency, memory, memoryLimit } = parts;
  const { meter } = parts.executor;
  const { notifications, payloads, slowLog, state, tracking } = parts;
  config.watch('slowlog-log-slower-than', (value) => {
    slowLog.thresholdUs = value;
  });
  config.watch('slowlog-max-len', (value) => {
    slowLog.maxLength = value;
  });
  config.watch('latency-tracking', (value) => {
    meter.tracksLatency = value;
  });
  config.watch('latency-monitor-threshold', (value) => {
    latency.thresholdMs = value;
  });
  config.watch('notify-keyspace-events', (value) => notifications.setClasses(value));
  config.watch('tracking-table-max-keys', (value) => {
    tracking.maxKeys = value;
  });
  config.watch('requirepass', (value) => acl.setDefaultPassword(value));
  config.watch('acllog-max-len', (value) => {
    acl.log.maxLength = value;
  });
  config.watch('maxmemory-policy', (value) => {
    keyspace.access.lfu = value.endsWith('lfu');
    evictor.setPolicy(value);
  });
  config.watch('maxmemory-samples', (value) => {
    evictor.samples = value;
  });
  config.watch('maxmemory-eviction-tenacity', (value) => memoryLimit.setTenacity(value));
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
  config.watch('set-max-listpack-entries', (value) => {
    keyspace.limits.set.entries = value;
  });
  config.watch('set-max-listpack-value', (value) => {
    keyspace.limits.set.valueBytes = value;
  });
  config.watch('rdbcompression', (value) => {
    payloads.compression = value;
  });
  config.watch('maxmemory', (value) => {
    state.set(MEMORY_LIMITED, value > 0);
    memoryLimit.limitChanged(value);
    clientMemory.setLimit(config.get('maxmemory-clients'), value);
  });
  config.watch('maxmemory-clients', (value) => clientMemory.setLimit(value, config.get('maxmemory')));
  config.onChange('maxmemory', (value) => {
    const { countedBytes } = memory;
    if (value === 0 || value >= countedBytes) return;
    parts.log(
      'warning',
      `WARNING: the new maxmemory value set via CONFIG SET (${value}) is smaller than the current memory usage (${countedBytes}). This will result in key eviction and/or the inability to accept new write commands depending on the maxmemory-policy.`,
    );
  });
  config.watch('active-defrag-max-scan-fields', (value) => {
    defragmenter.maxScanFields = value;
  });
  config.watch('lfu-log-factor', (value) => {
    keyspace.access.logFactor = value;
  });
  config.watch('lfu-decay-time', (value) => {
    keyspace.access.decayMinutes = value;
  });
}
