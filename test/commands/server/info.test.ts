import { describe, expect, it } from 'vitest';
import { REDIS_VERSION, RESPD_VERSION } from '../../../src/lib/version.ts';
import { CommandSession } from '../../support/command-session.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

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
    s.call('CONFIG', 'SET', 'hz', '1000');
    expect(field(s, 'server', 'hz')).toBe('500');
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

  it('tells no more than 128 codes of errors apart', () => {
    const s = new CommandSession();
    for (let i = 0; i < 200; i++) s.engine.stats.countError(`E${i}`);
    s.error('GET');
    const codes = info(s, 'errorstats').get('Errorstats');
    expect(codes?.size).toBe(129);
    expect(codes?.get('errorstat_ERRORSTATS_OVERFLOW')).toBe('count=73');
    expect(field(s, 'stats', 'total_error_replies')).toBe('201');
  });

  it('keeps no histograms while latency is not tracked', () => {
    const s = new CommandSession({ config: { 'latency-tracking': 'no' } });
    s.call('GET', 'k');
    s.call('CONFIG', 'SET', 'latency-tracking', 'yes');
    expect(s.call('LATENCY', 'HISTOGRAM', 'get')).toEqual([]);
    s.call('GET', 'k');
    expect(s.call('LATENCY', 'HISTOGRAM', 'get')).toMatchObject([
      'get',
      ['calls', 1, 'histogram_usec', expect.anything()],
    ]);
  });

  it('leaves latency percentiles out while they are not wanted', () => {
    const s = new CommandSession({ config: { 'latency-tracking': 'no' } });
    s.call('GET', 'k');
    expect(info(s, 'latencystats').get('Latencystats')?.size).toBe(0);
  });
});

describe('INFO over a connection', () => {
  const both = besideRedis({ 'enable-debug-command': 'yes' });

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
    const longest = async (): Promise<number> =>
      Number(
        parse(String(await client.call('INFO', 'debug')))
          .get('Debug')
          ?.get('eventloop_longest_us'),
      );
    await client.call('DEBUG', 'SLEEP', '0.05');
    expect(await longest()).toBeGreaterThanOrEqual(50_000);
  });

  it('has the sections and fields of Redis in their order, whatever is asked for', async () => {
    const asked = [
      [],
      ['all'],
      ['Everything'],
      ['DEFAULT'],
      ['default', 'commandstats'],
      ['all', 'nosuch'],
      ['server'],
      ['CLIENTS', 'memory'],
      ['stats', 'persistence', 'stats'],
      ['replication', 'cpu'],
      ['module_list'],
      ['modules'],
      ['errorstats', 'commandstats', 'latencystats'],
      ['cluster', 'keyspace', 'nosuch'],
      ['nosuch'],
      [''],
    ];
    const [ours, theirs] = await both.each(async (open) => {
      const client = await open();
      await replies(client, 'FLUSHALL', 'CONFIG RESETSTAT', 'SET k v', 'GET k', 'GET');
      const found: [string, string[]][][] = [];
      for (const names of asked) {
        const sections = [...parse(String(await client.call('INFO', ...names)))];
        found.push(
          sections.map(([section, fields]) => {
            // Commands are in no particular order.
            const isOrdered = section !== 'Commandstats' && section !== 'Latencystats';
            return [section, isOrdered ? [...fields.keys()] : [...fields.keys()].sort()];
          }),
        );
      }
      return found;
    });
    expect(ours[0].map(([section]) => section)).toEqual(DEFAULT);
    expect(ours.at(-1)).toEqual([]);
    // Besides, there are fields of our own and of later versions.
    for (const [i, expected] of (theirs ?? []).entries()) {
      const known = new Set(expected.flatMap(([, fields]) => fields));
      const common = ours[i].map(([section, fields]) => [section, fields.filter((field) => known.has(field))]);
      expect(common, asked[i].join(' ')).toEqual(expected);
    }
  });

  it.skipIf(!hasReferenceRedis)('has values of the same form as those of Redis', async () => {
    /** Numbers are all alike. */
    const form = (value: string): string =>
      value.replace(/[0-9a-f]{40}/, 'ID').replace(/-?\d+(\.\d+)?/g, (number) => (number.includes('.') ? '1.0' : '1'));
    const OWN_FORM =
      /_human$|^(os|executable|multiplexing_api|atomicvar_api|gcc_version|redis_build_id|mem_allocator)$/;
    const [ours, theirs] = await both.each(async (open) => {
      const client = await open();
      await replies(client, 'FLUSHALL', 'CONFIG RESETSTAT', 'SET k v', 'GET k', 'GET');
      const forms: Record<string, string> = {};
      for (const [section, fields] of parse(String(await client.call('INFO', 'everything')))) {
        if (section === 'Latencystats') continue;
        for (const [name, value] of fields) if (!OWN_FORM.test(name)) forms[name] = form(value);
      }
      return forms;
    });
    expect(ours).toMatchObject(theirs ?? {});
  });

  it('counts calls, errors and look-ups as Redis does', async () => {
    const counted = await both.same(async (open) => {
      const client = await open();
      await replies(client, 'FLUSHALL', 'CONFIG RESETSTAT');
      await replies(client, ...COUNTED);
      const text = String(await client.call('INFO', 'commandstats', 'errorstats', 'latencystats', 'stats'));
      const lines = text
        .split('\r\n')
        .filter((line) => /^(cmdstat|latency_p|errorstat|keyspace_|total_err|total_com|unexp|expired_k)/.test(line))
        .map((line) =>
          line
            .replace(/usec=\d+,usec_per_call=[\d.]+,/, '')
            .replace(/=[\d.]+(?=,p|$)/g, (value) => (line.startsWith('lat') ? '' : value)),
        );
      await replies(client, 'CONFIG RESETSTAT');
      return [
        lines.sort(),
        String(await client.call('INFO', 'errorstats', 'commandstats', 'latencystats'))
          .replace(/usec=\d+,usec_per_call=[\d.]+/, '')
          .replace(/p50=.*/, ''),
      ];
    });
    expect(counted[0]).toContain('cmdstat_get:calls=4,rejected_calls=2,failed_calls=1');
    expect(counted[0]).toContain('keyspace_misses:3');
  });
});

