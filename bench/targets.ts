/** What respd sets out to reach; the report says of each whether it is. */
import { figureOf, type Measurement, type Metric, type Subject } from './measurement.ts';

export interface Target {
  readonly suite: string;
  readonly test: string;
  readonly metric: string;
  /** The figure is respd's divided by this subject's; `null`: respd's own. */
  readonly relativeTo: Subject | null;
  /** A lower bound where the metric is better when more, else an upper bound. */
  readonly bound: number;
}

const throughput = (tests: readonly string[], bound: number): Target[] =>
  tests.map((test) => ({ suite: 'strings', test, metric: 'throughput', relativeTo: 'redis', bound }));

const memory = (tests: readonly string[], metric: string, relativeTo: Subject | null, bound: number): Target[] =>
  tests.map((test) => ({ suite: 'memory', test, metric, relativeTo, bound }));

const counts = ['1 M', '1.4 M', '2 M', '5 M'];

export const targets: readonly Target[] = [
  ...throughput(['SET p1', 'GET p1', 'INCR p1', 'PING_INLINE p1', 'PING_MBULK p1'], 0.9),
  ...throughput(['SET p16', 'SET new p16', 'GET p16', 'INCR p16', 'MSET p16'], 1.0),
  ...throughput(['SET p64', 'SET new p64', 'GET p64', 'INCR p64', 'MSET p64'], 1.25),
  ...throughput(['SET 1KB p16', 'GET 1KB p16', 'SET 1KB p64', 'GET 1KB p64'], 1.0),
  ...throughput(['SET 16KB p16', 'GET 16KB p16'], 0.8),
  ...memory(
    counts.map((count) => `${count} keys`),
    'used',
    null,
    80,
  ),
  ...memory(
    counts.map((count) => `${count} keys`),
    'resident',
    'redis',
    1.0,
  ),
  ...memory(
    counts.map((count) => `${count} keys overwritten`),
    'resident',
    'redis',
    1.0,
  ),
  { suite: 'stall', test: 'load 5 M keys', metric: 'turn', relativeTo: null, bound: 10 },
  { suite: 'start', test: 'empty server', metric: 'ready', relativeTo: 'node', bound: 4 },
];

/** The figure that `target` is about, or `undefined` while it has not been measured. */
export function targetFigure(target: Target, measurements: readonly Measurement[]): number | undefined {
  const own = figureOf(measurements, target.test, target.metric, 'respd');
  if (target.relativeTo === null) return own;
  const other = figureOf(measurements, target.test, target.metric, target.relativeTo);
  return own === undefined || other === undefined ? undefined : own / other;
}

/** Whether `figure` is on the good side of the target's bound. */
export function isReached(target: Target, metric: Metric, figure: number): boolean {
  return metric.better === 'more' ? figure >= target.bound : figure <= target.bound;
}
