/**
 * Runs once before all tests: has processes start from the built program where it is current, and sees to it that
 * redis-server and redis-cli are there, the judge of the interoperability tests, and Tcl and the means to unpack sources
 * for Redis's own tests.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { builtPath, isCurrent } from './support/built-program.ts';
import { REFERENCE_VERSION, versionOf } from './support/redis-tools.ts';

const isCi = process.env['CI'] === 'true';

export default async function setup(): Promise<void> {
  // Processes start several times faster from what was built; in CI that is what is tested.
  const given = process.env['RESPD_BIN'];
  if (given !== undefined) process.env['RESPD_BIN'] = resolve(given);
  else if (isCi || isCurrent()) process.env['RESPD_BIN'] = await builtPath();
  if (!installed()) install('redis-server', 'redis-tools');
  if (spawnSync('tclsh', { input: '' }).status !== 0) install('tcl');
  if (spawnSync('dpkg-source', ['--version']).status !== 0) install('dpkg-dev');
  if (!installed()) {
    const missing = 'redis-server and redis-cli are not installed (Debian: apt-get install redis-server redis-tools)';
    if (isCi) throw new Error(missing);
    console.log(`Interoperability tests are skipped: ${missing}`);
    return;
  }
  const version = versionOf('redis-server');
  if (!version?.startsWith(`${REFERENCE_VERSION}.`)) {
    console.log(`Byte-for-byte tests are skipped: they need Redis ${REFERENCE_VERSION}, installed is ${version}`);
  }
}

function installed(): boolean {
  return versionOf('redis-server') !== null && versionOf('redis-cli') !== null;
}

/** Possible as root on Debian and its kin; elsewhere nothing happens. */
function install(...packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return;
  console.log(`Installing ${packages.join(' and ')}`);
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}
