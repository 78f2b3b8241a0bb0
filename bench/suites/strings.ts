/** Throughput and CPU time of string commands and PING under redis-benchmark, at three pipeline depths. */
import { type KeySet, loadCounters, loadKeys } from '../loader.ts';
import { formatFigure, type Measurement } from '../measurement.ts';
import { type Load, runLoad } from '../redis-benchmark.ts';
import type { ServerName, ServerProcess } from '../server-process.ts';
import { median } from '../statistics.ts';
import { alternate, type Bench, type Suite } from '../suite.ts';

const PIPELINES = [1, 16, 64];
const RUN_SECONDS = 1.5;
const QUICK_RUN_SECONDS = 0.4;
const TRIAL_SECONDS = 0.3;

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
}

const groups: readonly Group[] = [
  { commands: ['PING_INLINE', 'PING_MBULK'], label: '', valueBytes: 16, keys: 1_000_000, data: 'none' },
  { commands: ['SET', 'GET', 'MSET'], label: '', valueBytes: 16, keys: 1_000_000, data: 'loaded' },
  { commands: ['INCR'], label: '', valueBytes: 16, keys: 1_000_000, data: 'counters' },
  { commands: ['SET'], label: ' new', valueBytes: 16, keys: 1_000_000, data: 'emptied' },
  { commands: ['SET', 'GET'], label: ' 1KB', valueBytes: 1024, keys: 1_000_000, data: 'loaded' },
  { commands: ['SET', 'GET'], label: ' 16KB', valueBytes: 16 * 1024, keys: 100_000, data: 'loaded' },
];

interface Test {
  readonly name: string;
  readonly load: Load;
}

/** What one run of a test gave for one server. */
interface Run {
  readonly requestsPerSecond: number;
  readonly cpuUsPerRequest: number;
}

export const stringsSuite: Suite = {
  name: 'strings',
  title: 'String commands',
  about: `\`redis-benchmark\` with 50 clients against both servers in turn, without persistence; \`p1\`, \`p16\` and \`p64\`
are commands per round trip. Values have 16 bytes where the name gives no size, keys are drawn evenly from 1 million
(100,000 at 16 KB). \`SET\`, \`GET\`, \`MSET\` (10 keys) and \`INCR\` run on keys that all exist, \`SET new\` starts each run
with an empty database. Runs of about ${RUN_SECONDS} s; the median of the rounds. CPU time is that of all threads of the
server, user and system, divided by requests. At p1 the load generator, which takes more time per request than either
server, sets the pace.`,
  metrics: [
    { id: 'throughput', label: 'requests/s', unit: 'requests/s', better: 'more' },
    { id: 'cpu', label: 'CPU per request', unit: 'µs', better: 'less' },
  ],
  tests: groups.flatMap((group) => testsOf(group, group.keys).map((test) => test.name)),

  async run(bench: Bench): Promise<Measurement[]> {
    const measurements: Measurement[] = [];
    for (const group of groups) {
      const keys = bench.quick ? group.keys / 10 : group.keys;
      const tests = testsOf(group, keys).filter((test) => bench.selects(test.name));
      if (tests.length > 0) measurements.push(...(await runGroup(bench, group, keys, tests)));
    }
    return measurements;
  },
};

function testsOf(group: Group, keys: number): Test[] {
  return group.commands.flatMap((command) =>
    PIPELINES.map((pipeline) => ({
      name: `${command}${group.label} p${pipeline}`,
      load: { command: command.toLowerCase(), requests: 0, pipeline, valueBytes: group.valueBytes, keys },
    })),
  );
}

async function runGroup(bench: Bench, group: Group, keys: number, tests: readonly Test[]): Promise<Measurement[]> {
  const servers = new Map<ServerName, ServerProcess>();
  try {
    for (const name of bench.servers) servers.set(name, await bench.start(name));
    for (const server of servers.values()) await prepare(server, group, keys);
    const measurements: Measurement[] = [];
    for (const test of tests) measurements.push(...(await runTest(bench, group, test, servers)));
    return measurements;
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

async function prepare(server: ServerProcess, group: Group, keys: number): Promise<void> {
  const set: KeySet = { keys, prefix: group.data === 'counters' ? 'counter:' : 'key:' };
  if (group.data === 'loaded') await loadKeys(server.port, set, group.valueBytes);
  if (group.data === 'counters') await loadCounters(server.port, set);
  await server.idle();
}

async function runTest(
  bench: Bench,
  group: Group,
  test: Test,
  servers: ReadonlyMap<ServerName, ServerProcess>,
): Promise<Measurement[]> {
  const runs = new Map<ServerName, Run[]>();
  const failed = new Set<ServerName>();
  const attempt = async <Result>(name: ServerName, action: (server: ServerProcess) => Promise<Result>) => {
    const server = servers.get(name);
    if (server === undefined || failed.has(name)) return undefined;
    try {
      return await action(server);
    } catch (error) {
      failed.add(name);
      bench.failed(test.name, name, error);
      return undefined;
    }
  };

  // Two short runs first: they warm the server up, and the second shows how many requests fill the time.
  let fastest = 0;
  for (const name of bench.servers) {
    const trial = await attempt(name, async (server) => {
      const cold = await runLoad(server.port, { ...test.load, requests: 10_000 });
      return runLoad(server.port, { ...test.load, requests: requestsFor(cold.requestsPerSecond, TRIAL_SECONDS) });
    });
    fastest = Math.max(fastest, trial?.requestsPerSecond ?? 0);
  }
  const requests = requestsFor(fastest, bench.quick ? QUICK_RUN_SECONDS : RUN_SECONDS);

  for (let round = 0; round < bench.rounds; round++) {
    for (const name of alternate(bench.servers, round)) {
      const run = await attempt(name, async (server) => {
        if (group.data === 'emptied') await server.flush();
        return bench.measured(name, () => runOnce(server, { ...test.load, requests }));
      });
      if (run === undefined) continue;
      runs.set(name, [...(runs.get(name) ?? []), run]);
      const rate = `${formatFigure(run.requestsPerSecond)} requests/s`;
      bench.live(test.name, name, `${rate}, ${run.cpuUsPerRequest.toFixed(2)} µs CPU per request`);
    }
  }
  return [...runs].flatMap(([subject, list]) => {
    const rates = list.map((run) => run.requestsPerSecond);
    const cpu = list.map((run) => run.cpuUsPerRequest);
    return [
      { test: test.name, metric: 'throughput', subject, value: median(rates), rounds: rates },
      { test: test.name, metric: 'cpu', subject, value: median(cpu), rounds: cpu },
    ];
  });
}

function requestsFor(requestsPerSecond: number, seconds: number): number {
  return Math.max(1, Math.ceil((requestsPerSecond * seconds) / 10_000)) * 10_000;
}

async function runOnce(server: ServerProcess, load: Load): Promise<Run> {
  const cpuBefore = server.cpuMicroseconds();
  const { requestsPerSecond } = await runLoad(server.port, load);
  return { requestsPerSecond, cpuUsPerRequest: (server.cpuMicroseconds() - cpuBefore) / load.requests };
}
