/** What the append-only file costs: throughput by policy, latency on a busy disk, a rewrite, and the start on it. */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandRate } from '../command-rate.ts';
import { loadKeys } from '../loader.ts';
import type { Measurement, Metric } from '../measurement.ts';
import { EndlessLoad, runLoad } from '../redis-benchmark.ts';
import { type ServerName, type ServerProcess, tether } from '../server-process.ts';
import type { Bench, Suite } from '../suite.ts';
import { measureThroughput, type ThroughputTest, throughputMetrics } from '../throughput.ts';

const KEYS = 1_000_000;
const VALUE_BYTES = 16;
const POLICIES = ['off', 'no', 'everysec', 'always'] as const;
const PIPELINES = [1, 16];
const BUSY = 'everysec, busy disk';
const REWRITE = 'rewrite of 1 M keys';
const REPLAY = 'start on 3 M SET';
const REPLAYED = 3_000_000;
const BUSY_REQUESTS = 100_000;
const BEFORE_MS = 2000;
const POLL_MS = 10;
const WAIT_MS = 120_000;

type Policy = (typeof POLICIES)[number];

const metrics = [
  ...throughputMetrics,
  { id: 'p99', label: '99 % of replies within', unit: 'ms', better: 'less' },
  { id: 'longest', label: 'longest wait', unit: 'ms', better: 'less' },
  { id: 'kept', label: 'throughput kept', unit: '%', better: 'more' },
  { id: 'speed', label: 'read', unit: 'MB/s', better: 'more' },
  { id: 'seconds', label: 'time', unit: 's', better: 'less' },
] as const satisfies readonly Metric[];

export const appendOnlySuite: Suite = {
  name: 'append-only',
  title: 'Append-only file',
  about: `\`redis-benchmark\` with SET on 1 million keys of ${VALUE_BYTES} bytes, 50 clients, on the same disk, without a
log and with each policy of \`appendfsync\`. *Busy disk*: everysec, p1, while another process writes to the disk and
syncs without pause; the longest wait is that of a client. *Rewrite*: BGREWRITEAOF under SET at p16, the time it takes
and the throughput kept meanwhile. *Start*: the server is killed after ${REPLAYED / 1e6} million SET commands and started on
its log, from spawn to the first PONG that is no error; the base is empty.`,
  metrics,
  tests: [...POLICIES.flatMap((policy) => PIPELINES.map((p) => nameOf(policy, p))), BUSY, REWRITE, REPLAY],

  async run(bench: Bench): Promise<Measurement[]> {
    const measurements: Measurement[] = [];
    if (bench.servers.length === 0) return measurements;
    measurements.push(...(await measurePolicies(bench)));
    for (const [test, measure] of [
      [BUSY, measureBusyDisk],
      [REWRITE, measureRewrite],
      [REPLAY, measureReplay],
    ] as const) {
      if (!bench.selects(test)) continue;
      for (const name of bench.servers) {
        const record: Recorder = (metric, value) => {
          bench.live(test, name, `${metric}: ${value.toFixed(2)}`);
          measurements.push({ test, metric, subject: name, value, rounds: [value] });
        };
        try {
          await measure(bench, name, record);
        } catch (error) {
          bench.failed(test, name, error);
        }
      }
    }
    return measurements;
  },
};

type Recorder = (metric: (typeof metrics)[number]['id'], value: number) => void;

function nameOf(policy: Policy, pipeline: number): string {
  return `AOF ${policy} p${pipeline}`;
}

