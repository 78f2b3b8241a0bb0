/**
 * Stopping in order: what must be saved or awaited first, then the service manager, the pid file, the sockets.
 *
 * Only one shutdown is under way at a time. It can fail, or be aborted while it waits, and the server then goes on.
 */
import type { Log } from './log.ts';

export interface ShutdownRequest {
  readonly save: 'default' | 'save' | 'nosave';
  readonly now: boolean;
  readonly force: boolean;
}

export interface ShutdownSteps {
  readonly log: Log;
  /** Waits for replicas and saves; answers false if the server can't stop yet, which it has logged. */
  prepare(request: ShutdownRequest, aborted: AbortSignal): Promise<boolean>;
  /** Tells the service manager. */
  announce(): Promise<void>;
  /** Whatever is to be removed, then the server's clients and sockets. */
  close(): Promise<void>;
  exit(status: number): void;
}

/** What a client reads whose SHUTDOWN has failed, after the code. */
const FAILED = 'Errors trying to SHUTDOWN. Check logs.';

export class Shutdown {
  private readonly steps: ShutdownSteps;
  private current: { readonly result: Promise<string>; readonly abort: AbortController; final: boolean } | null = null;

  constructor(steps: ShutdownSteps) {
    this.steps = steps;
  }

  get isUnderWay(): boolean {
    return this.current !== null;
  }

  /** Begins to stop, or joins a shutdown that is under way. The promise is kept only if that fails. */
  request(request: ShutdownRequest): Promise<string> {
    if (this.current === null) {
      const abort = new AbortController();
      this.current = { abort, final: false, result: Promise.resolve().then(() => this.run(request, abort.signal)) };
    }
    return this.current.result;
  }

  /** Ends a shutdown that still waits. False when there is none. */
  abort(): boolean {
    if (this.current === null || this.current.final) return false;
    this.current.abort.abort();
    this.current = null;
    this.steps.log.write('notice', 'Shutdown manually aborted.');
    return true;
  }

  private async run(request: ShutdownRequest, aborted: AbortSignal): Promise<string> {
    const { steps } = this;
    if (aborted.aborted) return FAILED;
    steps.log.write('warning', 'User requested shutdown...');
    const mayStop = await steps.prepare(request, aborted);
    if (aborted.aborted) return FAILED;
    if (!mayStop && !request.force) {
      steps.log.write('warning', 'Errors trying to shut down the server. Check the logs for more information.');
      this.current = null;
      return FAILED;
    }
    if (this.current !== null) this.current.final = true;
    await steps.announce();
    await steps.close();
    steps.log.write('warning', 'Redis is now ready to exit, bye bye...');
    steps.exit(0);
    return new Promise<string>(() => undefined);
  }
}
