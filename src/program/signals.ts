/** Signals: SIGTERM and SIGINT stop the server in order, a second SIGINT at once; SIGHUP does nothing, as in Redis. */
import type { Config } from '../config/config.ts';
import type { Log } from './log.ts';
import type { Shutdown, ShutdownRequest } from './shutdown.ts';

/** @param atOnce what is to be done before an exit at once */
export function handleSignals(shutdown: Shutdown, config: Config, log: Log, atOnce: () => void): void {
  const stop = async (signal: 'SIGINT' | 'SIGTERM'): Promise<void> => {
    if (signal === 'SIGINT' && shutdown.isUnderWay) {
      log.write('warning', 'You insist... exiting now.');
      atOnce();
      process.exit(1);
    }
    log.write('warning', `Received ${signal} scheduling shutdown...`);
    const name = signal === 'SIGINT' ? 'shutdown-on-sigint' : 'shutdown-on-sigterm';
    await shutdown.request(requestOf(config.get(name)));
    log.write(
      'warning',
      `${signal} received but errors trying to shut down the server, check the logs for more information`,
    );
  };
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGHUP', () => undefined);
}

/** The options of the `shutdown-on-…` directives as those of a SHUTDOWN command. */
function requestOf(options: readonly string[]): ShutdownRequest {
  const save = options.includes('save') ? 'save' : options.includes('nosave') ? 'nosave' : 'default';
  return { save, now: options.includes('now'), force: options.includes('force') };
}