async function measurePolicies(bench: Bench): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const servers = new Map<ServerName, ServerProcess>();
  const keys = bench.scaled(KEYS);
  try {
    for (const name of bench.servers) servers.set(name, await bench.start(name));
    for (const server of servers.values()) await loadKeys(server.port, { keys, prefix: 'key:' }, VALUE_BYTES);
    for (const policy of POLICIES) {
      const tests: ThroughputTest[] = PIPELINES.map((pipeline) => ({
        name: nameOf(policy, pipeline),
        load: { command: 'set', pipeline, valueBytes: VALUE_BYTES, keys },
      }));
      const wanted = tests.filter(({ name }) => bench.selects(name));
      if (wanted.length === 0) continue;
      for (const server of servers.values()) await use(server, policy);
      for (const test of wanted) measurements.push(...(await measureThroughput(bench, test, servers)));
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  return measurements;
}

/** Brings the server to a policy, without rewrites that begin by themselves. */
async function use(server: ServerProcess, policy: Policy): Promise<void> {
  await server.control.config('SET', 'auto-aof-rewrite-percentage', '0');
  if (policy !== 'off') await server.control.config('SET', 'appendfsync', policy);
  await server.control.config('SET', 'appendonly', policy === 'off' ? 'no' : 'yes');
  await rewritten(server);
  await server.idle();
}

/** Waits until no rewrite is under way or to come. */
async function rewritten(server: ServerProcess): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const fields = await server.info('persistence');
    if (fields.get('aof_rewrite_in_progress') === '0' && fields.get('aof_rewrite_scheduled') === '0') return;
    if (performance.now() > deadline) throw new Error('the rewrite does not end');
    await sleep(POLL_MS);
  }
}

async function measureBusyDisk(bench: Bench, name: ServerName, record: Recorder): Promise<void> {
  const server = await bench.start(name);
  const path = join(server.directory, 'busy');
  const script = 'while :; do dd if=/dev/zero of="$0" bs=1M count=64 conv=fsync 2>/dev/null; done';
  const writer = tether(spawn('sh', ['-c', script, path], { stdio: 'ignore', detached: true }));
  try {
    await use(server, 'everysec');
    const load = { command: 'set', pipeline: 1, valueBytes: VALUE_BYTES, keys: bench.scaled(KEYS) };
    await runLoad(server.port, { ...load, requests: bench.scaled(BUSY_REQUESTS) });
    const report = await runLoad(server.port, { ...load, requests: bench.scaled(BUSY_REQUESTS) * 2 });
    record('throughput', report.requestsPerSecond);
    record('p99', report.p99Ms);
    record('longest', report.maxMs);
  } finally {
    if (writer.pid !== undefined) process.kill(-writer.pid, 'SIGKILL');
    await server.stop();
  }
}

async function measureRewrite(bench: Bench, name: ServerName, record: Recorder): Promise<void> {
  const keys = bench.scaled(KEYS);
  const server = await bench.start(name);
  try {
    await loadKeys(server.port, { keys, prefix: 'key:' }, VALUE_BYTES);
    await use(server, 'everysec');
    const load = EndlessLoad.start(server.port, {
      command: 'set',
      requests: 0,
      pipeline: 16,
      valueBytes: VALUE_BYTES,
      keys,
    });
    try {
      await sleep(BEFORE_MS / 2);
      const before = await commandRate(server, () => sleep(BEFORE_MS));
      const begun = performance.now();
      const during = await commandRate(server, async () => {
        await server.control.bgrewriteaof();
        await rewritten(server);
      });
      record('seconds', (performance.now() - begun) / 1000);
      record('kept', (during / before) * 100);
    } finally {
      await load.stop();
    }
  } finally {
    await server.stop();
  }
}

async function measureReplay(bench: Bench, name: ServerName, record: Recorder): Promise<void> {
  const settings = { appendonly: 'yes', 'auto-aof-rewrite-percentage': '0' };
  const server = await bench.start(name, undefined, settings);
  await runLoad(server.port, {
    command: 'set',
    requests: bench.scaled(REPLAYED),
    pipeline: 64,
    valueBytes: VALUE_BYTES,
    keys: bench.scaled(KEYS),
  });
  const size = await server.control.dbsize();
  await server.stop('keep');
  const directory = join(server.directory, 'appendonlydir');
  const bytes = readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
  const spawned = performance.now();
  const restarted = await bench.start(name, server.directory, settings);
  try {
    const seconds = (performance.now() - spawned) / 1000;
    if ((await restarted.control.dbsize()) !== size) throw new Error('not all keys are there after the restart');
    record('seconds', seconds);
    record('speed', bytes / 1e6 / seconds);
  } finally {
    await restarted.stop();
  }
}
