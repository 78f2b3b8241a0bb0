/** Compares names, defaults, replies and rewritten files with a real redis-server. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { directives, namedDirectives } from '../../src/config/directives/index.ts';
import { loadConfig } from '../../src/config/load.ts';
import { rewriteConfig } from '../../src/config/rewrite.ts';
import { makeDirectory, RealRedis, whyNoRedis } from './real-redis.ts';

const reason = whyNoRedis();
if (reason !== null) console.warn(`Comparisons of the configuration with Redis are skipped: ${reason}`);

const OUR_OWN = [
  'aof-load-corrupt-policy',
  'log-format',
  // Of Redis 7.2.
  'set-max-listpack-entries',
  'set-max-listpack-value',
];

/** What the test itself sets on the real server, or what depends on how that was built. */
const PLATFORM_DIFFERENCES = new Set(['dir', 'port', 'unixsocket', 'bind', 'jemalloc-bg-thread']);

/** Pairs of CONFIG SET, one row per command, applied to both servers one after the other. */
const COMMANDS: ReadonlyArray<readonly string[]> = [
  ['appendonly', 'maybe'],
  ['rdbcompression', 'YES'],
  ['rdbcompression', ''],
  ['rdbcompression', 'No'],
  ['no-such', '1'],
  ['maxmemory', '10mb', 'no-such', '1'],
  ['no-such', '1', 'databases', '3'],
  ['databases', '3', 'no-such', '1'],
  ['databases', '3'],
  ['DataBases', '3'],
  ['slaveof', 'a 1'],
  ['dir', '/'],
  ['dbfilename', 'x.rdb'],
  ['timeout', '5', 'timeout', '6'],
  ['timeout', '5', 'TIMEOUT', '6'],
  ['slave-priority', '3', 'replica-priority', '4'],
  ['slave-priority', 'x'],
  ['SLAVE-priority', '-1'],
  ['timeout', '1', 'hz', 'x'],
  ['timeout', ''],
  ['timeout', '01'],
  ['timeout', '-0'],
  ['timeout', '+1'],
  ['timeout', ' 1'],
  ['timeout', '1 '],
  ['timeout', '1kb'],
  ['timeout', '2147483647'],
  ['timeout', '2147483648'],
  ['timeout', '-1'],
  ['timeout', '9223372036854775808'],
  ['timeout', '0'],
  ['list-max-listpack-size', '-2147483648'],
  ['list-max-listpack-size', '-2147483649'],
  ['list-max-ziplist-size', '-5'],
  ['hz', '0'],
  ['hz', '1000'],
  ['hz', '10'],
  ['tracking-table-max-keys', '-1'],
  ['tracking-table-max-keys', '9223372036854775807'],
  ['hash-max-ziplist-entries', '-5'],
  ['hash-max-listpack-value', '1gb'],
  ['hash-max-listpack-value', '-1'],
  ['slowlog-log-slower-than', '-2'],
  ['slowlog-log-slower-than', '9223372036854775807'],
  ['slowlog-max-len', '-1'],
  ['maxmemory', ''],
  ['maxmemory', 'kb'],
  ['maxmemory', '1Gb'],
  ['maxmemory', '1 gb'],
  ['maxmemory', '2tb'],
  ['maxmemory', '-1'],
  ['maxmemory', '1.5gb'],
  ['maxmemory', '0x10'],
  ['maxmemory', '9223372036854775807'],
  ['maxmemory', '18446744073709551615'],
  ['maxmemory', '18446744073709551616'],
  ['maxmemory', '99999999999999999999gb'],
  ['maxmemory', '1%'],
  ['maxmemory', '0'],
  ['proto-max-bulk-len', '1'],
  ['proto-max-bulk-len', '9223372036854775808'],
  ['proto-max-bulk-len', '1048576'],
  ['client-query-buffer-limit', '1mb'],
  ['client-query-buffer-limit', '18446744073709551615'],
  ['active-defrag-ignore-bytes', '0'],
  ['auto-aof-rewrite-min-size', '10000000000gb'],
  ['maxmemory-clients', '5%'],
  ['maxmemory-clients', '100%'],
  ['maxmemory-clients', '101%'],
  ['maxmemory-clients', '-1%'],
  ['maxmemory-clients', '1.5%'],
  ['maxmemory-clients', '%'],
  ['maxmemory-clients', 'x'],
  ['maxmemory-clients', '18446744073709551615'],
  ['maxmemory-clients', '0%'],
  ['maxmemory-clients', '0'],
  ['maxmemory-policy', 'lru'],
  ['maxmemory-policy', 'ALLKEYS-lru'],
  ['maxmemory-policy', 'volatile-lru allkeys-lru'],
  ['loglevel', 'nothing'],
  ['loglevel', 'Verbose'],
  ['appendfsync', ''],
  ['oom-score-adj', 'perhaps'],
  ['oom-score-adj', 'no'],
  ['oom-score-adj-values', '1 2'],
  ['oom-score-adj-values', '1 2 3 4'],
  ['oom-score-adj-values', '1 2 3000'],
  ['oom-score-adj-values', '1 2 x'],
  ['oom-score-adj-values', '1  2 3'],
  ['oom-score-adj-values', '+1 02 -3'],
  ['oom-score-adj-values', ''],
  ['shutdown-on-sigint', 'save nosave'],
  ['shutdown-on-sigint', 'force NOW save'],
  ['shutdown-on-sigint', 'default now'],
  ['shutdown-on-sigint', 'default'],
  ['shutdown-on-sigint', ''],
  ['shutdown-on-sigint', 'now  force'],
  ['shutdown-on-sigterm', 'later'],
  ['save', ''],
  ['save', '900 1 300 10'],
  ['save', '900'],
  ['save', '900 -1'],
  ['save', '0 1'],
  ['save', '10 0'],
  ['save', '10 1x'],
  ['save', '900 1  300 10'],
  ['save', '900 4294967297'],
  ['save', '\t900 +7'],
  ['client-output-buffer-limit', 'normal 1 2 3'],
  ['client-output-buffer-limit', 'slave 1kb 2kb 3'],
  ['client-output-buffer-limit', 'REPLICA 1m 2m 3 pubsub 1g 1gb 4'],
  ['client-output-buffer-limit', 'normal 0 0 0 pubsub 32mb 8mb 60'],
  ['client-output-buffer-limit', 'normal 0 0'],
  ['client-output-buffer-limit', 'master 0 0 0'],
  ['client-output-buffer-limit', 'other 0 0 0'],
  ['client-output-buffer-limit', 'normal x 0 0'],
  ['client-output-buffer-limit', 'normal 0 -1 0'],
  ['client-output-buffer-limit', 'normal 0 0 -1'],
  ['client-output-buffer-limit', 'normal 0 0 1.5'],
  ['client-output-buffer-limit', 'normal 18446744073709551615 0 4294967296'],
  ['client-output-buffer-limit', 'slave 1 1 1 other 1 1 1'],
  ['client-output-buffer-limit', ''],
  ['notify-keyspace-events', 'KEA'],
  ['notify-keyspace-events', 'g$lshzxetdn'],
  ['notify-keyspace-events', 'nmKx'],
  ['notify-keyspace-events', 'KEq'],
  ['notify-keyspace-events', ''],
  ['latency-tracking-info-percentiles', '50 99.9 100'],
  ['latency-tracking-info-percentiles', '0.1234567 1e1 0x10'],
  ['latency-tracking-info-percentiles', '101'],
  ['latency-tracking-info-percentiles', '-1'],
  ['latency-tracking-info-percentiles', 'inf'],
  ['latency-tracking-info-percentiles', 'nan'],
  ['latency-tracking-info-percentiles', 'x'],
  ['latency-tracking-info-percentiles', '1  2'],
  ['latency-tracking-info-percentiles', ''],
  ['proc-title-template', 'plain'],
  ['proc-title-template', '{title} {port}'],
  ['proc-title-template', '{title}'],
  ['proc-title-template', ' '],
  ['proc-title-template', '{server-mode}'],
  ['proc-title-template', '{unknown}'],
  ['proc-title-template', '{title'],
  ['proc-title-template', 'x{'],
  ['proc-title-template', '{{'],
  ['proc-title-template', '{}'],
  ['proc-title-template', 'a{{b}'],
  ['cluster-announce-hostname', 'a_b'],
  ['cluster-announce-hostname', 'a'.repeat(255)],
  ['cluster-announce-hostname', 'a'.repeat(256)],
  ['cluster-announce-hostname', 'host-1.example'],
  ['bind-source-addr', '127.0.0.1'],
  ['replica-announce-ip', 'caf\u00c3\u00a9'],
  ['ignore-warnings', 'a\0b'],
  ['masterauth', 'a\0b\u00ff"'],
  ['masteruser', 'name'],
  ['requirepass', ''],
  ['unixsocketperm', '777'],
  ['use-exit-on-panic', 'x'],
  ['watchdog-period', '-1'],
  ['repl-backlog-size', '0'],
  ['port', '70000'],
  ['maxclients', '0'],
  ['maxclients', '-1'],
  ['maxclients', '4294967296'],
  ['acl-pubsub-default', 'none'],
  ['repl-diskless-load', 'swap'],
  ['sanitize-dump-payload', 'maybe'],
  ['propagation-error-behavior', 'x'],
  ['cluster-preferred-endpoint-type', 'x'],
  ['tls-auth-clients', 'x'],
  ['enable-debug-command', 'yes'],
  ['syslog-facility', 'local1'],
];

