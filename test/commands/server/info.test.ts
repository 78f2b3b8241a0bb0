import { describe, expect, it } from 'vitest';
import { REDIS_VERSION, RESPD_VERSION } from '../../../src/lib/version.ts';
import { CommandSession } from '../../support/command-session.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';
import type { RespClient } from '../../support/resp-client.ts';
import { besideRedis } from '../connection/beside-redis.ts';

type Sections = Map<string, Map<string, string>>;

/** INFO's text by section and field. */
function parse(text: string): Sections {
  const sections: Sections = new Map();
  for (const part of text.split('\r\n\r\n').filter((each) => each !== '')) {
    const [head, ...lines] = part.split('\r\n').filter((line) => line !== '');
    expect(head).toMatch(/^# \w+$/);
    const fields = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      expect(colon, line).toBeGreaterThan(0);
      fields.set(line.slice(0, colon), line.slice(colon + 1));
    }
    sections.set(head.slice(2), fields);
  }
  return sections;
}

function info(s: CommandSession, ...names: string[]): Sections {
  return parse(s.call('INFO', ...names) as string);
}

function field(s: CommandSession, section: string, name: string): string | undefined {
  return [...info(s, section).values()][0].get(name);
}

const DEFAULT = [
  'Server',
  'Clients',
  'Memory',
  'Persistence',
  'Stats',
  'Replication',
  'CPU',
  'Modules',
  'Errorstats',
  'Cluster',
  'Keyspace',
];

