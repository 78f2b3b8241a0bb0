/** What a snapshot costs: the pause, the throughput beside it, the file, and the time to write and to read it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSmallCollections, type SmallCollection } from '../collection-loader.ts';
import { commandRate, numberOf } from '../command-rate.ts';
import { loadKeys } from '../loader.ts';
import { ABOUT_LONGEST_TURN, longestTurn } from '../longest-turn.ts';
import { formatFigure, type Measurement, type Metric } from '../measurement.ts';
import { EndlessLoad } from '../redis-benchmark.ts';
import type { ServerName, ServerProcess } from '../server-process.ts';
import type { Bench, Suite } from '../suite.ts';

const TEST = '5 M strings, 1 M hashes';
const STRINGS = 5_000_000;
const HASHES = 1_000_000;
const VALUE_BYTES = 16;
const WARM_UP_MS = 1000;
const BEFORE_MS = 3000;
const POLL_MS = 10;
const SAVE_TIMEOUT_MS = 300_000;

const hash: SmallCollection = {
  command: 'HSET',
  words: [1, 2, 3, 4, 5].flatMap((i) => [`field:${i}`, `value:${i}`]),
  elements: 5,
};

const metrics = [
  { id: 'freeze', label: 'fork or freeze', unit: 'ms', better: 'less' },
  { id: 'pause', label: 'longest pause during BGSAVE', unit: 'ms', better: 'less' },
  { id: 'pause-clock', label: 'longest pause by the clock', unit: 'ms', better: 'less' },
  { id: 'before', label: 'SET p16 before BGSAVE', unit: 'requests/s', better: 'more' },
  { id: 'during', label: 'SET p16 during BGSAVE', unit: 'requests/s', better: 'more' },
  { id: 'kept', label: 'throughput kept', unit: '%', better: 'more' },
  { id: 'copied', label: 'memory for the snapshot', unit: 'MB', better: 'less' },
  { id: 'file', label: 'dump.rdb', unit: 'MB', better: 'less' },
  { id: 'save', label: 'BGSAVE without load', unit: 's', better: 'less' },
  { id: 'load', label: 'start on that file', unit: 's', better: 'less' },
] as const satisfies readonly Metric[];

type MetricId = (typeof metrics)[number]['id'];

export const persistenceSuite: Suite = {
  name: 'persistence',
  title: 'Snapshots',
  about: `5 million strings of ${VALUE_BYTES} bytes and 1 million hashes of five small fields. BGSAVE first runs on an idle server, which
gives its time (from the command to \`rdb_bgsave_in_progress:0\`, which Redis sees to ten times a second) and the file.
Then \`redis-benchmark\` (SET, p16, 50 clients, keys drawn from the 5 million) loads the server for ${BEFORE_MS / 1000} s and
through a second BGSAVE; throughput is \`total_commands_processed\` over time. The fork or freeze is \`latest_fork_usec\` of
that BGSAVE. The longest pause is, for Redis, its fork, and for respd, over the whole save and with the load's own turns,
${ABOUT_LONGEST_TURN}. Memory is \`rdb_last_cow_size\`: for Redis the
child's private pages, for respd the blocks kept only for it. Last, the server is killed and started on the file: the
time from spawn to the first PONG. One round.`,
  metrics,
  tests: [TEST],

  async run(bench: Bench): Promise<Measurement[]> {
    if (!bench.selects(TEST)) return [];
    const measurements: Measurement[] = [];
    for (const name of bench.servers) {
      try {
        measurements.push(...(await measure(bench, name)));
      } catch (error) {
        bench.failed(TEST, name, error);
      }
    }
    return measurements;
  },
};

async function measure(bench: Bench, name: ServerName): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const record = (metric: MetricId, value: number) => {
    const described = metrics.find(({ id }) => id === metric);
    bench.live(TEST, name, `${described?.label}: ${formatFigure(value)} ${described?.unit}`);
    measurements.push({ test: TEST, metric, subject: name, value, rounds: [value] });
  };
  const keys = bench.scaled(STRINGS);
  const server = await bench.start(name);
  let restarted: ServerProcess | undefined;
  try {
    await loadKeys(server.port, { keys, prefix: 'key:' }, VALUE_BYTES);
    await loadSmallCollections(server.port, hash, 'hash:', bench.scaled(HASHES));
    await server.idle();
    await measureIdleSave(server, record);
    await measureLoadedSave(bench, server, keys, record);
    const size = await server.control.dbsize();
    await server.stop('keep');

    const spawned = performance.now();
    restarted = await bench.start(name, server.directory);
    const seconds = (performance.now() - spawned) / 1000;
    const loaded = await restarted.control.dbsize();
    if (loaded === size) record('load', seconds);
    else bench.live(TEST, name, `no time of loading: of ${size} keys saved, ${loaded} are there after a restart`);
  } finally {
    await server.stop();
    await restarted?.stop();
  }
  return measurements;
}

type Recorder = (metric: MetricId, value: number) => void;

async function measureIdleSave(server: ServerProcess, record: Recorder): Promise<void> {
  const begun = performance.now();
  await saveInBackground(server);
  record('save', (performance.now() - begun) / 1000);
  record('file', statSync(join(server.directory, 'dump.rdb')).size / 1e6);
}

async function measureLoadedSave(bench: Bench, server: ServerProcess, keys: number, record: Recorder): Promise<void> {
  const load = EndlessLoad.start(server.port, {
    command: 'set',
    requests: 0,
    pipeline: 16,
    valueBytes: VALUE_BYTES,
    keys,
  });
  try {
    await sleep(WARM_UP_MS);
    const before = await commandRate(server, () => sleep(BEFORE_MS));
    record('before', before);
    await server.control.config('RESETSTAT');
    const during = await bench.measured(server.name, () => commandRate(server, () => saveInBackground(server)));
    record('during', during);
    record('kept', (during / before) * 100);
  } finally {
    await load.stop();
  }
  const [persistence, stats] = [await server.info('persistence'), await server.info('stats')];
  const turn = await longestTurn(server);
  const freezeUs = numberOf(stats, 'latest_fork_usec');
  record('freeze', freezeUs / 1000);
  record('pause', turn?.runningMs ?? freezeUs / 1000);
  if (turn !== null) record('pause-clock', turn.clockMs);
  record('copied', numberOf(persistence, 'rdb_last_cow_size') / 1e6);
}

/** Resolves when a BGSAVE that begins now has ended well. */
async function saveInBackground(server: ServerProcess): Promise<void> {
  const deadline = performance.now() + SAVE_TIMEOUT_MS;
  await server.control.bgsave();
  for (;;) {
    const fields = await server.info('persistence');
    if (numberOf(fields, 'rdb_bgsave_in_progress') === 0) {
      if (fields.get('rdb_last_bgsave_status') === 'ok') return;
      throw new Error('BGSAVE failed');
    }
    if (performance.now() > deadline) throw new Error(`BGSAVE took more than ${SAVE_TIMEOUT_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}
