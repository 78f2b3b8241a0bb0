/** Throughput and CPU time of string commands and PING under redis-benchmark, at three pipeline depths. */
import { type KeySet, loadCounters, loadKeys } from '../loader.ts';
import type { Measurement } from '../measurement.ts';
import type { ServerName, ServerProcess } from '../server-process.ts';
import type { Bench, Suite } from '../suite.ts';
import {
  measureThroughput,
  RUN_SECONDS,
  type ThroughputTest,
  throughputMetrics,
  WARM_UP_SECONDS,
} from '../throughput.ts';

const PIPELINES = [1, 16, 64];

/** Tests that share one data set, and what is done before their runs. */
interface Group {
  readonly commands: readonly string[];
  /** Stands between the command and the depth in a test's name. */
  readonly label: string;
  readonly valueBytes: number;
  /** Distinct keys; at 16 KB few enough that a server stays below 4 GB. */
  readonly keys: number;
  /** `loaded`: all keys exist before the first run. `emptied`: none exists before each run. */
  readonly data: 'none' | 'loaded' | 'emptied' | 'counters';
  /** Access control and the slow log are in use, though not by the clients that are measured. */
  readonly hasUsers?: true;
}

const groups: readonly Group[] = [
  { commands: ['PING_INLINE', 'PING_MBULK'], label: '', valueBytes: 16, keys: 1_000_000, data: 'none' },
  { commands: ['SET', 'GET', 'MSET'], label: '', valueBytes: 16, keys: 1_000_000, data: 'loaded' },
  {
    commands: ['SET', 'GET'],
    label: ' with users',
    valueBytes: 16,
    keys: 1_000_000,
    data: 'loaded',
    hasUsers: true,
  },
  { commands: ['INCR'], label: '', valueBytes: 16, keys: 1_000_000, data: 'counters' },
  { commands: ['SET'], label: ' new', valueBytes: 16, keys: 1_000_000, data: 'emptied' },
  { commands: ['SET', 'GET'], label: ' 1KB', valueBytes: 1024, keys: 1_000_000, data: 'loaded' },
  { commands: ['SET', 'GET'], label: ' 16KB', valueBytes: 16 * 1024, keys: 100_000, data: 'loaded' },
];

export const stringsSuite: Suite = {
  name: 'strings',
  title: 'String commands',
  about: `\`redis-benchmark\` with 50 clients against both servers in turn, without persistence; \`p1\`, \`p16\` and \`p64\`
are commands per round trip. Values have 16 bytes where the name gives no size, keys are drawn evenly from 1 million
(100,000 at 16 KB). \`SET\`, \`GET\`, \`MSET\` (10 keys) and \`INCR\` run on keys that all exist, \`SET new\` starts each run
with an empty database. \`with users\`: ACL users are defined and the slow log is on, which clients that have no part in
it are not to pay for. Runs of about ${RUN_SECONDS} s after ${WARM_UP_SECONDS} s to warm up. The best of the
rounds counts, for both servers: what other work takes from a machine makes figures worse, never better
(\`bench/results.json\` has all rounds). CPU time is that of all threads of the server, user and system, divided by
requests. At p1 the load generator, which takes more time per request than either
server, sets the pace.`,
  metrics: throughputMetrics,
  tests: groups.flatMap((group) => testsOf(group, group.keys).map((test) => test.name)),

  async run(bench: Bench): Promise<Measurement[]> {
    const measurements: Measurement[] = [];
    for (const group of groups) {
      const keys = bench.scaled(group.keys);
      const tests = testsOf(group, keys).filter((test) => bench.selects(test.name));
      if (tests.length > 0) measurements.push(...(await runGroup(bench, group, keys, tests)));
    }
    return measurements;
  },
};

function testsOf(group: Group, keys: number): ThroughputTest[] {
  return group.commands.flatMap((command) =>
    PIPELINES.map((pipeline) => ({
      name: `${command}${group.label} p${pipeline}`,
      load: { command: command.toLowerCase(), pipeline, valueBytes: group.valueBytes, keys },
      ...(group.data === 'emptied' && { prepare: (server: ServerProcess) => server.flush() }),
    })),
  );
}

async function runGroup(
  bench: Bench,
  group: Group,
  keys: number,
  tests: readonly ThroughputTest[],
): Promise<Measurement[]> {
  const servers = new Map<ServerName, ServerProcess>();
  try {
    for (const name of bench.servers) servers.set(name, await bench.start(name));
    for (const server of servers.values()) {
      if (group.hasUsers) await defineUsers(server);
      await load(server, group, keys);
    }
    const measurements: Measurement[] = [];
    for (const test of tests) measurements.push(...(await measureThroughput(bench, test, servers)));
    return measurements;
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

async function load(server: ServerProcess, group: Group, keys: number): Promise<void> {
  const set: KeySet = { keys, prefix: group.data === 'counters' ? 'counter:' : 'key:' };
  if (group.data === 'loaded') await loadKeys(server.port, set, group.valueBytes);
  if (group.data === 'counters') await loadCounters(server.port, set);
  await server.idle();
}

async function defineUsers({ control }: ServerProcess): Promise<void> {
  for (const name of ['alice', 'bob', 'carol']) {
    await control.acl('SETUSER', name, 'on', `>${name}`, '~own:*', '&own:*', '+@read', '+@write', '-@dangerous');
  }
  await control.config('SET', 'slowlog-log-slower-than', '1000');
}
