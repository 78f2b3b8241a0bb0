/** INFO's memory section. */
import os from 'node:os';
import { ratio } from '../../../dispatch/memory-monitor.ts';
import { formatBytes } from '../../../lib/memory-size.ts';
import type { InfoSection } from './info-text.ts';

export const memorySection: InfoSection = {
  names: ['memory'],
  title: 'Memory',
  shown: 'by-default',
  write({ config, defrag, keyspace, memory, scripts }, text) {
    const { evalBytes, functionBytes, libraryBytes, scriptBytes, ...counts } = scripts.memory;
    const report = memory.report();
    const { used, startup, resident, allocated, active, reserved } = report;
    text.bytes('used_memory', used);
    text.bytes('used_memory_rss', resident);
    text.bytes('used_memory_peak', report.peak);
    text.decimal('used_memory_peak_perc', ratio(used, report.peak) * 100, 2, '%');
    text.field('used_memory_overhead', report.overhead);
    text.field('used_memory_startup', startup);
    text.field('used_memory_dataset', report.dataset);
    text.decimal('used_memory_dataset_perc', (report.dataset * 100) / Math.max(1, used - startup), 2, '%');
    text.field('allocator_allocated', allocated);
    text.field('allocator_active', active);
    text.field('allocator_resident', reserved);
    text.bytes('total_system_memory', os.totalmem());
    text.field('used_memory_lua', evalBytes);
    text.field('used_memory_vm_eval', evalBytes);
    text.field('used_memory_lua_human', formatBytes(evalBytes));
    text.field('used_memory_scripts_eval', scriptBytes);
    text.field('number_of_cached_scripts', counts.scripts);
    text.field('number_of_functions', counts.functions);
    text.field('number_of_libraries', counts.libraries);
    text.field('used_memory_vm_functions', functionBytes);
    text.bytes('used_memory_vm_total', evalBytes + functionBytes);
    text.field('used_memory_functions', libraryBytes);
    text.bytes('used_memory_scripts', scriptBytes + libraryBytes);
    text.bytes('maxmemory', config.get('maxmemory'));
    text.field('maxmemory_policy', config.get('maxmemory-policy'));
    text.decimal('allocator_frag_ratio', ratio(active, allocated), 2);
    text.field('allocator_frag_bytes', active - allocated);
    text.decimal('allocator_rss_ratio', ratio(reserved, active), 2);
    text.field('allocator_rss_bytes', reserved - active);
    text.decimal('rss_overhead_ratio', ratio(resident, reserved), 2);
    text.field('rss_overhead_bytes', resident - reserved);
    text.decimal('mem_fragmentation_ratio', ratio(resident, used), 2);
    text.field('mem_fragmentation_bytes', resident - used);
    text.field('mem_not_counted_for_evict', report.replicaClients);
    text.field('mem_replication_backlog', 0);
    text.field('mem_total_replication_buffers', 0);
    text.field('mem_clients_slaves', report.replicaClients);
    text.field('mem_clients_normal', report.normalClients);
    text.field('mem_cluster_links', 0);
    text.field('mem_aof_buffer', 0);
    text.field('mem_allocator', 'respd-slabs');
    text.field('active_defrag_running', defrag.effort);
    text.field('lazyfree_pending_objects', keyspace.reclaimer.pending);
    text.field('lazyfreed_objects', keyspace.reclaimer.reclaimed);
  },
};
