/** What a full memory costs: evictions under load, shrinking to less memory, and giving memory back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { commandTemplate } from '../command-template.ts';
import { loadKeys, runPipeline } from '../loader.ts';
import { ABOUT_LONGEST_TURN, longestTurn, longestTurnMetrics } from '../longest-turn.ts';
import { formatFigure, type Measurement, type Metric } from '../measurement.ts';
import { EndlessLoad } from '../redis-benchmark.ts';
import type { ServerName, ServerProcess } from '../server-process.ts';
import type { Bench, Suite } from '../suite.ts';
import { measureThroughput, throughputMetrics } from '../throughput.ts';

const KEPT_KEYS = 1_000_000;
const WRITTEN_KEYS = 1_000_000_000;
const VALUE_BYTES = 16;
const PIPELINES = [1, 16, 64];
const LOAD_MS = 3000;

const SPARSE_KEYS = 5_000_000;
const SPARSE_VALUE_BYTES = 300;
const DEFRAG_TIMEOUT_MS = 120_000;

const setTest = (pipeline: number) => `SET, allkeys-lru p${pipeline}`;
const SHRINK_TEST = 'maxmemory halved under load';
const DEFRAG_TEST = '90 % of 5 M keys deleted';

export const evictionSuite: Suite = {
  name: 'eviction',
  title: 'Full memory',
  about: `\`maxmemory\` is what 1 million keys with values of ${VALUE_BYTES} bytes take, and \`redis-benchmark\` (SET, 50 clients) writes keys
drawn from a billion under \`allkeys-lru\`, so that nearly every SET has to evict a key. Then, while it does so at p16,
\`maxmemory\` is halved; the longest turn in ${LOAD_MS / 1000} s around that is ${ABOUT_LONGEST_TURN}. Last, of 5 million keys with values of ${SPARSE_VALUE_BYTES} bytes nine in ten are
deleted, evenly spread, and \`activedefrag\` does its work with its default settings (Redis as Debian builds it has none):
the growth of RSS since the start, divided by the bytes that the data takes.`,
  metrics: [
    ...throughputMetrics,
    ...longestTurnMetrics,
    { id: 'deleted', label: 'RSS by live bytes after deleting', unit: '×', better: 'less' },
    { id: 'resident', label: 'RSS by live bytes after defragmentation', unit: '×', better: 'less' },
    { id: 'time', label: 'time of defragmentation', unit: 's', better: 'less' },
  ] as const satisfies readonly Metric[],
  tests: [...PIPELINES.map(setTest), SHRINK_TEST, DEFRAG_TEST],

  async run(bench: Bench): Promise<Measurement[]> {
    const measurements = await measureEvictions(bench);
    for (const name of bench.servers) {
      if (name === 'respd' && bench.selects(DEFRAG_TEST)) measurements.push(...(await measureDefrag(bench, name)));
    }
    return measurements;
  },
};

async function measureEvictions(bench: Bench): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const tests = PIPELINES.filter((pipeline) => bench.selects(setTest(pipeline)));
  if (tests.length === 0 && !bench.selects(SHRINK_TEST)) return measurements;
  const servers = new Map<ServerName, ServerProcess>();
  try {
    for (const name of bench.servers) {
      const server = await bench.start(name);
      servers.set(name, server);
      await loadKeys(server.port, { keys: bench.scaled(KEPT_KEYS), prefix: 'key:' }, VALUE_BYTES);
      await server.idle();
      await server.control.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await server.control.config('SET', 'maxmemory', String(await server.usedMemoryBytes()));
    }
    for (const pipeline of tests) {
      const load = { command: 'set', pipeline, valueBytes: VALUE_BYTES, keys: WRITTEN_KEYS };
      measurements.push(...(await measureThroughput(bench, { name: setTest(pipeline), load }, servers)));
    }
    const server = servers.get('respd');
    if (server !== undefined && bench.selects(SHRINK_TEST))
      measurements.push(...(await measureShrinking(bench, server)));
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  return measurements;
}

async function measureShrinking(bench: Bench, server: ServerProcess): Promise<Measurement[]> {
  const load = EndlessLoad.start(server.port, {
    command: 'set',
    requests: 0,
    pipeline: 16,
    valueBytes: VALUE_BYTES,
    keys: WRITTEN_KEYS,
  });
  try {
    await sleep(LOAD_MS / 3);
    await server.control.config('RESETSTAT');
    await server.control.config('SET', 'maxmemory', String(Math.floor((await server.usedMemoryBytes()) / 2)));
    await bench.measured(server.name, () => sleep((LOAD_MS * 2) / 3));
  } finally {
    await load.stop();
  }
  return recordLongestTurn(bench, server, SHRINK_TEST);
}

async function measureDefrag(bench: Bench, name: ServerName): Promise<Measurement[]> {
  const server = await bench.start(name);
  try {
    const measurements: Measurement[] = [];
    const record = (metric: string, value: number): void => {
      bench.live(DEFRAG_TEST, name, `${metric} ${formatFigure(value)}`);
      measurements.push({ test: DEFRAG_TEST, metric, subject: name, value, rounds: [value] });
    };
    const before = { used: await server.usedMemoryBytes(), resident: server.residentBytes() };
    const keys = bench.scaled(SPARSE_KEYS);
    await loadKeys(server.port, { keys, prefix: 'key:' }, SPARSE_VALUE_BYTES);
    await deleteNineInTen(server.port, keys);
    await server.idle();
    const used = (await server.usedMemoryBytes()) - before.used;
    const share = (): number => (server.residentBytes() - before.resident) / used;
    record('deleted', share());
    await server.control.config('RESETSTAT');
    await server.control.config('SET', 'activedefrag', 'yes');
    const begun = performance.now();
    await bench.measured(name, () => defragmented(server));
    record('time', (performance.now() - begun) / 1000);
    // The collector that gives the memory back has a second's time.
    await sleep(3000);
    record('resident', share());
    return [...measurements, ...(await recordLongestTurn(bench, server, DEFRAG_TEST))];
  } finally {
    await server.stop();
  }
}

async function recordLongestTurn(bench: Bench, server: ServerProcess, test: string): Promise<Measurement[]> {
  const turn = await longestTurn(server);
  if (turn === null) return [];
  bench.live(
    test,
    server.name,
    `longest turn ${formatFigure(turn.runningMs)} ms, ${formatFigure(turn.clockMs)} by the clock`,
  );
  return (
    [
      ['turn', turn.runningMs],
      ['turn-clock', turn.clockMs],
    ] as const
  ).map(([metric, value]) => ({ test, metric, subject: server.name, value, rounds: [value] }));
}

/** Deletes all keys but those whose numbers a multiplicative hash sends to the lowest tenth. */
async function deleteNineInTen(port: number, keys: number): Promise<void> {
  const deleted: number[] = [];
  for (let i = 0; i < keys; i++) if (Math.imul(i, 0x9e3779b1) >>> 0 >= 2 ** 32 / 10) deleted.push(i);
  const template = commandTemplate(['DEL', 'key:%'], (index) => deleted[index]);
  await runPipeline(port, { ...template, commands: deleted.length, reply: ':1\r\n' });
}

/** Waits until the server has begun to move data together, and has ended. */
async function defragmented(server: ServerProcess): Promise<void> {
  const until = performance.now() + DEFRAG_TIMEOUT_MS;
  let hasBegun = false;
  while (performance.now() < until) {
    const running = Number((await server.info('memory')).get('active_defrag_running')) > 0;
    if (hasBegun && !running) return;
    hasBegun ||= running;
    await sleep(20);
  }
  throw new Error('activedefrag has not come to an end');
}
