/**
 * The files that snapshots and bases are written to before they get their names, and what becomes of those that a process
 * has left behind because it was killed.
 *
 * A name has the id of the process that writes the file. One of a process that does not run any more is nobody's, and
 * is removed at the start. This process's own id in an older file is that of an earlier process, as is usual in
 * containers; in a younger one it is that of another server within this process, which is at work on it.
 */
import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorText } from '../lib/system-error.ts';
import type { LoadLog } from './load-log.ts';

/** Those of a save, in the foreground and in the background, and of a rewrite. */
const NAMES = [/^temp-([1-9]\d*)(?:-\d+)?\.rdb$/, /^temp-rewriteaof-bg-([1-9]\d*)\.aof$/];

const LARGEST_PID = 2 ** 31 - 1;

/** How many saves this process has begun in the background, on behalf of all servers in it. */
let backgroundSaves = 0;

/** The file of a save in the foreground, of which there is one at a time. */
export function saveFileName(): string {
  return `temp-${process.pid}.rdb`;
}

/** That of one in the background: another name each time, since the one before may be on its way out yet. */
export function backgroundSaveFileName(): string {
  return `temp-${process.pid}-${++backgroundSaves}.rdb`;
}

export function rewriteFileName(): string {
  return `temp-rewriteaof-bg-${process.pid}.aof`;
}

/**
 * Removes what ended processes have left in the directories, of which any may be missing, and logs that. At once: nobody
 * is served yet, and what is loaded or written next must not come before it.
 */
export function removeLeftovers(directories: readonly string[], log: LoadLog): void {
  const removed: string[] = [];
  for (const directory of directories) {
    for (const name of namesIn(directory)) {
      const pid = writerOf(name);
      if (pid === null || isRunning(pid)) continue;
      const path = join(directory, name);
      try {
        if (!isLeftover(path, pid)) continue;
        unlinkSync(path);
        removed.push(path);
      } catch (error) {
        // Another server that starts now may have been quicker.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
        log('warning', `Can't remove ${path}, which an ended process has left: ${systemErrorText(error)}`);
      }
    }
  }
  if (removed.length > 0) log('notice', `Removed what ended processes had left unfinished: ${removed.join(', ')}`);
}

/** Nothing where the directory can't be read: whoever needs it says so. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** The id in the name of a temporary file; null for all other names. */
function writerOf(name: string): number | null {
  for (const pattern of NAMES) {
    const pid = Number(pattern.exec(name)?.[1] ?? 0);
    if (pid > 0 && pid <= LARGEST_PID) return pid;
  }
  return null;
}

/** Whether a process other than this one has the id. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Anything else says that there is one, which may not be asked.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function isLeftover(path: string, pid: number): boolean {
  const stats = lstatSync(path);
  if (!stats.isFile()) return false;
  return pid !== process.pid || stats.mtimeMs < processStartMs();
}

/** When this process has begun, in Unix milliseconds: never too late, whichever way the clock was set since. */
function processStartMs(): number {
  return Math.min(performance.timeOrigin, Date.now() - process.uptime() * 1000);
}
