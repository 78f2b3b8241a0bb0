/**
 * The end by an error of the server's own: an exception that nobody caught, or a broken invariant. Nothing is saved,
 * since what is in memory can't be trusted; what is on disk stays as it is.
 */
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

  /** Has every exception that nobody catches end the process. */
  catchAll(): void {
    process.on('uncaughtException', (error) => this.end(error));
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
