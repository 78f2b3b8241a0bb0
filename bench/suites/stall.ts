/** The longest pause while the keyspace grows: as the server times its own turns, and as a second client feels it. */
import { LatencyProbe } from '../latency-probe.ts';
import { loadKeys } from '../loader.ts';
import { ABOUT_LONGEST_TURN, longestTurn, longestTurnMetrics } from '../longest-turn.ts';
import { formatFigure, type Measurement } from '../measurement.ts';
import type { ServerName } from '../server-process.ts';
import { maximum, median } from '../statistics.ts';
import { alternate, type Bench, type Suite } from '../suite.ts';

const TEST = 'load 5 M keys';
const KEYS = 5_000_000;
const VALUE_BYTES = 16;

export const stallSuite: Suite = {
  name: 'stall',
  title: 'Pauses while loading',
  about: `5 million keys with values of ${VALUE_BYTES} bytes are loaded through one pipelined connection into an empty server, while
another connection sends PING every millisecond. The longest turn, the worst of the rounds, is ${ABOUT_LONGEST_TURN}.
Latencies are what the second connection saw, the system's scheduling of three busy processes included; the median of
the rounds.`,
  metrics: [
    ...longestTurnMetrics,
    { id: 'latency-p999', label: 'PING p99.9', unit: 'ms', better: 'less' },
    { id: 'latency-max', label: 'PING max', unit: 'ms', better: 'less' },
  ],
  tests: [TEST],

  async run(bench: Bench): Promise<Measurement[]> {
    const rounds = new Map<ServerName, Map<string, number>[]>();
    for (let round = 0; round < bench.rounds; round++) {
      for (const name of alternate(bench.servers, round)) {
        const figures = await measure(bench, name);
        rounds.set(name, [...(rounds.get(name) ?? []), figures]);
        const text = [...figures].map(([metric, ms]) => `${metric} ${formatFigure(ms)} ms`).join(', ');
        bench.live(TEST, name, text);
      }
    }
    return [...rounds].flatMap(([subject, list]) =>
      [...list[0].keys()].map((metric) => {
        const values = list.map((figures) => figures.get(metric) ?? Number.NaN);
        const value = metric.startsWith('turn') ? maximum(values) : median(values);
        return { test: TEST, metric, subject, value, rounds: values };
      }),
    );
  },
};

/** Milliseconds by metric. */
async function measure(bench: Bench, name: ServerName): Promise<Map<string, number>> {
  const server = await bench.start(name);
  try {
    const probe = await LatencyProbe.start(server.port);
    await server.control.config('RESETSTAT');
    const keys = bench.scaled(KEYS);
    await bench.measured(name, () => loadKeys(server.port, { keys, prefix: 'key:' }, VALUE_BYTES));
    const turn = await longestTurn(server);
    const seen = await probe.stop();
    const figures = new Map<string, number>();
    if (turn !== null) figures.set('turn', turn.runningMs).set('turn-clock', turn.clockMs);
    return figures.set('latency-p999', seen.p999Ms).set('latency-max', seen.maxMs);
  } finally {
    await server.stop();
  }
}