describe('INFO', () => {
  it('shows the default sections, all of them, or those that are named', () => {
    const s = new CommandSession();
    const all = [...DEFAULT.slice(0, 8), 'Commandstats', 'Errorstats', 'Latencystats', 'Cluster', 'Keyspace'];
    expect([...info(s).keys()]).toEqual(DEFAULT);
    expect([...info(s, 'default').keys()]).toEqual(DEFAULT);
    expect([...info(s, 'all').keys()]).toEqual(all);
    expect([...info(s, 'EVERYTHING').keys()]).toEqual(all);
    expect([...info(s, 'keyspace', 'Server', 'nosuch', 'debug').keys()]).toEqual(['Server', 'Keyspace', 'Debug']);
    expect([...info(s, 'default', 'commandstats').keys()]).toContain('Commandstats');
    expect([...info(s, 'modules').keys()]).toEqual(['Modules']);
    expect(s.call('INFO', 'nosuch')).toBe('');
  });

  it('says which Redis it stands for, and which program it is', () => {
    const s = new CommandSession({ config: { hz: '37' } });
    const server = info(s, 'server').get('Server');
    expect(server?.get('redis_version')).toBe(REDIS_VERSION);
    expect(server?.get('respd_version')).toBe(RESPD_VERSION);
    expect(server?.get('redis_mode')).toBe('standalone');
    expect(server?.get('run_id')).toMatch(/^[0-9a-f]{40}$/);
    expect(server?.get('hz')).toBe('37');
    expect(server?.get('process_id')).toBe(String(process.pid));
    s.clock.advance(200_000_000);
    expect(field(s, 'server', 'uptime_in_seconds')).toBe('200000');
    expect(field(s, 'server', 'uptime_in_days')).toBe('2');
  });

  it('counts memory to the byte', () => {
    const s = new CommandSession({ config: { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' } });
    const used = (): number => Number(field(s, 'memory', 'used_memory'));
    const before = used();
    expect(before).toBe(s.engine.keyspace.heap.usedBytes);
    s.call('SET', 'key', 'x'.repeat(100_000));
    expect(used()).toBe(before + (s.call('MEMORY', 'USAGE', 'key') as number));
    expect(field(s, 'memory', 'used_memory_human')).toMatch(/^10\d\.\d\dK$/);
    s.call('DEL', 'key');
    s.verify();
    expect(used()).toBe(before);
    expect(Number(field(s, 'memory', 'used_memory_peak'))).toBeGreaterThan(100_000);
    expect(field(s, 'memory', 'maxmemory')).toBe(String(100 * 1024 * 1024));
    expect(field(s, 'memory', 'maxmemory_human')).toBe('100.00M');
    expect(field(s, 'memory', 'maxmemory_policy')).toBe('allkeys-lru');
    expect(Number(field(s, 'memory', 'used_memory_rss'))).toBeGreaterThan(1e6);
  });

  it('counts keys', () => {
    const s = new CommandSession();
    s.call('SET', 'a', '1');
    s.call('SET', 'b', '1', 'PX', '100000');
    s.call('SELECT', '7');
    s.call('SET', 'c', '1');
    const keyspace = info(s, 'keyspace').get('Keyspace');
    expect([...(keyspace?.keys() ?? [])]).toEqual(['db0', 'db7']);
    expect(keyspace?.get('db0')).toMatch(/^keys=2,expires=1,avg_ttl=\d+$/);
    expect(keyspace?.get('db7')).toBe('keys=1,expires=0,avg_ttl=0');
  });

  it('counts calls, errors and look-ups, until CONFIG RESETSTAT', () => {
    const s = new CommandSession();
    s.call('GET', 'missing');
    s.call('SET', 'k', 'v');
    s.call('GET', 'k');
    s.error('GET');
    s.error('nosuch');
    s.error('INCR', 'k');
    expect(field(s, 'stats', 'keyspace_hits')).toBe('1');
    expect(field(s, 'stats', 'keyspace_misses')).toBe('1');
    expect(field(s, 'stats', 'total_error_replies')).toBe('3');
    expect(field(s, 'errorstats', 'errorstat_ERR')).toBe('count=3');
    const get = 'calls=2,usec=\\d+,usec_per_call=\\d+\\.\\d\\d,rejected_calls=1,failed_calls=0';
    expect(field(s, 'commandstats', 'cmdstat_get')).toMatch(new RegExp(`^${get}$`));
    expect(field(s, 'commandstats', 'cmdstat_incr')).toMatch(/rejected_calls=0,failed_calls=1$/);
    expect(field(s, 'latencystats', 'latency_percentiles_usec_get')).toMatch(/^p50=[\d.]+,p99=[\d.]+,p99\.9=[\d.]+$/);
    expect(field(s, 'persistence', 'rdb_changes_since_last_save')).toBe('1');
    s.call('CONFIG', 'RESETSTAT');
    expect(field(s, 'stats', 'keyspace_hits')).toBe('0');
    expect(field(s, 'stats', 'total_error_replies')).toBe('0');
    expect(info(s, 'errorstats').get('Errorstats')?.size).toBe(0);
    expect(field(s, 'commandstats', 'cmdstat_get')).toBeUndefined();
    // Not a statistic.
    expect(field(s, 'persistence', 'rdb_changes_since_last_save')).toBe('1');
  });

  it('leaves latency percentiles out while they are not wanted', () => {
    const s = new CommandSession({ config: { 'latency-tracking': 'no' } });
    s.call('GET', 'k');
    expect(info(s, 'latencystats').get('Latencystats')?.size).toBe(0);
  });
});

describe('INFO over a connection', () => {
  const both = besideRedis();

  it('is a text of its own kind in RESP3', async () => {
    const kinds = await both.same(async (open) => {
      const client = await open();
      const two = (await client.raw('INFO', 'cluster')).toString();
      await client.raw('HELLO', '3');
      return [two, (await client.raw('INFO', 'cluster')).toString()];
    });
    expect(kinds).toEqual([
      '$30\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n',
      '=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n',
    ]);
  });

  it('counts connections and clients', async () => {
    const client = await both.connect();
    const text = async (): Promise<Sections> => parse(String(await client.call('INFO')));
    const received = Number((await text()).get('Stats')?.get('total_connections_received'));
    await both.connect();
    const sections = await text();
    expect(Number(sections.get('Stats')?.get('total_connections_received'))).toBe(received + 1);
    expect(Number(sections.get('Clients')?.get('connected_clients'))).toBe(both.server.engine.clients.size);
    expect(Number(sections.get('Stats')?.get('total_net_input_bytes'))).toBeGreaterThan(0);
    expect(Number(sections.get('Stats')?.get('eventloop_duration_sum'))).toBeGreaterThan(0);
  });

  it('tells how long the event loop was held up', async () => {
    const client = await both.connect();
    both.server.config.override('enable-debug-command', 'yes');
    const longest = async (): Promise<number> =>
      Number(
        parse(String(await client.call('INFO', 'debug')))
          .get('Debug')
          ?.get('eventloop_longest_us'),
      );
    await client.call('DEBUG', 'SLEEP', '0.05');
    expect(await longest()).toBeGreaterThanOrEqual(50_000);
  });

  /** Fields of Redis 7.0 that say something about C, threads or forks. */
  const MEANINGLESS = new Set([
    'atomicvar_api',
    'clients_in_timeout_table',
    'gcc_version',
    'io_threaded_reads_processed',
    'io_threaded_writes_processed',
    'reply_buffer_expands',
    'reply_buffer_shrinks',
    'total_reads_processed',
    'total_writes_processed',
    'used_cpu_sys_main_thread',
    'used_cpu_user_main_thread',
  ]);

  it.skipIf(!hasReferenceRedis)('has the sections and fields of Redis, in values of the same form', async () => {
    /** Numbers are all alike. */
    const form = (value: string): string =>
      value.replace(/[0-9a-f]{40}/, 'ID').replace(/-?\d+(\.\d+)?/g, (number) => (number.includes('.') ? '1.0' : '1'));
    const forms = async (client: RespClient): Promise<Map<string, string>> => {
      const fields = new Map<string, string>();
      for (const [section, own] of parse(String(await client.call('INFO', 'everything')))) {
        for (const [name, value] of own) {
          if (!section.endsWith('stats') || section === 'Stats') fields.set(`${section} ${name}`, form(value));
        }
      }
      return fields;
    };
    const OWN_FORM = /_human$|^Server (os|executable|multiplexing_api|redis_build_id)$|mem_allocator$/;
    let ours: Map<string, string> | undefined;
    let theirs = new Map<string, string>();
    await both.same(async (open) => {
      const found = await forms(await open());
      if (ours === undefined) ours = found;
      else theirs = found;
    });
    expect(theirs.size).toBeGreaterThan(150);
    for (const [name, value] of theirs) {
      if (MEANINGLESS.has(name.split(' ')[1])) continue;
      expect(ours?.has(name), name).toBe(true);
      if (!OWN_FORM.test(name)) expect(ours?.get(name), name).toBe(value);
    }
  });
});
