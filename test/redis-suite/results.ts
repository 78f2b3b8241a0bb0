/**
 * What is known of each unit, in `results.json`: what passed is what must go on passing, and the compatibility page is
 * drawn from it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Exceptions } from './exceptions.ts';
import type { Failure, UnitOutcome } from './suite-output.ts';

export interface UnitResult {
  readonly passed: readonly string[];
  readonly failed: readonly Failure[];
  readonly excepted: readonly string[];
}

export type Results = Readonly<Record<string, UnitResult>>;

const file = new URL('results.json', import.meta.url);

export function readResults(): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results;
}

/** @param order the units, as they are to follow each other */
export function writeResults(results: Results, order: readonly string[]): void {
  const sorted = Object.fromEntries(order.filter((unit) => unit in results).map((unit) => [unit, results[unit]]));
  writeFileSync(file, `${JSON.stringify(sorted, null, 1)}\n`);
}

/** What is kept of a run: a test that occurs several times has passed if it always did. */
export function resultOf(outcome: UnitOutcome): UnitResult {
  const failedNames = new Set(outcome.failed.map(({ name }) => name));
  return {
    passed: [...new Set(outcome.passed)].filter((name) => !failedNames.has(name)),
    failed: outcome.failed,
    excepted: [...new Set(outcome.skipped)],
  };
}

/** The tests that passed once and, unless they are excepted now, do so no more, with what is said about them. */
export function regressions(unit: string, before: UnitResult, now: UnitResult, exceptions: Exceptions): string[] {
  const passed = new Set(now.passed);
  const excepted = new Set(now.excepted);
  const lost = before.passed.filter(
    (name) => !passed.has(name) && !excepted.has(name) && exceptions.reason(unit, name) === null,
  );
  return lost.map((name) => {
    const failure = now.failed.find((item) => item.name === name);
    return `${name}: ${failure?.reason ?? 'has not run'}`;
  });
}