async function setOurs(config: Config, args: readonly string[]): Promise<string> {
  const pairs: Array<[string, string]> = [];
  for (let i = 0; i < args.length; i += 2) pairs.push([args[i], args[i + 1]]);
  const refusal = await config.set(pairs);
  return refusal === null ? 'OK' : refusal.reply;
}

describe.skipIf(reason !== null)('beside a real redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start([]);
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
  });

  it('has the same directives and defaults', async () => {
    const theirs = await redis.get('*');
    const ours = new Map(Config.defaults().match(['*']));
    expect([...ours.keys()].filter((name) => !OUR_OWN.includes(name)).sort()).toEqual([...theirs.keys()].sort());
    for (const [name, value] of theirs) {
      if (!PLATFORM_DIFFERENCES.has(name)) expect([name, ours.get(name)]).toEqual([name, value]);
    }
  });

  it('has the same hidden directives', async () => {
    const hidden = directives.filter(({ facts }) => facts.hidden).map(({ name }) => name);
    expect(hidden).toHaveLength(6);
    expect(new Map(Config.defaults().match(hidden))).toEqual(await redis.get(...hidden));
  });

  it('answers CONFIG GET patterns and names alike', async () => {
    const config = Config.defaults();
    for (const patterns of [
      ['MAXMEMORY'],
      ['maxmemory', 'MaxMemory'],
      ['m[a]xm*y'],
      ['TLS-*'],
      ['slave?f', 'replicaof'],
      [''],
    ]) {
      expect([...config.match(patterns)].sort()).toEqual([...(await redis.get(...patterns))].sort());
    }
  });

  it('answers CONFIG SET alike, and has the same value then', async () => {
    const config = Config.defaults();
    for (const args of COMMANDS) {
      const theirs = await redis.set(...args);
      const ours = await setOurs(config, args);
      expect({ args, reply: ours }).toEqual({ args, reply: theirs });
      const names = args.filter((_, i) => i % 2 === 0);
      if (names.some((name) => PLATFORM_DIFFERENCES.has(name))) continue;
      expect({ args, values: new Map(config.match(names)) }).toEqual({ args, values: await redis.get(...names) });
    }
  });
});

