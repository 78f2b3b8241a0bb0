/**
 * The source of the Redis release whose test suite is run: given, in the cache, or fetched from Debian.
 *
 * It is fetched by apt with lists, sources and cache of its own, so that neither root nor any change of the machine's
 * configuration is needed. With it come Debian's fixes to the release, and their tests.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const REDIS_RELEASE = '7.0.15';

const FOLDER = `redis-${REDIS_RELEASE}`;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SOURCES = [
  `deb-src [signed-by=${KEYRING}] http://deb.debian.org/debian bookworm main`,
  `deb-src [signed-by=${KEYRING}] http://deb.debian.org/debian-security bookworm-security main`,
];

/** The source can't be had; the message says why. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code = 'SOURCE_UNAVAILABLE';
}

/**
 * The folder with the source, fetched if it is not there yet.
 *
 * @param given a folder that has it already, if any; the variable REDIS_SOURCE may name one, too
 * @throws {SourceError} when it is neither there nor to be had
 */
export function redisSource(given: string | undefined = process.env['REDIS_SOURCE']): string {
  if (given !== undefined && given !== '') {
    if (!isSource(given)) throw new SourceError(`${given} is not the source of Redis`);
    return given;
  }
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'respd');
  const folder = join(cache, FOLDER);
  if (isSource(folder)) return folder;
  fetchInto(cache, folder);
  return folder;
}

function isSource(folder: string): boolean {
  return existsSync(join(folder, 'tests', 'test_helper.tcl'));
}

/** Downloads and unpacks beside the place, and moves it there whole, since others may do the same. */
function fetchInto(cache: string, folder: string): void {
  for (const tool of ['apt-get', 'dpkg-source']) {
    if (spawnSync(tool, ['--version']).status === 0) continue;
    throw new SourceError(`the source of Redis ${REDIS_RELEASE} needs ${tool} (Debian: apt-get install dpkg-dev)`);
  }
  if (!existsSync(KEYRING)) throw new SourceError(`the keys of Debian's archive are missing (${KEYRING})`);
  const work = join(cache, `fetch-${process.pid}`);
  for (const part of ['lists/partial', 'archives/partial']) mkdirSync(join(work, part), { recursive: true });
  try {
    writeFileSync(join(work, 'redis.list'), `${SOURCES.join('\n')}\n`);
    const options = [
      `Dir::Etc::sourcelist=${join(work, 'redis.list')}`,
      'Dir::Etc::sourceparts=/dev/null',
      `Dir::State::lists=${join(work, 'lists')}`,
      `Dir::Cache=${work}`,
      'APT::Sandbox::User=',
      'Acquire::Languages=none',
      'Acquire::Retries=3',
    ].flatMap((option) => ['-o', option]);
    run('apt-get', [...options, '-qq', 'update'], work);
    run('apt-get', [...options, '-qq', 'source', 'redis'], work);
    if (!isSource(join(work, FOLDER))) {
      const others = readdirSync(work).filter((name) => name.endsWith('.dsc'));
      throw new SourceError(`Debian has ${others.join(', ') || 'nothing'} instead of Redis ${REDIS_RELEASE}`);
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(work, FOLDER), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { error, status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw new SourceError(`${command}: ${error.message}`);
  if (status !== 0) throw new SourceError(`${command} failed: ${stderr.trim()}`);
}
