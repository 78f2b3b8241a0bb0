import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { RESPD_VERSION } from '../../src/lib/version.ts';

it('RESPD_VERSION is the version of the package', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  expect(RESPD_VERSION).toBe((JSON.parse(text) as { version: string }).version);
});
