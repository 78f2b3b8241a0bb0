/** The program as one file, built as `npm run build` does, but elsewhere. */
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import config from '../../.rolldown.config.ts';
import { runProgram } from '../clients/program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respd-bundle-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Bundles a module of the source; answers the code. */
async function bundle(input: string): Promise<string> {
  if (Array.isArray(config) || typeof config === 'function') throw new TypeError('one configuration is expected');
  const { output, ...options } = config;
  const build = await rolldown({ ...options, input, cwd: root });
  const { output: files } = await build.write({ ...output, ...{ file: join(folder, 'bundle.mjs') } });
  await build.close();
  return files[0].code;
}

describe('the bundle', () => {
  it('is one file that starts', async () => {
    await bundle('src/cli.ts');
    expect(readdirSync(folder).sort()).toEqual(['bundle.mjs', 'node_modules']);
    const { status, stdout } = await runProgram(process.execPath, [join(folder, 'bundle.mjs'), '--version']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^respd server v=/);
  });

  it('looks for worker modules where the compiler puts them', async () => {
    const code = await bundle('src/lib/worker-url.ts');
    const rewritten = code.match(/new URL\(["']\.\/lib\/worker-url\.js["'], import\.meta\.url\)\.href/g) ?? [];
    expect(rewritten.length).toBeGreaterThan(0);
    expect(code.match(/import\.meta\.url/g)).toHaveLength(rewritten.length);
  });
});
