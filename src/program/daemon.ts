/**
 * `daemonize yes`: the server as a process in the background.
 *
 * Node.js cannot fork, so the program starts itself again, detached and with its standard streams on /dev/null, and
 * ends when that second process serves clients or has said why it can't.
 */
import { spawn } from 'node:child_process';

/** Tells the second process what it is. */
const MARK = 'RESPD_IN_BACKGROUND';

interface Report {
  /** Null when the server is ready. */
  readonly error: string | null;
}

export interface Relaunch {
  /** The arguments of the program. */
  readonly args: readonly string[];
  /** Where the program was started, which relative paths among the arguments are meant from. */
  readonly directory: string;
  /** What the standard input has supplied, which can't be read again. */
  readonly stdin: Uint8Array | null;
}

/** True in the process in the background. */
export function isInBackground(): boolean {
  return process.env[MARK] !== undefined && process.send !== undefined;
}

/**
 * Starts the program again in the background.
 *
 * @returns null once it serves clients, or why it doesn't
 */
export function startInBackground({ args, directory, stdin }: Relaunch): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1], ...args], {
      cwd: directory,
      detached: true,
      env: { ...process.env, [MARK]: '1' },
      stdio: [stdin === null ? 'ignore' : 'pipe', 'ignore', 'ignore', 'ipc'],
    });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`The server ended with ${signal ?? `status ${code}`} at start.`));
    child.once('message', (report: Report) => {
      resolve(report.error);
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

/** Tells the process in the foreground, if there is one, that the server is ready (null) or why it isn't. */
export function reportToForeground(error: string | null): Promise<void> {
  return new Promise((resolve) => {
    if (!isInBackground() || !process.connected) {
      resolve();
      return;
    }
    const report: Report = { error };
    process.send?.(report, () => {
      // The channel would keep the process from ending.
      if (process.connected) process.disconnect();
      resolve();
    });
  });
}
