/**
 * A whole server: the engine and its sockets, started and stopped together.
 */
import { Config } from './config/config.ts';
import { Engine, type LoadProgress, type LogLevel, type ShutdownRequest } from './engine.ts';
import { Listener, type ListenOptions } from './net/listener.ts';
import type { NetworkSettings } from './net/network-settings.ts';
import { tlsOptionsOf } from './net/tls-options.ts';

export interface ServerOptions {
  readonly config?: Config;
  readonly log?: (level: LogLevel, message: string) => void;
  /** Treat port 0 as any free port, where redis.conf means none. */
  readonly anyPort?: boolean;
  /** Asked by SHUTDOWN; without it, a client can't stop the server. Kept only if it fails. */
  readonly shutdown?: (request: ShutdownRequest) => Promise<string>;
  readonly abortShutdown?: () => boolean;
  /** An invariant is broken; the server has been closed. */
  readonly onBroken?: (error: unknown) => void;
}

export class Server {
  readonly config: Config;
  readonly engine: Engine;
  readonly listener: Listener;
  private readonly options: ServerOptions;

  constructor(options: ServerOptions = {}) {
    this.options = options;
    this.config = options.config ?? Config.defaults();
    const listener: Listener = new Listener({
      settings: this.networkSettings(),
      openClient: (transport) => this.engine.openClient(transport),
    });
    this.listener = listener;
    this.engine = new Engine({
      config: this.config,
      network: listener.stats,
      port: () => this.port,
      onBroken: (error) => {
        this.close().finally(() => options.onBroken?.(error));
      },
      ...(options.log === undefined ? {} : { log: options.log }),
      ...(options.shutdown === undefined ? {} : { shutdown: options.shutdown }),
      ...(options.abortShutdown === undefined ? {} : { abortShutdown: options.abortShutdown }),
    });
  }

  /** The TCP port that is listened to, 0 if none. */
  get port(): number {
    return this.listener.addresses.find((address) => address.kind === 'tcp')?.port ?? 0;
  }

  /**
   * Opens the sockets, loads the data set and starts to serve.
   *
   * @throws {ListenError} when an address can't be listened to
   * @throws {LoadError} when the data set can't be loaded; the server is to be closed then
   */
  async start(): Promise<void> {
    await this.listen();
    await this.load();
  }

  /**
   * Opens the sockets.
   *
   * @throws {ListenError} when an address can't be listened to
   */
  async listen(): Promise<void> {
    await this.listener.listen(this.listenOptions());
    this.engine.loop.hasTurns = true;
    this.listener.queue.afterFlush = () => this.engine.loop.endTurn();
    this.engine.start();
    const rebind = async (): Promise<string | null> => {
      try {
        await this.listener.rebind(this.listenOptions());
        return null;
      } catch {
        return 'Unable to listen on this port. Check server logs.';
      }
    };
    this.config.beforeChangeOfAny(['port', 'bind', 'tls-port'], rebind);
  }

  /** Loads the data set, while clients are told to wait; see {@link Engine.load}. */
  load(): Promise<boolean> {
    return this.engine.load();
  }

  /** How far that is; null before and after. */
  get loadProgress(): LoadProgress | null {
    return this.engine.loader.progress;
  }

  /** Saves, where that is configured or asked for; see {@link Engine.prepareShutdown}. */
  prepareShutdown(request: ShutdownRequest, aborted: AbortSignal): Promise<boolean> {
    return this.engine.prepareShutdown(request, aborted);
  }

  /** Disconnects all clients and closes the sockets. */
  async close(): Promise<void> {
    this.engine.stop();
    await this.listener.close();
    await this.engine.close();
  }

  private listenOptions(): ListenOptions {
    const { config } = this;
    const port = config.get('port');
    const tlsPort = config.get('tls-port');
    return {
      bind: config.get('bind'),
      port: port === 0 && this.options.anyPort !== true ? null : port,
      tlsPort: tlsPort === 0 ? null : tlsPort,
      tls: tlsPort === 0 ? null : tlsOptionsOf(config),
      unixSocket: config.get('unixsocket'),
      unixSocketMode: config.get('unixsocketperm'),
      backlog: config.get('tcp-backlog'),
    };
  }

  /** The settings that the network reads with every chunk, as plain fields that follow the configuration. */
  private networkSettings(): NetworkSettings {
    const server = this;
    const { config } = this;
    const settings = {
      maxClients: 0,
      keepAliveSeconds: 0,
      idleTimeoutSeconds: 0,
      maxBulkBytes: 0,
      maxQueryBytes: 0,
      outputLimits: config.get('client-output-buffer-limit'),
      get localClientsOnly(): boolean {
        return config.get('protected-mode') && server.engine.authenticator.needsNoPassword;
      },
      log: (level: LogLevel, message: string): void => server.engine.log(level, message),
    };
    config.watch('maxclients', (value) => {
      settings.maxClients = value;
    });
    config.watch('tcp-keepalive', (value) => {
      settings.keepAliveSeconds = value;
    });
    config.watch('timeout', (value) => {
      settings.idleTimeoutSeconds = value;
    });
    config.watch('proto-max-bulk-len', (value) => {
      settings.maxBulkBytes = value;
    });
    config.watch('client-query-buffer-limit', (value) => {
      settings.maxQueryBytes = value;
    });
    config.watch('client-output-buffer-limit', (value) => {
      settings.outputLimits = value;
    });
    return settings;
  }
}
