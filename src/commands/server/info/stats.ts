/** INFO's stats, cpu and debug sections: what has been done, and what it took. */
import { threadUsage } from '../../../dispatch/thread-usage.ts';
import type { InfoSection } from './info-text.ts';

export const statsSection: InfoSection = {
  names: ['stats'],
  title: 'Stats',
  shown: 'by-default',
  write(
    {
      appendOnly,
      clientMemory,
      defrag,
      defragmenter,
      keyspace,
      loop,
      memoryLimit,
      network,
      peers,
      persistence,
      pubsub,
      rates,
      stats,
      tracking,
    },
    text,
  ) {
    const keys = keyspace.stats;
    const defragMs = defrag.timeMs;
    const exceeded = memoryLimit.exceededTimeMs;
    text.field('total_connections_received', network.accepted);
    text.field('total_commands_processed', stats.commandsProcessed);
    text.field('instantaneous_ops_per_sec', Math.round(rates.commands.perSecond));
    text.field('total_net_input_bytes', network.inputBytes);
    text.field('total_net_output_bytes', network.outputBytes);
    text.field('total_net_repl_input_bytes', 0);
    text.field('total_net_repl_output_bytes', 0);
    text.decimal('instantaneous_input_kbps', rates.inputBytes.perSecond / 1024, 2);
    text.decimal('instantaneous_output_kbps', rates.outputBytes.perSecond / 1024, 2);
    text.decimal('instantaneous_input_repl_kbps', 0, 2);
    text.decimal('instantaneous_output_repl_kbps', 0, 2);
    text.field('rejected_connections', network.rejected);
    text.field('sync_full', 0);
    text.field('sync_partial_ok', 0);
    text.field('sync_partial_err', 0);
    text.field('expired_keys', keys.expired);
    text.decimal('expired_stale_perc', keys.stalePercent, 2);
    text.field('expired_time_cap_reached_count', keys.expireTimeCapReached);
    text.field('expire_cycle_cpu_milliseconds', stats.expiryUs / 1000);
    text.field('evicted_keys', keys.evicted);
    text.field('evicted_clients', clientMemory.evicted);
    text.field('total_eviction_exceeded_time', Math.trunc(exceeded.total));
    text.field('current_eviction_exceeded_time', Math.trunc(exceeded.current));
    text.field('keyspace_hits', keys.hits);
    text.field('keyspace_misses', keys.misses);
    text.field('pubsub_channels', pubsub.count('channel'));
    text.field('pubsub_patterns', pubsub.count('pattern'));
    text.field('pubsubshard_channels', pubsub.count('shard'));
    // A freeze is to this server what a fork is to Redis.
    text.field('latest_fork_usec', persistence.status.lastFreezeUs);
    text.field('total_forks', persistence.status.freezes + appendOnly.status.rewrites);
    text.field('migrate_cached_sockets', peers.idleLinks);
    text.field('slave_expires_tracked_keys', 0);
    text.field('active_defrag_hits', defragmenter.stats.hits);
    text.field('active_defrag_misses', defragmenter.stats.misses);
    text.field('active_defrag_key_hits', defragmenter.stats.keyHits);
    text.field('active_defrag_key_misses', defragmenter.stats.keyMisses);
    text.field('total_active_defrag_time', Math.trunc(defragMs.total));
    text.field('current_active_defrag_time', Math.trunc(defragMs.current));
    text.field('tracking_total_keys', tracking.keyCount);
    text.field('tracking_total_items', tracking.totalItems);
    text.field('tracking_total_prefixes', tracking.prefixes.size);
    text.field('unexpected_error_replies', 0);
    text.field('total_error_replies', stats.errorReplies);
    text.field('dump_payload_sanitizations', 0);
    text.field('total_reads_processed', network.reads);
    text.field('total_writes_processed', network.writes);
    text.field('io_threaded_reads_processed', 0);
    text.field('io_threaded_writes_processed', 0);
    // Clients are lent buffers while they have output.
    text.field('reply_buffer_shrinks', 0);
    text.field('reply_buffer_expands', 0);
    text.field('client_query_buffer_limit_disconnections', network.queryLimitDisconnections);
    text.field('client_output_buffer_limit_disconnections', network.outputLimitDisconnections);
    text.field('eventloop_cycles', loop.cycles);
    text.field('eventloop_duration_sum', loop.busyUs);
    text.field('acl_access_denied_auth', stats.accessDenied.auth);
    text.field('acl_access_denied_cmd', stats.accessDenied.command);
    text.field('acl_access_denied_key', stats.accessDenied.key);
    text.field('acl_access_denied_channel', stats.accessDenied.channel);
  },
};

export const cpuSection: InfoSection = {
  names: ['cpu'],
  title: 'CPU',
  shown: 'by-default',
  write(_server, text) {
    const { systemCPUTime, userCPUTime } = process.resourceUsage();
    text.decimal('used_cpu_sys', systemCPUTime / 1e6, 6);
    text.decimal('used_cpu_user', userCPUTime / 1e6, 6);
    text.decimal('used_cpu_sys_children', 0, 6);
    text.decimal('used_cpu_user_children', 0, 6);
    const main = threadUsage();
    if (main === null) return;
    text.decimal('used_cpu_sys_main_thread', main.system / 1e6, 6);
    text.decimal('used_cpu_user_main_thread', main.user / 1e6, 6);
  },
};

export const debugSection: InfoSection = {
  names: ['debug'],
  title: 'Debug',
  shown: 'by-name',
  write({ loop }, text) {
    text.field('eventloop_longest_us', Math.round(loop.longestUs));
    text.field('eventloop_longest_running_us', Math.round(loop.longestRunningUs));
  },
};
