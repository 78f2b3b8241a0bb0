/**
 * The clients of a server: who is let in, by which socket, and for how long.
 *
 * One timer looks after all clients (idle time, soft output limits, buffer samples): each tick takes the next slice of
 * them, so that all have their turn once a second whatever their number.
 */
import type net from 'node:net';
import type { OpenClient } from '../dispatch/client-port.ts';
import { KeyHints } from '../protocol/key-hints.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import { FlushQueue } from './flush-queue.ts';
import { Handshakes } from './handshakes.ts';
import { type ListenAddress, ListeningSockets, type SocketKind, type SocketOptions } from './listening-sockets.ts';
import type { NetworkSettings } from './network-settings.ts';
import { NetworkStats } from './network-stats.ts';
import { MAX_CLIENTS_REPLY, PROTECTED_MODE_REPLY } from './refusal.ts';
import type { TlsSettings } from './tls-options.ts';
import { userBufferReadsWork } from './user-buffer-socket.ts';

/** What one read takes at most. Of 64 and 256 KiB this was faster at 16 KiB values, and no slower at small ones. */
const READ_BUFFER_BYTES = 65536;

/** How long one poll may take: a look at a client that has sent nothing costs 8 µs. */
const POLL_MS = 5;

const TICKS_PER_SECOND = 10;
const MIN_CLIENTS_PER_TICK = 5;

export interface ListenOptions extends SocketOptions {
  /** Certificates and client authentication; needed with `tlsPort`. Absent, when listening anew: as before. */
  readonly tls?: TlsSettings | null;
}

export interface ListenerOptions {
  readonly settings: NetworkSettings;
  readonly openClient: OpenClient;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
  /** Overwrites the read buffer after every read, so that whoever kept a view of it is found out. For tests. */
  readonly poisonReadBuffer?: boolean;
  /** Reads by 'data' events even where reading into a buffer of our own would work. For tests. */
  readonly plainReads?: boolean;
}

export class Listener {
  readonly stats: NetworkStats = new NetworkStats();
  readonly queue: FlushQueue = new FlushQueue();

  private readonly settings: NetworkSettings;
  private readonly openClient: OpenClient;
  private readonly nowMs: () => number;
  private readonly plainReads: boolean;
  private readonly host: ConnectionHost;
  private readonly connections: Connection[] = [];
  private readonly handshakes: Handshakes;
  private sockets: ListeningSockets | null = null;
  private timer: NodeJS.Timeout | null = null;
  private nextToInspect = 0;
  private nextToPoll = 0;
  private isPolling = false;
  /** Made when it is needed: hardly a server ever does. */
  private pollBuffer: Uint8Array | null = null;
  private closed = false;

  constructor(options: ListenerOptions) {
    this.settings = options.settings;
    this.openClient = options.openClient;
    this.nowMs = options.nowMs ?? (() => performance.now());
    this.plainReads = options.plainReads ?? false;
    this.host = {
      settings: options.settings,
      stats: this.stats,
      queue: this.queue,
      readBuffer: null,
      hints: new KeyHints(),
      poison: options.poisonReadBuffer ?? false,
      nowMs: this.nowMs(),
      gone: (connection) => this.remove(connection),
    };
    this.handshakes = new Handshakes({
      settings: options.settings,
      nowMs: this.nowMs,
      secured: (socket) => this.welcome(socket, 'tls', ''),
    });
  }

  /** How many clients are connected, those in a TLS handshake included. */
  get connected(): number {
    return this.connections.length + this.handshakes.count;
  }

  get addresses(): readonly ListenAddress[] {
    return this.sockets === null ? [] : this.sockets.addresses;
  }

  /**
   * Opens all sockets, or none. Called once.
   *
   * @throws {ListenError} with the system's code and Redis's text
   */
  async listen(options: ListenOptions): Promise<void> {
    const userBuffer = !this.plainReads && (await userBufferReadsWork());
    this.host.readBuffer = userBuffer ? new Uint8Array(READ_BUFFER_BYTES) : null;
    if (options.tls !== undefined) this.useTls(options.tls);
    this.sockets = new ListeningSockets(
      (socket, kind, path) => {
        if (kind === 'tls') this.beginHandshake(socket);
        else this.welcome(socket, kind, path);
      },
      userBuffer,
      (message) => this.settings.log('warning', message),
    );
    await this.sockets.listen(options);
  }

  /**
   * Listens on other addresses or ports, or with other certificates (CONFIG SET bind, port, tls-*). Clients stay
   * connected, sockets that stay wanted stay open, the Unix socket is left alone.
   *
   * @throws {ListenError} after the former sockets have been restored
   */
  async rebind(options: ListenOptions): Promise<void> {
    if (options.tls !== undefined) this.useTls(options.tls);
    await this.sockets?.rebind(options);
  }

