/** What several clients do together: messages to many subscribers, and transactions. */
import type { Measurement } from '../measurement.ts';
import type { ServerName, ServerProcess } from '../server-process.ts';
import { maximum, minimum } from '../statistics.ts';
import { Subscribers } from '../subscribers.ts';
import { alternate, type Bench, type Suite } from '../suite.ts';
import { measureThroughput, throughputMetrics } from '../throughput.ts';
import { runTransactions } from '../transaction-load.ts';

const SUBSCRIBERS = [1, 100, 1000];
const PIPELINES = [1, 16];
const CHANNEL = 'channel';
const MESSAGE = 'sixteen bytes...';

const TRANSACTIONS = 40_000;
const DEPTHS = [1, 16];

const publishName = (subscribers: number, pipeline: number): string =>
  `PUBLISH to ${subscribers.toLocaleString('en-US')} p${pipeline}`;
const transactionName = (depth: number): string => `MULTI/EXEC of 10 SET p${depth}`;

export const pubsubSuite: Suite = {
  name: 'pubsub',
  title: 'Messages and transactions',
  about: `\`redis-benchmark\` with 50 clients publishes messages of ${MESSAGE.length} bytes to a channel to which 1, 100 and 1,000 clients are
subscribed, which another process reads; \`p1\` and \`p16\` are messages per round trip. Transactions of MULTI, ten SETs
and EXEC come from 10 connections, with 1 and 16 of them under way on each; requests are transactions. The best of the
rounds; CPU time is the server's.`,
  metrics: throughputMetrics,
  tests: [
    ...SUBSCRIBERS.flatMap((subscribers) => PIPELINES.map((pipeline) => publishName(subscribers, pipeline))),
    ...DEPTHS.map(transactionName),
  ],

  async run(bench: Bench): Promise<Measurement[]> {
    const servers = new Map<ServerName, ServerProcess>();
    try {
      for (const name of bench.servers) servers.set(name, await bench.start(name));
      const measurements: Measurement[] = [];
      for (const subscribers of SUBSCRIBERS) measurements.push(...(await publishing(bench, servers, subscribers)));
      for (const depth of DEPTHS) measurements.push(...(await transactions(bench, servers, depth)));
      return measurements;
    } finally {
      for (const server of servers.values()) await server.stop();
    }
  },
};

async function publishing(
  bench: Bench,
  servers: ReadonlyMap<ServerName, ServerProcess>,
  subscribers: number,
): Promise<Measurement[]> {
  const pipelines = PIPELINES.filter((pipeline) => bench.selects(publishName(subscribers, pipeline)));
  if (pipelines.length === 0) return [];
  const listening: Subscribers[] = [];
  try {
    for (const { port } of servers.values()) listening.push(await Subscribers.start(port, subscribers, CHANNEL));
    const measurements: Measurement[] = [];
    for (const pipeline of pipelines) {
      const test = {
        name: publishName(subscribers, pipeline),
        load: { command: ['PUBLISH', CHANNEL, MESSAGE], pipeline, valueBytes: MESSAGE.length, keys: 1 },
        coldRequests: Math.max(1000, 10_000 / subscribers),
        // Node accepts one connection per turn of its loop, and turns are long here: short runs would show only that.
        ...(subscribers >= 1000 ? { seconds: 5 } : {}),
      };
      measurements.push(...(await measureThroughput(bench, test, servers)));
    }
    return measurements;
  } finally {
    for (const each of listening) await each.stop();
  }
}

async function transactions(
  bench: Bench,
  servers: ReadonlyMap<ServerName, ServerProcess>,
  depth: number,
): Promise<Measurement[]> {
  const test = transactionName(depth);
  if (!bench.selects(test)) return [];
  const count = bench.scaled(TRANSACTIONS);
  const rates = new Map<ServerName, number[]>();
  const cpus = new Map<ServerName, number[]>();
  // The first round warms the servers up.
  for (let round = -1; round < bench.rounds; round++) {
    for (const name of alternate(bench.servers, round + 1)) {
      const server = servers.get(name);
      if (server === undefined) continue;
      const cpuBefore = server.cpuMicroseconds();
      const seconds = await bench.measured(name, () => runTransactions(server.port, count, depth));
      const cpuUs = (server.cpuMicroseconds() - cpuBefore) / count;
      if (round < 0) continue;
      rates.set(name, [...(rates.get(name) ?? []), count / seconds]);
      cpus.set(name, [...(cpus.get(name) ?? []), cpuUs]);
      bench.live(test, name, `${Math.round(count / seconds)} transactions/s, ${cpuUs.toFixed(2)} µs CPU each`);
    }
  }
  return [...rates].flatMap(([subject, list]) => {
    const cpu = cpus.get(subject) ?? [];
    return [
      { test, metric: 'throughput', subject, value: maximum(list), rounds: list },
      { test, metric: 'cpu', subject, value: minimum(cpu), rounds: cpu },
    ];
  });
}
