/**
 * `respd [/path/to/redis.conf | -] [--directive value …]`: the process around one server, from its arguments to its
 * exit status. It starts, logs, and stops as redis-server does.
 *
 * What changes the process as a whole (working directory, signals, title, exit) is in this folder and nowhere else, so
 * that embedded servers leave their process alone.
 */
import { readFileSync } from 'node:fs';
import { readCommandLine } from '../config/command-line.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { LoadError } from '../engine.ts';
import { systemErrorText } from '../lib/system-error.ts';
import { RESPD_VERSION } from '../lib/version.ts';
import type { Server, ServerOptions } from '../server.ts';
import { banner } from './banner.ts';
import { runAofCheck } from './check-aof.ts';
import { printRdbCheck } from './check-rdb.ts';
import { Crash } from './crash.ts';
import { isInBackground, reportToForeground, startInBackground } from './daemon.ts';
import { fitClientsToFileLimit, keepClientsWithinFileLimit, openFileLimit } from './file-limit.ts';
import { LoadBar } from './load-bar.ts';
import { Log } from './log.ts';
import { followOomScore } from './oom-score.ts';
import { openServer, PRODUCT } from './open-server.ts';
import { PidFile } from './pid-file.ts';
import { followTitle } from './process-title.ts';
import { Shutdown, type ShutdownRequest } from './shutdown.ts';
import { handleSignals } from './signals.ts';
import { logIgnoredSettings, warnOfBacklog, warnOfMemoryLimit } from './start-warnings.ts';
import { Supervisor } from './supervisor.ts';
import { asksForUsage, printUsage } from './usage.ts';

const STDIN = 0;

/** Runs the program. Resolves once the server serves clients; everything else ends the process. */
export async function runProgram(args: readonly string[]): Promise<void> {
  if (asksForUsage(args)) {
    await printUsage(args);
    return;
  }
  if (args[0] === '--check-rdb') process.exit(args.length === 2 && printRdbCheck(args[1]) ? 0 : 1);
  if (args[0] === '--check-aof') process.exit((await runAofCheck(args.slice(1))) ? 0 : 1);
  const line = readCommandLine(args);
  const stdin = line.readsStdin ? readFileSync(STDIN) : null;
  const loaded = await load(args, stdin);
  const { config } = loaded;
  const startDirectory = process.cwd();
  try {
    process.chdir(config.get('dir'));
  } catch (error) {
    await fail(Log.plain(), `Can't chdir to '${config.get('dir')}': ${systemErrorText(error)}`);
  }
  const log = await Log.open({
    level: config.get('loglevel'),
    format: config.get('log-format'),
    file: config.get('logfile'),
  });
  const supervisor = Supervisor.find(config.get('supervised'), log);
  const inBackground = config.get('daemonize') && !supervisor.isPresent;
  if (inBackground && !isInBackground()) {
    const error = await startInBackground({ args, directory: startDirectory, stdin });
    if (error !== null) process.stderr.write(`${error}\n`);
    process.exit(error === null ? 0 : 1);
  }
  const program = new Program(loaded, log, supervisor, inBackground);
  await program.start(args.length > 0);
}

class Program {
  private readonly config: Config;
  private readonly log: Log;
  private readonly supervisor: Supervisor;
  private readonly inBackground: boolean;
  private readonly shutdown: Shutdown;
  private readonly crash: Crash;
  private readonly server: Server | ConfigError;
  private pidFile: PidFile | null = null;

  constructor(loaded: LoadedConfig, log: Log, supervisor: Supervisor, inBackground: boolean) {
    this.config = loaded.config;
    this.log = log;
    this.supervisor = supervisor;
    this.inBackground = inBackground;
    this.shutdown = new Shutdown({
      log,
      prepare: (request, aborted) => this.prepareShutdown(request, aborted),
      announce: () => supervisor.stopping(),
      close: () => this.close(),
      exit: (status) => process.exit(status),
    });
    this.crash = new Crash({
      log,
      reports: () => this.config.get('crash-log-enabled'),
      close: () => this.close(),
      exit: (status) => process.exit(status),
    });
    this.server = tryToOpen(loaded, {
      supervisor: supervisor.manager,
      log: (level, message) => log.write(level, message),
      shutdown: (request) => this.shutdown.request(request),
      abortShutdown: () => this.shutdown.abort(),
      onBroken: (error) => this.crash.end(error),
    });
  }

  /** @param configured whether there was any argument */
  async start(configured: boolean): Promise<void> {
    const { config, log, server } = this;
    if (server instanceof ConfigError) {
      await failByConfig(server);
      return;
    }
    this.crash.catchAll();
    log.write('warning', 'oO0OoO0OoO0Oo respd is starting oO0OoO0OoO0Oo');
    log.write('warning', `respd version=${RESPD_VERSION}, bits=64, pid=${process.pid}, just started`);
    if (configured) log.write('warning', 'Configuration loaded');
    else {
      log.write(
        'warning',
        'Warning: no config file specified, using the default config. In order to specify a config file use respd /path/to/redis.conf',
      );
    }
    logIgnoredSettings(config, log);
    const fileLimit = openFileLimit();
    if (!fitClientsToFileLimit(config, fileLimit, log)) await fail(log, null);
    keepClientsWithinFileLimit(config, fileLimit);
    this.followConfig();
    handleSignals(this.shutdown, config, log, () => server.discardUnfinished());
    await this.supervisor.loading();
    await this.listen(server);
    this.pidFile = PidFile.write(config.get('pidfile'), this.inBackground);
    followTitle(config);
    this.showBanner();
    warnOfBacklog(config, log);
    log.write('warning', 'Server initialized');
    if (!(await this.load(server))) return;
    if (listensToTcp(config)) log.write('notice', 'Ready to accept connections');
    const socket = config.get('unixsocket');
    if (socket !== '') log.write('notice', `The server is now ready to accept connections at ${socket}`);
    warnOfMemoryLimit(config, log);
    followOomScore(config, log);
    await this.supervisor.ready();
    await reportToForeground(null);
  }

