/**
 * The embedded API: a server inside another program.
 *
 * It answers clients on its sockets and commands given as function calls, and leaves its process alone: no signals, no
 * working directory, no exit. Several servers in one process share nothing. It keeps nothing on disk unless told to.
 */
import { EventEmitter } from 'node:events';
import { Config } from './config/config.ts';
import type { ConfigValues, DirectiveName } from './config/directives/index.ts';
import { type Engine, LoadError } from './engine.ts';
import { Args } from './protocol/args.ts';
import { CaptureWriter, type PlainValue, PushReply, type ReplyValue, toPlain } from './protocol/capture-writer.ts';
import { ReplyError } from './protocol/reply-error.ts';
import { Server, type ServerOptions } from './server.ts';

export { ConfigError } from './config/config-error.ts';
export { type ConfigValues, type DirectiveName, LoadError, type PlainValue, ReplyError };

/** Directives of redis.conf by name: a value as the program reads it, or its text, such as `'100mb'`. */
export type ConfigOptions = { readonly [N in DirectiveName]?: ConfigValues[N] | string };

export interface EmbeddedOptions {
  /** The TCP port: 0, the default, for any that is free, null for none. */
  readonly port?: number | null;
  /** The address to listen on; by default 127.0.0.1. */
  readonly host?: string;
  /** The path of a Unix socket to listen on. */
  readonly unixSocket?: string;
  /**
   * Further directives. `save` is empty unless given: an embedded server writes no snapshots by itself. With any of
   * `save`, `dir`, `dbfilename` and `appendonly` it begins with the data set that is on disk.
   */
  readonly config?: ConfigOptions;
  /** Is given the messages of the server's log, of any level. */
  readonly log?: NonNullable<ServerOptions['log']>;
}

/** An argument of a command: text becomes UTF-8, a number its digits. */
export type CommandArgument = string | number | bigint | Uint8Array;

export interface ExecuteOptions {
  /** Strings of the reply as buffers instead of text that is read as UTF-8. */
  readonly buffers?: boolean;
}

/** The arguments of a call: those of the command, then options if there are any. */
export type ExecuteArguments = readonly CommandArgument[] | readonly [...CommandArgument[], ExecuteOptions];

export interface SessionOptions {
  /** Is given what the server sends on its own: messages of subscribed channels, invalidations. */
  readonly onPush?: (message: PlainValue) => void;
}

/** A command was answered with an error. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** The first word of the reply, such as `ERR` or `WRONGTYPE`. */
  readonly code: string;

  constructor(error: ReplyError) {
    super(error.line);
    this.code = error.code;
  }
}

/** The server or the session has been closed, before the command was executed or while it waited. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
  readonly code = 'CLOSED';

  constructor() {
    super('The server or its session is closed');
  }
}

/**
 * Starts a server.
 *
 * @throws {ConfigError} for a directive's value that is not allowed
 * @throws {Error} with the system's `code` when a socket can't be listened to, `TLS_BAD_SETTINGS` for bad certificates
 * @throws {LoadError} when the data set on disk can't be loaded
 */
export async function createServer(options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const server = new EmbeddedServer(options);
  await server.start();
  return server;
}

interface EmbeddedEvents {
  /** The server has found itself broken and is closed. Without a listener the error is thrown. */
  error: [error: unknown];
}

/** A running server; made by {@link createServer}. */
class EmbeddedServer extends EventEmitter<EmbeddedEvents> implements AsyncDisposable {
  private readonly server: Server;
  private readonly sessions = new Set<EmbeddedSession>();
  /** Whether a data set on disk is its own. */
  private readonly isPersistent: boolean;
  private closing: Promise<void> | null = null;

  constructor(options: EmbeddedOptions) {
    super();
    this.isPersistent = ['save', 'dir', 'dbfilename', 'appendonly'].some((name) => name in (options.config ?? {}));
    this.server = new Server({
      config: configOf(options),
      anyPort: options.port !== null,
      onBroken: (error) => {
        this.endSessions();
        this.closing ??= Promise.resolve();
        this.emit('error', error);
      },
      ...(options.log === undefined ? {} : { log: options.log }),
    });
  }