/** Configuration files that stop the server. */
const BAD_FILES: readonly string[] = [
  '\n# comment\n  foo bar  \n',
  'maxmemory\n',
  'maxmemory 1 2\n',
  'port "6379\n',
  'port "6379"x\n',
  'port x\n',
  'PORT 70000\n',
  'save 1\n',
  'save 900 1\nsave x 1\n',
  'replicaof host\n',
  'replicaof host 70000\n',
  'replicaof host 1x\n',
  'slaveof "" \n',
  'maxmemory-policy any\n',
  'client-output-buffer-limit normal 1\n',
  'sentinel monitor x\n',
  'module.setting\n',
  'include\n',
  'rename-command GET\n',
  'user\n',
  'loadmodule\n',
  'list-max-ziplist-entries 1 2\n',
  'dir /no/such/directory\n',
  'dir ""\n',
  'dbfilename a/b\n',
  'appendfilename ""\n',
  'appendfilename a/b\n',
  'appenddirname ""\n',
  'appenddirname a\\b\n',
  'bind a b c d e f g h i j k l m n o p q\n',
  'unixsocketperm 8\n',
  'unixsocketperm 1000\n',
  'shutdown-on-sigint\n',
  'logfile /no/such/directory/log\n',
  'cluster-enabled yes\nreplicaof host 1\n',
  'include included.conf\n',
];

