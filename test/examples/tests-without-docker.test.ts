import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runProgram } from '../clients/program.ts';

it('is a suite of two files, each with a server of its own', async () => {
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const config = fileURLToPath(new URL('./vitest.config.ts', import.meta.url));
  const { status, stdout } = await runProgram(process.execPath, [
    vitest,
    'run',
    '--config',
    config,
    '--reporter',
    'json',
  ]);
  const report = JSON.parse(stdout) as { numPassedTests: number; testResults: unknown[] };
  expect([status, report.numPassedTests, report.testResults.length]).toEqual([0, 5, 2]);
});