  /** @internal */
  async start(): Promise<void> {
    await this.server.listen();
    if (!this.isPersistent) return;
    try {
      await this.server.load();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The TCP port that is listened to; 0 for none. */
  get port(): number {
    return this.server.port;
  }

  /** Where clients connect: `redis://…`, `rediss://…` where all is encrypted, or `unix://…` of a server without TCP; empty without any socket. */
  get url(): string {
    const { addresses } = this.server.listener;
    const tcp = addresses.find(({ kind }) => kind === 'tcp') ?? addresses.find(({ kind }) => kind === 'tls');
    if (tcp === undefined) return addresses.length === 0 ? '' : `unix://${addresses[0].host}`;
    const scheme = tcp.kind === 'tls' ? 'rediss' : 'redis';
    const host = tcp.host === '0.0.0.0' ? '127.0.0.1' : tcp.host === '::' ? '::1' : tcp.host;
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${tcp.port}`;
  }

  /**
   * Executes a command in database 0, in a session of its own: what a command leaves in its session (SELECT, MULTI) is
   * gone with it. See {@link EmbeddedServer.session} for one that lasts. CLIENT PAUSE does not hold it back. Bytes are not copied: don't change them before
   * the reply is there.
   *
   * @returns the reply: strings, numbers (bigints beyond ±2^53), null, arrays, and objects for maps
   * @throws {CommandError} when the reply is an error
   * @throws {ClosedError} when the server is closed
   */
  async execute(command: string, ...args: ExecuteArguments): Promise<PlainValue> {
    const session = this.session();
    try {
      return await session.execute(command, ...args);
    } finally {
      session.close();
    }
  }

  /** Opens a session, which keeps its database, its transaction and its subscriptions until it is closed. */
  session(options: SessionOptions = {}): EmbeddedSession {
    const session = new EmbeddedSession(this.server.engine, options, () => this.sessions.delete(session));
    if (this.closing === null) this.sessions.add(session);
    else session.close();
    return session;
  }

  /** Disconnects all clients and closes the sockets; commands that wait are rejected. May be called repeatedly. */
  close(): Promise<void> {
    this.endSessions();
    this.closing ??= this.server.close();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private endSessions(): void {
    for (const session of [...this.sessions]) session.close();
  }
}

export type { EmbeddedServer, EmbeddedSession };

type EngineSession = ReturnType<Engine['openSession']>;
type Transport = NonNullable<Parameters<Engine['openSession']>[1]>;

interface Call {
  readonly args: Args;
  readonly buffers: boolean;
  resolve(reply: PlainValue): void;
  reject(error: unknown): void;
}

/**
 * A client without a socket; made by {@link EmbeddedServer.session}. Its commands are executed one after the other:
 * while one blocks (BLPOP), those that follow wait.
 */
class EmbeddedSession implements Disposable {
  private readonly engine: Engine;
  private readonly writer = new CaptureWriter(3);
  private readonly session: EngineSession;
  private readonly onPush: ((message: PlainValue) => void) | undefined;
  private readonly onClose: () => void;
  /** Calls whose reply is not there yet, the one under way first. */
  private readonly calls: Call[] = [];
  private replies: ReplyValue[] = [];
  private busy = false;
  /** The call under way has blocked: its reply comes late. */
  private waits = false;
  private closed = false;

  constructor(engine: Engine, options: SessionOptions, onClose: () => void) {
    this.engine = engine;
    this.onPush = options.onPush;
    this.onClose = onClose;
    this.session = engine.openSession(this.writer, this.transport());
  }

  /** Executes a command; see {@link EmbeddedServer.execute}. */
  execute(command: string, ...args: ExecuteArguments): Promise<PlainValue> {
    if (this.closed) return Promise.reject(new ClosedError());
    const words: (string | Uint8Array)[] = [command];
    let buffers = false;
    for (const arg of args) {
      if (typeof arg === 'string' || arg instanceof Uint8Array) words.push(arg);
      else if (typeof arg === 'object') buffers = arg.buffers === true;
      else words.push(String(arg));
    }
    return new Promise((resolve, reject) => {
      this.calls.push({ args: Args.of(...words), buffers, resolve, reject });
      if (this.calls.length === 1) this.executeNext();
    });
  }

  /** Ends the session, as a client that disconnects. Commands that wait are rejected. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.session.closed = true;
    this.engine.ended(this.session);
    for (const call of this.calls.splice(0)) call.reject(new ClosedError());
    this.onClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Executes calls until there are none left or one has to wait. */
  private executeNext(): void {
    const { calls, engine, session } = this;
    this.busy = true;
    while (calls.length > 0) {
      try {
        engine.execute(session, calls[0].args);
      } catch (error) {
        // No reply error: what is in memory can't be trusted any more.
        calls.shift()?.reject(error);
        engine.broken(error);
        break;
      }
      this.waits = session.suspended;
      if (this.waits) break;
      this.answer();
      if (session.closing) break;
    }
    this.busy = false;
    if (session.closing) this.close();
  }

  /** Settles the call under way with what has been written for it. */
  private answer(): void {
    this.collect();
    const call = this.calls.shift();
    const replies = this.replies;
    this.replies = [];
    if (call === undefined) return;
    // A command such as SUBSCRIBE answers with messages only.
    const reply = replies.length === 0 ? null : replies[0];
    this.engine.storage.whenDurable(() => {
      if (reply instanceof ReplyError) call.reject(new CommandError(reply));
      else call.resolve(toPlain(reply, { encoding: call.buffers ? 'bytes' : 'utf8' }));
    });
  }

  /** Takes what has been written, and hands on what is no reply. */
  private collect(): void {
    for (const value of this.writer.takeAll()) {
      if (value instanceof PushReply)
        this.engine.storage.whenDurable(() => this.onPush?.(toPlain(value, { encoding: 'utf8' })));
      else this.replies.push(value);
    }
  }

  private transport(): Transport {
    const session = this;
    return {
      kind: 'none',
      // MONITOR tells it from scripts by that.
      address: 'embedded',
      localAddress: '',
      descriptor: -1,
      queryBytes: 0,
      queryCapacity: 0,
      outputBytes: 0,
      outputChunks: 0,
      isOverLimit: false,
      openDialogue: () => null,
      scheduleFlush() {
        if (!session.busy) session.collect();
      },
      resume() {
        if (session.busy || session.closed || !session.waits) return;
        session.waits = false;
        session.answer();
        session.executeNext();
      },
      close() {
        session.close();
      },
    };
  }
}

function configOf(options: EmbeddedOptions): Config {
  const config = Config.defaults();
  config.override('save', '');
  config.override('bind', '127.0.0.1');
  config.override('port', 0);
  for (const [name, value] of Object.entries(options.config ?? {})) {
    if (value !== undefined) config.override(name as DirectiveName, value);
  }
  if (options.host !== undefined) config.override('bind', [options.host]);
  if (options.port !== undefined) config.override('port', options.port ?? 0);
  if (options.unixSocket !== undefined) config.override('unixsocket', options.unixSocket);
  return config;
}
