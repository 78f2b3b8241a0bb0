/** Runs of redis-benchmark against servers in turn: requests per second and CPU time, the best of the rounds. */
import { formatFigure, type Measurement, type Metric } from './measurement.ts';
import { type Load, runLoad } from './redis-benchmark.ts';
import type { ServerName, ServerProcess } from './server-process.ts';
import { maximum, minimum } from './statistics.ts';
import { alternate, type Bench } from './suite.ts';

/**
 * How long the faster server's run takes. Many short runs in turn tell more than a few long ones: what a machine gives
 * changes from one second to the next, for both servers.
 */
export const RUN_SECONDS = 0.5;
const QUICK_RUN_SECONDS = 0.25;
/**
 * How long a server warms up for each test: what its compiler makes of a command is only settled after a second or so,
 * and servers run for longer than that.
 */
export const WARM_UP_SECONDS = 1;
const QUICK_WARM_UP_SECONDS = 0.25;
const COLD_REQUESTS = 10_000;
/** The slower server's run takes at most this many times as long as the faster one's is meant to. */
const MOST_PATIENCE = 3;

export const throughputMetrics: readonly Metric[] = [
  { id: 'throughput', label: 'requests/s', unit: 'requests/s', better: 'more' },
  { id: 'cpu', label: 'CPU per request', unit: 'µs', better: 'less' },
];

export interface ThroughputTest {
  readonly name: string;
  /** The number of requests is found out by trial. */
  readonly load: Omit<Load, 'requests'>;
  /** Requests of the first, cold trial, where the usual number would take too long. */
  readonly coldRequests?: number;
  /** Brings the data into the state that a run of `requests` needs; without it each run goes on where the last ended. */
  readonly prepare?: (server: ServerProcess, requests: number) => Promise<void>;
}

/** What one run of a test gave for one server. */
interface Run {
  readonly requestsPerSecond: number;
  readonly cpuUsPerRequest: number;
}

/** Runs `test` against all `servers`; one that fails is reported to `bench` and left out. */
export async function measureThroughput(
  bench: Bench,
  test: ThroughputTest,
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

  // Two runs first: they warm the server up, and the second shows how many requests fill the time.
  const rates: number[] = [];
  const warmUpSeconds = bench.quick ? QUICK_WARM_UP_SECONDS : WARM_UP_SECONDS;
  for (const name of bench.servers) {
    const rate = await attempt(name, (server) => warmUp(server, test, warmUpSeconds));
    if (rate !== undefined) rates.push(rate);
  }
  const seconds = bench.quick ? QUICK_RUN_SECONDS : RUN_SECONDS;
  const rate = Math.min(Math.max(...rates), Math.min(...rates) * MOST_PATIENCE);
  const load = { ...test.load, requests: requestsFor(rate, seconds) };

  for (let round = 0; round < bench.rounds; round++) {
    for (const name of alternate(bench.servers, round)) {
      const run = await attempt(name, async (server) => {
        await test.prepare?.(server, load.requests);
        return bench.measured(name, () => runOnce(server, load));
      });
      if (run === undefined) continue;
      runs.set(name, [...(runs.get(name) ?? []), run]);
      const requests = `${formatFigure(run.requestsPerSecond)} requests/s`;
      bench.live(test.name, name, `${requests}, ${run.cpuUsPerRequest.toFixed(2)} µs CPU per request`);
    }
  }
  return [...runs].flatMap(([subject, list]) => {
    const throughput = list.map((run) => run.requestsPerSecond);
    const cpu = list.map((run) => run.cpuUsPerRequest);
    return [
      { test: test.name, metric: 'throughput', subject, value: maximum(throughput), rounds: throughput },
      { test: test.name, metric: 'cpu', subject, value: minimum(cpu), rounds: cpu },
    ];
  });
}

/** Answers the requests per second of a server that has become warm. */
async function warmUp(server: ServerProcess, test: ThroughputTest, seconds: number): Promise<number> {
  const cold = test.coldRequests ?? COLD_REQUESTS;
  await test.prepare?.(server, cold);
  const first = await runLoad(server.port, { ...test.load, requests: cold });
  const requests = requestsFor(first.requestsPerSecond, seconds);
  await test.prepare?.(server, requests);
  return (await runLoad(server.port, { ...test.load, requests })).requestsPerSecond;
}

/** Requests that fill `seconds`, in round numbers. */
function requestsFor(requestsPerSecond: number, seconds: number): number {
  const wanted = Math.max(100, requestsPerSecond * seconds);
  const step = 10 ** Math.floor(Math.log10(wanted) - 1);
  return Math.ceil(wanted / step) * step;
}

async function runOnce(server: ServerProcess, load: Load): Promise<Run> {
  const cpuBefore = server.cpuMicroseconds();
  const { requestsPerSecond } = await runLoad(server.port, load);
  return { requestsPerSecond, cpuUsPerRequest: (server.cpuMicroseconds() - cpuBefore) / load.requests };
}
