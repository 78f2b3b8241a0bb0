/**
 * The quick units of Redis's own test suite: nothing that passed before may fail. What is known of them is in
 * `results.json`, which `npm run test:redis` brings up to date.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtProgram } from '../support/built-program.ts';
import { Exceptions } from './exceptions.ts';
import { redisSource, SourceError } from './redis-source.ts';
import { readResults, regressions, resultOf } from './results.ts';
import { missingForSuite, SuiteTree } from './suite-tree.ts';
import { runUnit } from './unit-run.ts';
import { FAST_UNITS } from './units.ts';

const isCi = process.env['CI'] === 'true';

const PORTS = 200;
/** Runs at the same time must not meet. */
const port = 20_000 + (process.pid % 40) * PORTS;

const exceptions = Exceptions.read();
const results = readResults();
const unavailable = whyNot();

/** Why the suite can't run here; null if it can, and in CI, where it has to. */
function whyNot(): string | null {
  if (isCi) return null;
  const missing = missingForSuite();
  if (missing !== null) return missing;
  try {
    redisSource();
    return null;
  } catch (error) {
    if (error instanceof SourceError) return error.message;
    throw error;
  }
}

if (unavailable !== null) console.log(`Redis's own tests are skipped: ${unavailable}`);

describe.skipIf(unavailable !== null)("Redis's own tests", () => {
  let tree: SuiteTree;

  beforeAll(async () => {
    const { command, args } = await builtProgram();
    tree = SuiteTree.create(redisSource(), [command, ...args]);
  }, 120_000);

  afterAll(() => tree?.[Symbol.dispose]());

  it.each(FAST_UNITS)(
    '%s: what passed passes',
    async (unit) => {
      const run = async (): Promise<string[]> => {
        const { outcome } = await runUnit(unit, { tree, exceptions, port });
        return regressions(unit, results[unit], resultOf(outcome), exceptions);
      };
      // Some tests of the suite wait for fractions of a second, which a busy machine may not have.
      const lost = await run();
      expect(lost.length === 0 ? lost : await run()).toEqual([]);
    },
    600_000,
  );
});