/** What is counted: as what, and whether as failed or rejected. */
const COUNTED: readonly string[] = [
  ...['SET k v', 'GET k', 'GET missing', 'GET', 'nosuch', 'nosuch a b', 'RPUSH l a', 'GET l', 'LPOP k'],
  ...['CONFIG', 'CONFIG nosuch', 'CONFIG GET', 'CONFIG GET hz', 'CONFIG SET hz abc', 'CONFIG SET nosuch 1'],
  ...['CLIENT', 'CLIENT nosuch', 'CLIENT KILL 1.1.1.1:1', 'CLIENT LIST TYPE x', 'CLIENT ID', 'CLIENT NO-EVICT x'],
  ...['CLIENT UNBLOCK x', 'CLIENT PAUSE x', 'CLIENT REPLY x', 'CLIENT SETNAME \u0001', 'CLIENT GETNAME'],
  ...['MULTI', 'SET a b', 'GET', 'EXEC', 'EXEC', 'MULTI', 'SET a b', 'LPUSH a x', 'INCR a', 'GET a', 'EXEC'],
  ...['DISCARD', 'MULTI', 'MULTI', 'WATCH x', 'DISCARD', 'WATCH a', 'SET a c', 'MULTI', 'EXEC'],
  ...['BLPOP nolist 0.01', 'BLPOP k 0', 'BLPOP l 0', 'BLMOVE nol nol2 LEFT RIGHT 0.01', 'BLPOP l x'],
  ...['OBJECT', 'OBJECT ENCODING k', 'OBJECT FREQ k', 'OBJECT nosuch', 'SLOWLOG', 'SLOWLOG GET x', 'SLOWLOG nosuch'],
  ...[
    'LATENCY GRAPH x',
    'LATENCY nosuch',
    'AUTH x',
    'AUTH a b',
    'HELLO 9',
    'HELLO 2 AUTH a b',
    'HELLO 2 SETNAME \u0001',
  ],
  ...['SELECT 99', 'SELECT x', 'EXPIRE k', 'EXPIRE k x', 'RESTORE k2 0 abc', 'RENAME nope x', 'SORT k', 'SCAN x'],
  ...['SETRANGE k -1 a', 'MEMORY', 'MEMORY nope', 'COMMAND nope', 'COMMAND GETKEYS', 'COMMAND GETKEYS get a'],
  ...['PING a b', 'SET k v EX', 'SET k v EX 0', 'GETEX k EX 0', 'ZADD z a b', 'SET short v PX 1', 'DEBUG SLEEP 0.01'],
  ...['EXISTS short', 'GETDEL missing', 'SHUTDOWN nope', 'RESET'],
];
