/** INFO's server, clients, modules and cluster sections: what runs, and for whom. */
import os from 'node:os';
import type { ServerServices } from '../../../dispatch/server-services.ts';
import { TRACKING } from '../../../dispatch/session.ts';
import { REDIS_VERSION, RESPD_VERSION } from '../../../lib/version.ts';
import type { InfoSection, InfoText } from './info-text.ts';

const SECONDS_PER_DAY = 86_400;
const LRU_CLOCK_MASK = 0xffffff;

export const serverSection: InfoSection = {
  names: ['server'],
  title: 'Server',
  shown: 'by-default',
  write(server, text) {
    const { clock, config, identity } = server;
    const uptimeSeconds = Math.max(0, Math.floor((clock.nowMs() - identity.startedMs) / 1000));
    text.field('redis_version', REDIS_VERSION);
    text.field('redis_git_sha1', '00000000');
    text.field('redis_git_dirty', 0);
    text.field('redis_build_id', '0000000000000000');
    text.field('redis_mode', 'standalone');
    text.field('respd_version', RESPD_VERSION);
    text.field('node_version', process.version);
    text.field('os', `${os.type()} ${os.release()} ${os.machine()}`);
    text.field('arch_bits', 64);
    text.field('monotonic_clock', 'POSIX clock_gettime');
    text.field('multiplexing_api', 'libuv');
    text.field('atomicvar_api', 'js-atomics');
    // As where Redis was compiled by another compiler.
    text.field('gcc_version', '0.0.0');
    text.field('process_id', process.pid);
    text.field('process_supervised', identity.supervisor ?? 'no');
    text.field('run_id', identity.runId);
    text.field('tcp_port', identity.port);
    text.field('server_time_usec', clock.nowUs());
    text.field('uptime_in_seconds', uptimeSeconds);
    text.field('uptime_in_days', Math.floor(uptimeSeconds / SECONDS_PER_DAY));
    text.field('hz', server.hz);
    text.field('configured_hz', config.get('hz'));
    text.field('lru_clock', Math.floor(clock.nowMs() / 1000) & LRU_CLOCK_MASK);
    text.field('executable', identity.executable);
    text.field('config_file', config.filePath ?? '');
    text.field('io_threads_active', 0);
    writeListeners(server, text);
  },
};

function writeListeners({ config, identity }: ServerServices, text: InfoText): void {
  const listeners: string[] = [];
  const bind = config.get('bind').map((address) => `,bind=${address}`);
  if (identity.port !== 0) listeners.push(`name=tcp${bind.join('')},port=${identity.port}`);
  if (config.get('tls-port') !== 0) listeners.push(`name=tls${bind.join('')},port=${config.get('tls-port')}`);
  if (config.get('unixsocket') !== '') listeners.push(`name=unix,bind=${config.get('unixsocket')}`);
  for (const [i, listener] of listeners.entries()) text.field(`listener${i}`, listener);
}

export const clientsSection: InfoSection = {
  names: ['clients'],
  title: 'Clients',
  shown: 'by-default',
  write({ clients, config, network }, text) {
    let replicas = 0;
    let tracking = 0;
    let subscribed = 0;
    let timed = 0;
    for (const session of clients.all()) {
      if (session.role === 'replica') replicas++;
      if (session.is(TRACKING)) tracking++;
      if (session.clientClass === 'pubsub') subscribed++;
      if (session.blocked?.hasTimeout === true) timed++;
    }
    text.field('connected_clients', clients.size - replicas);
    text.field('cluster_connections', 0);
    text.field('maxclients', config.get('maxclients'));
    text.field('client_recent_max_input_buffer', network.recentMaxInputBuffer);
    text.field('client_recent_max_output_buffer', network.recentMaxOutputBuffer);
    text.field('blocked_clients', clients.blockedCount);
    text.field('tracking_clients', tracking);
    text.field('clients_in_timeout_table', timed);
    text.field('pubsub_clients', subscribed);
  },
};

export const modulesSection: InfoSection = {
  names: ['module_list', 'modules'],
  title: 'Modules',
  shown: 'by-default',
  write() {},
};

export const clusterSection: InfoSection = {
  names: ['cluster'],
  title: 'Cluster',
  shown: 'by-default',
  write(_server, text) {
    text.field('cluster_enabled', 0);
  },
};