  private async listen(server: Server): Promise<void> {
    const { config, log } = this;
    if (!listensToTcp(config) && config.get('unixsocket') === '') {
      await fail(log, 'Configured to not listen anywhere, exiting.');
    }
    try {
      await server.listen();
    } catch (error) {
      if (!(error instanceof Error) || !(error.name === 'ListenError' || error.name === 'TlsError')) throw error;
      if (error.name === 'TlsError') {
        log.write('warning', error.message);
        await fail(log, 'Failed to configure TLS. Check logs for more info.');
      }
      // A socket of TCP has said itself, at the address in question, what was wrong.
      const isUnix = error.message.startsWith('Failed opening Unix socket');
      await fail(log, isUnix ? error.message : `Failed listening on ${portText(config)}, aborting.`);
    }
  }

  private async load(server: Server): Promise<boolean> {
    const { config, log } = this;
    const showsBar = config.get('logfile') === '' && process.stdout.isTTY;
    const bar = showsBar ? new LoadBar(() => server.loadProgress, process.stdout) : null;
    try {
      return await server.load();
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      if (error.code === 'RDB_DAMAGED') {
        log.write('warning', `Internal error in RDB reading offset ${error.offset} -> ${error.reason}`);
        log.write('warning', 'Terminating server after rdb file reading failure.');
      }
      await this.close();
      const fatal = `Fatal error loading the DB: ${error.message}. Exiting.`;
      if (error.advice === null) return await fail(log, fatal);
      log.write('warning', fatal);
      return await fail(log, error.advice);
    } finally {
      bar?.end();
    }
  }

  private followConfig(): void {
    const { config, log } = this;
    config.watch('loglevel', (level) => {
      log.level = level;
    });
    config.onChange('log-format', (format) => void log.setFormat(format));
    config.watch('replicaof', (primary) => {
      log.role = primary === null ? 'M' : 'S';
    });
    config.beforeChange('dir', (directory) => {
      try {
        process.chdir(directory);
        return null;
      } catch (error) {
        return systemErrorText(error);
      }
    });
  }

  private showBanner(): void {
    const { config, log } = this;
    const port = config.get('port') || config.get('tls-port');
    const mode = config.get('cluster-enabled') ? 'cluster' : 'standalone';
    const shown = (config.get('logfile') === '' && process.stdout.isTTY) || config.get('always-show-logo');
    if (!shown) log.write('notice', `Running mode=${mode}, port=${port}.`);
    else if (config.get('loglevel') !== 'warning') log.raw(banner({ pid: process.pid, port, mode }));
  }

  private async prepareShutdown(request: ShutdownRequest, aborted: AbortSignal): Promise<boolean> {
    const { server } = this;
    return server instanceof ConfigError ? true : server.prepareShutdown(request, aborted);
  }

  private async close(): Promise<void> {
    const { server, pidFile } = this;
    if (pidFile !== null) {
      this.log.write('notice', 'Removing the pid file.');
      pidFile.remove();
      this.pidFile = null;
    }
    if (!(server instanceof ConfigError)) await server.close();
  }
}

function listensToTcp(config: Config): boolean {
  return config.get('port') !== 0 || config.get('tls-port') !== 0;
}

function portText(config: Config): string {
  const port = config.get('port');
  return port !== 0 ? `port ${port} (TCP)` : `port ${config.get('tls-port')} (TLS)`;
}

/** Reads the configuration, or ends the process as redis-server does. */
async function load(args: readonly string[], stdin: Uint8Array | null): Promise<LoadedConfig> {
  const line = readCommandLine(args);
  try {
    return loadConfig({
      directives: line.directives,
      product: PRODUCT,
      ...(line.file === null ? {} : { file: line.file }),
      ...(stdin === null ? {} : { stdin }),
    });
  } catch (error) {
    if (error instanceof ConfigError) return failByConfig(error);
    throw error;
  }
}

function tryToOpen(loaded: LoadedConfig, options: ServerOptions): Server | ConfigError {
  try {
    return openServer(loaded, options);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** A file that can't be read is a line of the log; what is wrong in it goes to the standard error. */
async function failByConfig(error: ConfigError): Promise<never> {
  if (error.code === 'CONFIG_FILE_UNREADABLE') return fail(Log.plain(), error.message);
  process.stderr.write(`\n${error.message}\n`);
  await reportToForeground(error.message);
  process.exit(1);
}

/** Ends the process because the server can't start. */
async function fail(log: Log, message: string | null): Promise<never> {
  if (message !== null) log.write('warning', message);
  await reportToForeground(message ?? 'The server could not start; see its log.');
  process.exit(1);
}
