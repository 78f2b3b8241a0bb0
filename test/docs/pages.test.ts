/** The pages that are made from tables are up to date; `npm run docs` writes them. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { families } from '../../src/commands/index.ts';
import { renderCommands } from './command-page.ts';
import { renderConfiguration } from './configuration-page.ts';

const page = (name: string): string => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

it('docs/commands.md is the rendered one', async () => {
  await expect(renderCommands(families)).toMatchFileSnapshot(page('commands.md'));
});

it('docs/configuration.md is the rendered one', async () => {
  await expect(renderConfiguration()).toMatchFileSnapshot(page('configuration.md'));
});
