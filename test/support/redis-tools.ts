/**
 * Which of Redis's own programs are installed. Tests that need them use `describe.skipIf(!hasRedis)`; the global
 * setup installs them where it can and fails a CI run where they are missing.
 */
import { spawnSync } from 'node:child_process';

/** The version whose behaviour the differential tests take as the truth. */
export const REFERENCE_VERSION = '7.0';

/** The version of an installed program of Redis's, or null. */
export function versionOf(program: 'redis-server' | 'redis-cli' | 'redis-benchmark'): string | null {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (status !== 0) return null;
  return /\bv?=?(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? 'unknown';
}

const serverVersion = versionOf('redis-server');

export const hasRedis: boolean = serverVersion !== null && versionOf('redis-cli') !== null;

/** Whether the installed Redis is the one whose replies respd must give byte for byte. */
export const hasReferenceRedis: boolean = hasRedis && (serverVersion?.startsWith(`${REFERENCE_VERSION}.`) ?? false);
