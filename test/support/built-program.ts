/**
 * The server as it is shipped, for tests that start it very often: it starts several times faster than its sources do.
 * `RESPD_BIN` may name it; otherwise it is dist/, built anew elsewhere where the sources are newer.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import config from '../../.rolldown.config.ts';
import type { Program } from './server-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export async function builtProgram(): Promise<Program> {
  return { name: 'respd', command: process.execPath, args: [process.env['RESPD_BIN'] ?? (await builtPath())] };
}

/** The path of the program, built from the sources as they are. */
export async function builtPath(): Promise<string> {
  return isCurrent() ? join(root, 'dist', 'cli.js') : build();
}

/** Whether dist/ is no older than the sources. */
export function isCurrent(): boolean {
  const built = statSync(join(root, 'dist', 'cli.js'), { throwIfNoEntry: false });
  if (built === undefined) return false;
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true });
  return sources.every((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs <= built.mtimeMs);
}

/** Builds as `npm run build` does, into a directory that is removed when this process exits. */
async function build(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'respd-built-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(root, 'package.json'), join(folder, 'package.json'));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const dist = join(folder, 'dist');
  await promisify(execFile)(process.execPath, [compiler, '-p', join(root, 'src', 'tsconfig.json'), '--outDir', dist]);
  if (Array.isArray(config) || typeof config === 'function') throw new TypeError('one configuration is expected');
  const { output, ...options } = config;
  const bundle = await rolldown({ ...options, cwd: root });
  await bundle.write({ ...output, ...{ file: join(dist, 'cli.js') } });
  await bundle.close();
  return join(dist, 'cli.js');
}
