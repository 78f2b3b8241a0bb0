/**
 * Telling the service manager when the server is ready and when it stops.
 *
 * systemd listens on a Unix datagram socket, which Node.js cannot write to; `systemd-notify`, a part of systemd, can.
 * Since that is a process of its own, the service unit needs `NotifyAccess=all` beside `Type=notify`. Upstart waits
 * for the process to stop itself, and lets it go on.
 */
import { execFile } from 'node:child_process';
import type { Log } from './log.ts';

type Manager = 'systemd' | 'upstart';

const NOTIFY_TIMEOUT_MS = 5000;

export class Supervisor {
  readonly manager: Manager | null;
  private readonly env: NodeJS.ProcessEnv;
  private readonly log: Log;

  private constructor(manager: Manager | null, env: NodeJS.ProcessEnv, log: Log) {
    this.manager = manager;
    this.env = env;
    this.log = log;
  }

  /** Finds the service manager that the `supervised` directive asks for; one that is not there is logged. */
  static find(mode: Manager | 'auto' | 'no', log: Log, env: NodeJS.ProcessEnv = process.env): Supervisor {
    return new Supervisor(findManager(mode, log, env), env, log);
  }

  /** True when a service manager minds the server, which then must not put itself into the background. */
  get isPresent(): boolean {
    return this.manager !== null;
  }

  async loading(): Promise<void> {
    if (this.manager === 'systemd') await this.notify('STATUS=respd is loading...');
  }

  async ready(): Promise<void> {
    if (this.manager === 'systemd') await this.notify('STATUS=Ready to accept connections', 'READY=1');
    else if (this.manager === 'upstart') process.kill(process.pid, 'SIGSTOP');
  }

  async stopping(): Promise<void> {
    if (this.manager === 'systemd') await this.notify('STOPPING=1');
  }

  /** Resolves when the message is delivered, or when it can't be, which is logged. */
  private notify(...state: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      execFile('systemd-notify', state, { env: this.env, timeout: NOTIFY_TIMEOUT_MS }, (error) => {
        if (error !== null) {
          const reason = error.code === 'ENOENT' ? 'systemd-notify is not installed' : error.message.trim();
          this.log.write('warning', `systemd supervision error: ${reason}`);
        }
        resolve();
      });
    });
  }
}

function findManager(mode: Manager | 'auto' | 'no', log: Log, env: NodeJS.ProcessEnv): Manager | null {
  let manager = mode;
  if (mode === 'auto') manager = env['UPSTART_JOB'] ? 'upstart' : env['NOTIFY_SOCKET'] ? 'systemd' : 'no';
  if (manager === 'upstart') {
    if (env['UPSTART_JOB']) {
      log.write('notice', 'Supervised by upstart, will stop to signal readiness.');
      return manager;
    }
    log.write('warning', 'upstart supervision requested, but UPSTART_JOB not found!');
  } else if (manager === 'systemd') {
    if (env['NOTIFY_SOCKET']) {
      log.write(
        'notice',
        'Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and TimeoutStopSec in your service unit.',
      );
      return manager;
    }
    log.write('warning', 'systemd supervision error: NOTIFY_SOCKET not found!');
  }
  return null;
}
