/**
 * What a suite hands back: plain data, one row per (test, metric, subject). Tables, chart and targets are all
 * derived from such rows, so that a new suite adds no code to the report.
 */

/** Who was measured: the two servers, or an empty Node process as the floor of a start time. */
export type Subject = 'redis' | 'respd' | 'node';

/** A kind of figure a suite measures; its unit and which direction is good are said once, here. */
export interface Metric {
  readonly id: string;
  readonly label: string;
  /** As printed: `requests/s`, `µs`, `ms`, `bytes`. */
  readonly unit: string;
  readonly better: 'more' | 'less';
}

/** One figure; `value` summarises `rounds` (as the suite says). */
export interface Measurement {
  readonly test: string;
  /** {@link Metric.id} of the suite's metrics. */
  readonly metric: string;
  readonly subject: Subject;
  readonly value: number;
  readonly rounds: readonly number[];
}

/** The figure of one subject in one test, or `undefined` where it was not measured. */
export function figureOf(
  measurements: readonly Measurement[],
  test: string,
  metric: string,
  subject: Subject,
): number | undefined {
  return measurements.find((row) => row.test === test && row.metric === metric && row.subject === subject)?.value;
}

/** A figure as people read it: whole and grouped from 1,000 up, three significant digits below. */
export function formatFigure(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
