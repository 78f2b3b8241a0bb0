/**
 * The end by an error of the server's own: an exception that nobody caught, a broken invariant, or an abort from
 * without. Nothing is saved, since what is in memory can't be trusted; what is on disk stays as it is.
 */
import { constants } from 'node:os';
import { RESPD_VERSION } from '../lib/version.ts';
import type { Log } from './log.ts';

/** How long closing may take, in a process whose state is unknown. */
const CLOSE_TIMEOUT_MS = 2000;

export interface CrashOptions {
  readonly log: Log;
  /** `crash-log-enabled`: with the report, or only its first line. */
  readonly reports: () => boolean;
  readonly close: () => Promise<void>;
  readonly exit: (status: number) => void;
}

export class Crash {
  private readonly options: CrashOptions;
  private begun = false;

  constructor(options: CrashOptions) {
    this.options = options;
  }

  /**
   * Has every exception that nobody catches end the process, and SIGABRT leave a line in the log. The signals of the
   * processor's own (SIGSEGV and its kin) can't be handled here: nothing runs any more when they come.
   */
  catchAll(): void {
    process.on('uncaughtException', (error) => this.end(error));
    process.once('SIGABRT', () => {
      this.options.log.write('warning', `respd ${RESPD_VERSION} crashed by signal: ${constants.signals.SIGABRT}`);
      // Nobody handles it now, so it does what it does.
      process.kill(process.pid, 'SIGABRT');
    });
  }

  /** Logs the error, closes and exits with 1. Errors that follow from the first one are not looked at. */
  end(error: unknown): void {
    if (this.begun) return;
    this.begun = true;
    const { log, reports, close, exit } = this.options;
    log.write('warning', `Server crashed: ${error instanceof Error ? error.message : String(error)}`);
    if (reports()) {
      log.write('warning', '=== BUG REPORT START: Cut & paste starting from here ===');
      log.raw(`${stackOf(error)}\nnode ${process.version}, ${process.platform} ${process.arch}\n`);
      log.write('warning', '=== BUG REPORT END ===');
    }
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS).unref());
    Promise.race([close(), timeout])
      .catch(() => undefined)
      .finally(() => exit(1));
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