  /**
   * Other certificates, and whatever else TLS is set up with, for the clients to come (CONFIG SET tls-*). Null: there
   * are none.
   *
   * @throws {Error} Node's own, when key and certificate are no good; all is then as it was
   */
  useTls(settings: TlsSettings | null): void {
    this.handshakes.use(settings);
  }

  /** True when clients can be served by TLS. */
  get hasTls(): boolean {
    return this.handshakes.isReady;
  }

  /**
   * Serves clients that are connected while something holds the event loop up: reads what they have sent, as far as that
   * takes little time (else the others have their turn with the next call), executes it, and sends the replies. Nobody
   * is let in meanwhile, and clients with TLS are not heard.
   */
  pollClients(): void {
    if (this.isPolling || this.closed) return;
    this.isPolling = true;
    this.pollBuffer ??= new Uint8Array(READ_BUFFER_BYTES);
    const endMs = this.nowMs() + POLL_MS;
    try {
      for (let left = this.connections.length; left > 0 && this.nowMs() < endMs; left--) {
        if (this.nextToPoll >= this.connections.length) this.nextToPoll = 0;
        // One that is closed meanwhile is no longer in the list.
        this.connections[this.nextToPoll++]?.poll(this.pollBuffer);
      }
      this.queue.send();
    } finally {
      this.isPolling = false;
    }
  }

  /** Closes all sockets and disconnects all clients. Output that the system still takes is sent. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.queue.run();
    // First of all nobody is let in: a client that was disconnected and comes again at once is refused.
    const closing = this.sockets?.close();
    for (const connection of this.connections.slice()) connection.close(true);
    this.handshakes.close();
    await closing;
  }

  private beginHandshake(socket: net.Socket): void {
    if (this.closed || this.isFull()) {
      if (!this.closed) this.stats.rejected++;
      socket.destroy();
      return;
    }
    this.handshakes.begin(socket);
    this.startTimer();
  }

  private isFull(): boolean {
    return this.connected >= this.settings.maxClients;
  }

  /** Lets a client in, or tells it why not. */
  private welcome(socket: net.Socket, kind: SocketKind, path: string): void {
    if (this.closed) {
      socket.destroy();
      return;
    }
    if (kind !== 'tls' && this.isFull()) {
      this.refuse(socket, MAX_CLIENTS_REPLY);
      return;
    }
    if (kind !== 'unix' && this.settings.localClientsOnly && !isLoopback(socket.remoteAddress ?? '')) {
      this.refuse(socket, PROTECTED_MODE_REPLY);
      return;
    }
    if (kind !== 'unix' && this.settings.keepAliveSeconds > 0) {
      socket.setKeepAlive(true, this.settings.keepAliveSeconds * 1000);
    }
    this.stats.accepted++;
    if (this.connections.length === 0) this.host.nowMs = this.nowMs();
    const connection = new Connection(this.host, kind, path);
    connection.index = this.connections.push(connection) - 1;
    connection.attach(socket, this.openClient);
    this.startTimer();
  }

  private startTimer(): void {
    this.timer ??= setInterval(() => this.tick(), 1000 / TICKS_PER_SECOND).unref();
  }

  /** One write at best effort, as Redis does. */
  private refuse(socket: net.Socket, reply: string): void {
    this.stats.rejected++;
    socket.on('error', () => socket.destroy());
    socket.write(reply);
    socket.destroySoon();
  }

  /** Takes a connection out of the dense list: the last one moves to its place. */
  private remove(connection: Connection): void {
    const last = this.connections.pop();
    if (last !== undefined && last !== connection) {
      this.connections[connection.index] = last;
      last.index = connection.index;
    }
  }

  private tick(): void {
    const nowMs = this.nowMs();
    this.host.nowMs = nowMs;
    if (this.connected === 0 && this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
      return;
    }
    this.handshakes.closeLate(nowMs);
    const second = Math.floor(nowMs / 1000);
    this.stats.beginSamples(second);
    const slice = Math.max(MIN_CLIENTS_PER_TICK, Math.ceil(this.connections.length / TICKS_PER_SECOND));
    for (let left = Math.min(slice, this.connections.length); left > 0 && this.connections.length > 0; left--) {
      if (this.nextToInspect >= this.connections.length) this.nextToInspect = 0;
      this.connections[this.nextToInspect++].inspect(nowMs, second);
    }
  }
}

/** True for the machine's own addresses, which protected mode lets in. */
function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}
