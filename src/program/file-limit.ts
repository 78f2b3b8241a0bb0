/**
 * `maxclients` against the limit of open files.
 *
 * Node raises the limit at start as far as the process may, so what is left is to keep within it: `maxclients` is
 * reduced where it is too low.
 */
import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { Log } from './log.ts';

/** Descriptors for everything but clients: listening sockets, files, and the like. As many as Redis keeps. */
const RESERVED = 32;

/** Lowers `maxclients` to what the limit allows. False when the server can't start with it, which is logged. */
export function fitClientsToFileLimit(config: Config, limit: number, log: Log): boolean {
  const wanted = config.get('maxclients');
  const needed = wanted + RESERVED;
  if (limit >= needed) return true;
  if (limit <= RESERVED) {
    log.write(
      'warning',
      `Your current 'ulimit -n' of ${limit} is not enough for the server to start. Please increase your open file limit to at least ${needed}. Exiting.`,
    );
    return false;
  }
  const reduced = limit - RESERVED;
  config.override('maxclients', reduced);
  log.write('warning', `You requested maxclients of ${wanted} requiring at least ${needed} max file descriptors.`);
  log.write(
    'warning',
    `Server can't set maximum open files to ${needed} because of OS error: Operation not permitted.`,
  );
  log.write(
    'warning',
    `Current maximum open files is ${limit}. maxclients has been reduced to ${reduced} to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.`,
  );
  return true;
}

/** Has CONFIG SET refuse more clients than the limit allows, in Redis's words. */
export function keepClientsWithinFileLimit(config: Config, limit: number): void {
  config.beforeChange('maxclients', (wanted) =>
    wanted + RESERVED <= limit
      ? null
      : `The operating system is not able to handle the specified number of clients, try with ${limit - RESERVED}`,
  );
}

/** How many files the process may have open; infinite where that is not known. Linux tells without asking the kernel. */
export function openFileLimit(): number {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return match === null ? Number.POSITIVE_INFINITY : Number(match[1]);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
