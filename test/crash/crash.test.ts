/** The short form of `npm run test:crash`. */
import { describe, expect, it } from 'vitest';
import { builtProgram } from '../support/built-program.ts';
import { fsyncPolicies, runCrashRounds } from './crash-rounds.ts';

const ROUNDS = 30;

describe('a server that is killed again and again', () => {
  // At the same time: each of them waits most of the time.
  it.concurrent.each(fsyncPolicies)(
    'keeps what it has acknowledged (appendfsync %s)',
    async (fsync) => {
      const program = await builtProgram();
      const seed = Math.floor(Math.random() * 2 ** 31);
      const report = await runCrashRounds({ program, fsync, rounds: ROUNDS, seed });
      expect(report.operations).toBeGreaterThan(0);
      expect(report.lost).toBeGreaterThan(0);
      expect(report.rewrites).toBeGreaterThan(0);
      expect(report.rewritten).toBeGreaterThan(0);
      expect(report.killedWhileLoading).toBeGreaterThan(0);
    },
    300_000,
  );
});
