/** Where and with what figures were measured; kept beside them, since figures of two machines do not compare. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';

export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly redis: string;
  /** Version and, in a work tree, the commit. */
  readonly respd: string;
  /** Year-month-day. */
  readonly date: string;
}

export function currentEnvironment(): Environment {
  const processors = cpus();
  const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
  const commit = outputOf('git', ['rev-parse', '--short', 'HEAD']);
  return {
    cpu: processors[0].model.replace(/\s+/g, ' ').trim(),
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: outputOf('node', ['--version']),
    redis: /v=(\S+)/.exec(outputOf('redis-server', ['--version']))?.[1] ?? 'absent',
    respd: commit === '' ? version : `${version} (${commit})`,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** Standard output of a program, trimmed; empty when it cannot be run. */
function outputOf(program: string, options: readonly string[]): string {
  try {
    return execFileSync(program, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
