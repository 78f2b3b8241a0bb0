/** What respd sets out to reach; the report says of each whether it is. */
import { figureOf, type Measurement, type Metric, type Subject } from './measurement.ts';

export interface Target {
  readonly suite: string;
  readonly test: string;
  readonly metric: string;
  /** The figure is respd's divided by this subject's; `null`: respd's own. */
  readonly relativeTo: Subject | null;
  /** The figure is respd's less that of {@link Target.relativeTo} instead. */
  readonly isDifference?: true;
  /** A lower bound where the metric is better when more, else an upper bound. */
  readonly bound: number;
}

/** Targets for respd's figures divided by Redis's. */
const ratios = (suite: string, metric: string, tests: readonly string[], bound: number): Target[] =>
  tests.map((test) => ({ suite, test, metric, relativeTo: 'redis', bound }));

const at = (pipeline: number, commands: readonly string[]) => commands.map((command) => `${command} p${pipeline}`);

const single = ['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR'];
const elements = ['LPUSH', 'RPUSH', 'LPOP', 'RPOP', 'SADD', 'HSET', 'SPOP', 'ZADD', 'ZPOPMIN'];
const ranges = ['LRANGE_100', 'LRANGE_300', 'LRANGE_500', 'LRANGE_600'];
const messages = ['1', '100', '1,000'].flatMap((count) => [`PUBLISH to ${count} p1`, `PUBLISH to ${count} p16`]);
const scripts = ['return 1', 'one call', 'rate limiter', 'compare and delete', '100 calls'];
const snapshot = { suite: 'persistence', test: '5 M strings, 1 M hashes' };

export const targets: readonly Target[] = [
  ...ratios('strings', 'throughput', at(1, single), 0.9),
  ...ratios('strings', 'cpu', at(1, single), 1.3),
  ...ratios('strings', 'throughput', at(16, ['SET', 'GET']), 1.3),
  ...ratios('strings', 'throughput', at(64, ['SET', 'GET']), 1.8),
  ...ratios('strings', 'throughput', at(16, ['SET 1KB', 'GET 1KB']), 1.0),
  ...ratios('strings', 'throughput', at(16, ['SET 16KB', 'GET 16KB']), 0.9),
  ...ratios('collections', 'throughput', at(16, elements), 1.2),
  ...ratios('collections', 'throughput', at(64, elements), 1.5),
  ...ratios('collections', 'throughput', [...at(16, ranges), ...at(64, ranges)], 1.0),
  ...ratios('collections', 'throughput', at(64, ['LINDEX middle of 1 M']), 10),
  ...ratios('collections', 'memory', ['hash of 1 M', 'set of 1 M', 'sorted set of 1 M'], 0.8),
  ...ratios('collections', 'memory', ['hashes of 5', 'sets of 5', 'sets of 10 integers', 'sorted sets of 5'], 0.8),
  ...ratios('collections', 'memory', ['list of 1 M', 'lists of 5'], 1.0),
  ...ratios('pubsub', 'throughput', messages, 1.0),
  ...ratios('pubsub', 'throughput', [...at(1, ['MULTI/EXEC of 10 SET']), ...at(16, ['MULTI/EXEC of 10 SET'])], 1.0),
  ...ratios('scripting', 'throughput', [...at(1, scripts), ...at(16, scripts)], 0.9),
  ...ratios('memory', 'used', ['1 M keys', '1.4 M keys', '2 M keys', '5 M keys'], 0.65),
  { suite: 'stall', test: 'load 5 M keys', metric: 'turn', relativeTo: null, bound: 5 },
  { ...snapshot, metric: 'freeze', relativeTo: null, bound: 1 },
  { ...snapshot, metric: 'pause', relativeTo: null, bound: 5 },
  { ...snapshot, metric: 'pause', relativeTo: 'redis', bound: 0.2 },
  { ...snapshot, metric: 'kept', relativeTo: null, bound: 70 },
  { ...snapshot, metric: 'kept', relativeTo: 'redis', bound: 1.0 },
  { ...snapshot, metric: 'file', relativeTo: 'redis', bound: 1.02 },
  { ...snapshot, metric: 'save', relativeTo: 'redis', bound: 2 },
  { ...snapshot, metric: 'load', relativeTo: 'redis', bound: 1.5 },
  ...ratios('append-only', 'throughput', ['AOF off p1'], 0.95),
  ...ratios('append-only', 'throughput', ['AOF no p1', 'AOF everysec p1', 'AOF always p1', 'AOF always p16'], 1.0),
  ...ratios('append-only', 'throughput', ['AOF no p16', 'AOF everysec p16'], 1.3),
  { suite: 'start', test: 'empty server', metric: 'ready', relativeTo: 'node', isDifference: true, bound: 100 },
];

/** The figure that `target` is about, or `undefined` while it has not been measured. */
export function targetFigure(target: Target, measurements: readonly Measurement[]): number | undefined {
  const own = figureOf(measurements, target.test, target.metric, 'respd');
  if (target.relativeTo === null) return own;
  const other = figureOf(measurements, target.test, target.metric, target.relativeTo);
  if (own === undefined || other === undefined) return undefined;
  return target.isDifference ? own - other : own / other;
}

/** Whether `figure` is on the good side of the target's bound. */
export function isReached(target: Target, metric: Metric, figure: number): boolean {
  return metric.better === 'more' ? figure >= target.bound : figure <= target.bound;
}
