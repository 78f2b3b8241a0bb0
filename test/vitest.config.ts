/**
 * Tests run as Node runs them: TypeScript is read by tsx, and modules are Node's own. Vitest's module runner turns each
 * access to something imported into a call, which the data path is full of: the tests take nearly twice the time with it.
 * And the processes of the tests are shared among test files, so that the sources are read once and not for each of them.
 *
 * So nothing replaces modules (`vi.mock`), and what a test changes of its process (timers, spies, directory) it puts
 * back. See docs/decisions/0027-tests-share-processes.md.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './support/slow-first.ts';

// For the global setup, which runs in Vitest's own process.
register();

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--import', 'tsx'],
    isolate: false,
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // One more than there are processors: some tests wait most of their time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: SlowFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/global-setup.ts'],
    reporters: ['default', 'test/support/summary-reporter.ts'],
  },
});