/** Configuration files that change values, with the command line, and lines that CONFIG REWRITE starts from. */
const GOOD_STARTS: ReadonlyArray<{ file: string; args?: readonly string[]; set?: readonly string[] }> = [
  { file: '' },
  { file: '# only a comment' },
  {
    file: '# head\n\n\n\nsave 900 1\nsave 300 10\n\nmaxmemory 100mb\nslave-read-only no\nMaxMemory 2gb\n# tail\n',
    set: ['save', '60 1', 'loglevel', 'verbose', 'maxmemory', '1536kb'],
  },
  { file: 'save 60 5\ninclude sub/inner.conf\nsave 10 1\n', set: ['hz', '50'] },
  { file: 'include sub/*.none\nsave ""\n', set: ['notify-keyspace-events', 'KA', 'save', '1 1'] },
  { file: 'save 60 1\nsave ""\nsave 70 2\n' },
  {
    file: 'save "900 1 300 10"\nclient-output-buffer-limit normal 1mb 1kb 5\nclient-output-buffer-limit pubsub 1 2 3\n',
  },
  { file: 'client-output-buffer-limit replica 1mb 1kb 5\n', set: ['client-output-buffer-limit', 'normal 1 2 3'] },
  {
    file: "masterauth 'it''s'\n".replace("''", "\\'"),
    set: ['masteruser', 'with "quotes" and \u00e9', 'requirepass', ''],
  },
  { file: 'masterauth "\\x00\\x41\\n\\t\\a\\b\\\\z"\nproc-title-template "{title} x"\n' },
  { file: 'bind 127.0.0.1 -::1\noom-score-adj relative\noom-score-adj-values 1 2 3\n', set: ['hz', '9999'] },
  {
    file: 'shutdown-on-sigterm nosave force\nlatency-tracking-info-percentiles 10 20.5\n',
    set: ['shutdown-on-sigint', 'now'],
  },
  { file: 'latency-tracking-info-percentiles ""\nunixsocketperm 700\nmaxmemory-clients 5%\n' },
  { file: 'timeout 1\nlua-time-limit 7\n', args: ['--timeout', '5', '--save', '--hz', '20'] },
  {
    file: 'timeout 1\n',
    args: ['--timeout 6', '--save', '60 1', '--masterauth', '--dash', '--bind', '127.0.0.1', '-::1'],
  },
  { file: 'list-max-ziplist-entries 5\nlua-replicate-commands no\nmaxmemory 1kb\n', args: ['--save'] },
  { file: 'dir sub\nlogfile ../log\ndbfilename other.rdb\ninclude inner.conf\n' },
  { file: 'unixsocket /tmp/replaced-on-the-command-line\r\nhz 20\r\n', set: ['hz', '10'] },
];

describe.skipIf(reason !== null)('configuration files beside a real redis-server', () => {
  let directory = '';
  beforeAll(() => {
    directory = makeDirectory();
    mkdirSync(join(directory, 'sub'));
    writeFileSync(join(directory, 'included.conf'), 'port 1\n\nnot a directive\n');
    writeFileSync(join(directory, 'sub', 'inner.conf'), 'save 30 3\ntimeout 33\n');
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('stops with the same message', () => {
    const before = process.cwd();
    process.chdir(directory);
    try {
      for (const [i, text] of BAD_FILES.entries()) {
        const file = join(directory, `bad-${i}.conf`);
        writeFileSync(file, text);
        const theirs = spawnSync('redis-server', [file, '--port', '0'], {
          cwd: directory,
          encoding: 'utf8',
          timeout: 5000,
        });
        let message = '';
        try {
          loadConfig({ file, directives: ['--port', '0'], product: 'Redis 7.0.15' });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          message = (error as ConfigError).message;
        }
        expect({ text, message }).toEqual({ text, message: theirs.stderr.trim() });
      }
    } finally {
      process.chdir(before);
    }
  });

  it('loads the same values, and rewrites the file to the same lines', async () => {
    const before = process.cwd();
    for (const { file: text, args = [], set = [] } of GOOD_STARTS) {
      const home = makeDirectory();
      mkdirSync(join(home, 'sub'));
      writeFileSync(join(home, 'sub', 'inner.conf'), 'save 30 3\ntimeout 33\n');
      const theirFile = join(home, 'theirs.conf');
      const ourFile = join(home, 'ours.conf');
      writeFileSync(theirFile, text, 'latin1');
      writeFileSync(ourFile, text, 'latin1');
      await using redis = await RealRedis.start([theirFile, ...args], home);
      process.chdir(home);
      try {
        const socket = ['--port', '0', '--unixsocket', join(home, 'redis.sock')];
        const { config } = loadConfig({ file: ourFile, directives: [...args, ...socket] });
        if (set.length > 0) expect([await setOurs(config, set), await redis.set(...set)]).toEqual(['OK', 'OK']);
        const theirs = await redis.get('*');
        for (const { name, directive } of namedDirectives) {
          if (directive.facts.hidden || OUR_OWN.includes(name) || name === 'jemalloc-bg-thread') continue;
          expect([text, name, config.match([name])[0][1]]).toEqual([text, name, theirs.get(name)]);
        }
        rewriteConfig(config, ourFile, { users: await userLines(redis) });
        await redis.client.call('CONFIG', 'REWRITE');
        expect(sections(readFileSync(ourFile, 'latin1'))).toEqual(sections(readFileSync(theirFile, 'latin1')));
      } finally {
        process.chdir(before);
      }
    }
  });
});

async function userLines(redis: RealRedis): Promise<string[]> {
  const users = (await redis.client.call('ACL', 'LIST')) as string[];
  return users.map((user) => user.replace(/^user /, ''));
}

/** The lines that were there in their order; those added in any, since Redis adds them in that of a hash table. */
function sections(text: string): { kept: string[]; added: string[] } {
  const lines = text.split('\n');
  const mark = lines.indexOf('# Generated by CONFIG REWRITE');
  const end = mark === -1 ? lines.length : mark;
  return { kept: lines.slice(0, end), added: lines.slice(end).sort() };
}
