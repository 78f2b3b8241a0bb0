/**
 * A whole server: the engine and its sockets, started and stopped together.
 */
import { Config } from './config/config.ts';
import { Engine, type LoadProgress, type LogLevel, type ShutdownRequest } from './engine.ts';
import { Listener, type ListenOptions } from './net/listener.ts';
import type { NetworkSettings } from './net/network-settings.ts';
import { TlsError } from './net/tls-error.ts';
import { TLS_DIRECTIVES, type TlsSettings, tlsOptionsOf } from './net/tls-options.ts';

export interface ServerOptions {
  readonly config?: Config;
  readonly log?: (level: LogLevel, message: string) => void;
  /** Treat port 0 as any free port, where redis.conf means none. */
  readonly anyPort?: boolean;
  /** The service manager that minds the process. */
  readonly supervisor?: 'systemd' | 'upstart' | null;
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
  /** The addresses in use, to tell what a change was about. */
  private boundTo = '';

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
      onPending: () => listener.queue.schedule(),
      onDurable: () => listener.queue.release(),
      pollClients: () => listener.pollClients(),
      onBroken: (error) => {
        this.close().finally(() => options.onBroken?.(error));
      },
      ...(options.log === undefined ? {} : { log: options.log }),
      ...(options.supervisor === undefined ? {} : { supervisor: options.supervisor }),
      ...(options.shutdown === undefined ? {} : { shutdown: options.shutdown }),
      ...(options.abortShutdown === undefined ? {} : { abortShutdown: options.abortShutdown }),
    });
  }

  /** The TCP port that is listened to, or else the one for TLS; 0 if none. */
  get port(): number {
    const { addresses } = this.listener;
    const open = addresses.find(({ kind }) => kind === 'tcp') ?? addresses.find(({ kind }) => kind === 'tls');
    return open?.port ?? 0;
  }

  /**
   * Opens the sockets, loads the data set and starts to serve.
   *
   * @throws {ListenError} when an address can't be listened to
   * @throws {TlsError} when TLS is wanted and certificates or settings are no good
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
   * @throws {TlsError} when TLS is wanted and certificates or settings are no good
   */
  async listen(): Promise<void> {
    const options = this.listenOptions();
    await this.listener.listen({ ...options, tls: this.tlsSettings() });
    this.boundTo = options.bind.join(' ');
    this.engine.loop.hasTurns = true;
    this.listener.queue.beforeFlush = () => this.engine.endTurn();
    this.listener.queue.barrier = this.engine.appendOnly;
    this.listener.queue.afterFlush = () => this.engine.loop.endTurn();
    this.engine.start();
    this.config.beforeChangeOfAny(TLS_DIRECTIVES, () => this.changeTls());
    this.config.beforeChangeOfAny(['port', 'bind', 'tls-port'], () => this.changeAddresses());
  }

  /** Loads the data set, while clients are told to wait; see {@link Storage.load}. */
  load(): Promise<boolean> {
    return this.engine.storage.load();
  }

  /** How far that is; null before and after. */
  get loadProgress(): LoadProgress | null {
    return this.engine.loader.progress;
  }

  /** Saves, where that is configured or asked for; see {@link Storage.prepareShutdown}. */
  prepareShutdown(request: ShutdownRequest, aborted: AbortSignal): Promise<boolean> {
    return this.engine.storage.prepareShutdown(request, aborted);
  }

  /** To be called when the process is about to end without closing the server: removes unfinished files. */
  discardUnfinished(): void {
    this.engine.persistence.discardUnfinished();
  }

  /** Disconnects all clients and closes the sockets. */
  async close(): Promise<void> {
    this.engine.stop();
    await this.listener.close();
    await this.engine.storage.close();
  }

  /** CONFIG SET of certificates and the like. They are tried at once, unless TLS is off. */
  private changeTls(): string | null {
    if (this.config.get('tls-port') === 0) return null;
    try {
      this.listener.useTls(this.tlsSettings());
      return null;
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      this.engine.log('warning', error.message);
      return 'Unable to update TLS configuration. Check server logs.';
    }
  }

  private async changeAddresses(): Promise<string | null> {
    const { config, listener } = this;
    const refusal = listener.hasTls ? null : this.changeTls();
    if (refusal !== null) return refusal;
    const options = this.listenOptions();
    const bind = options.bind.join(' ');
    try {
      await listener.rebind(options);
    } catch {
      return bind === this.boundTo
        ? 'Unable to listen on this port. Check server logs.'
        : 'Failed to bind to specified addresses.';
    }
    this.boundTo = bind;
    // What is set while TLS is off has effect when it is turned on again.
    if (config.get('tls-port') === 0) listener.useTls(null);
    return null;
  }

  private tlsSettings(): TlsSettings | null {
    return this.config.get('tls-port') === 0 ? null : tlsOptionsOf(this.config);
  }

  private listenOptions(): ListenOptions {
    const { config } = this;
    const port = config.get('port');
    const tlsPort = config.get('tls-port');
    return {
      bind: config.get('bind'),
      port: port === 0 && this.options.anyPort !== true ? null : port,
      tlsPort: tlsPort === 0 ? null : tlsPort,
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
