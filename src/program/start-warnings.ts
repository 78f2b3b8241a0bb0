/** What is worth saying about the configuration and the system at start. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { Log } from './log.ts';

const MIB = 1024 * 1024;
const BACKLOG_LIMIT = '/proc/sys/net/core/somaxconn';

/** Directives that were given and have no effect here: nobody should believe that they have. */
export function logIgnoredSettings(config: Config, log: Log): void {
  const ignored = config.ignoredSettings();
  if (ignored.length === 0) return;
  log.write('notice', `Accepted without effect: ${ignored.map(({ name }) => name).join(', ')}`);
  for (const { name, reason } of ignored) log.write('verbose', `${name} has no effect: ${reason}`);
}

export function warnOfBacklog(config: Config, log: Log, limitFile: string = BACKLOG_LIMIT): void {
  const wanted = config.get('tcp-backlog');
  let limit: number;
  try {
    limit = Number.parseInt(readFileSync(limitFile, 'latin1'), 10);
  } catch {
    return;
  }
  if (limit > 0 && limit < wanted) {
    log.write(
      'warning',
      `WARNING: The TCP backlog setting of ${wanted} cannot be enforced because ${limitFile} is set to the lower value of ${limit}.`,
    );
  }
}

export function warnOfMemoryLimit(config: Config, log: Log): void {
  const limit = config.get('maxmemory');
  if (limit > 0 && limit < MIB) {
    log.write(
      'warning',
      `WARNING: You specified a maxmemory value that is less than 1MB (current value is ${limit} bytes). Are you sure this is what you really want?`,
    );
  }
}
