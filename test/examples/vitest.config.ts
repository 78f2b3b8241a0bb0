/** Runs the suite of docs/examples/tests-without-docker against the source: there, `respd` is the installed package. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { respd: fileURLToPath(new URL('../../src/index.ts', import.meta.url)) } },
  test: { root: fileURLToPath(new URL('../../docs/examples/tests-without-docker', import.meta.url)) },
});
