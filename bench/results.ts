/** The file of results, from which the report is drawn: per suite, the measurements and the environment. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Environment } from './environment.ts';
import type { Measurement } from './measurement.ts';

export interface SuiteResults {
  readonly environment: Environment;
  /** Rounds asked for. */
  readonly rounds: number;
  /** Whether the smaller data sets were used. */
  readonly quick: boolean;
  readonly measurements: readonly Measurement[];
}

/** By the suite's name. */
export type Results = Readonly<Record<string, SuiteResults>>;

/** Reads `path`; a missing file is no results. */
export function readResults(path: string): Results {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/** Writes `results` to `path`, figures rounded to five significant digits. */
export function writeResults(path: string, results: Results): void {
  const rounded = (_key: string, value: unknown) => {
    return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
  };
  writeFileSync(path, `${JSON.stringify(results, rounded, 2)}\n`);
}

/** `results` with those of one suite replaced; measurements of tests that were not run again are kept. */
export function mergeResults(results: Results, suite: string, fresh: SuiteResults): Results {
  const identity = (row: Measurement) => JSON.stringify([row.test, row.metric, row.subject]);
  const replaced = new Set(fresh.measurements.map(identity));
  const kept = results[suite]?.measurements.filter((row) => !replaced.has(identity(row))) ?? [];
  return { ...results, [suite]: { ...fresh, measurements: [...kept, ...fresh.measurements] } };
}
