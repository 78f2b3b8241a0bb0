/**
 * The sockets a server listens on: TCP on several addresses, a second TCP port for TLS, a Unix socket.
 *
 * All of them are plain `net` servers; what becomes of an accepted socket is the owner's business. Opening is all or
 * nothing. A change keeps what is still wanted open, and restores the former sockets if it fails.
 */
import { chmodSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { maySkip, parseBindAddress, resolveBindAddress } from './bind-address.ts';
import { errorCode, type ListenError, tcpListenError, unixListenError } from './listen-error.ts';

/** The size of `sockaddr_un.sun_path` on Linux; a path must leave room for a final zero. */
const UNIX_PATH_BYTES = 108;

/** How often another free port is tried where one must be free on several addresses. */
const PORT_ATTEMPTS = 10;

export type SocketKind = 'tcp' | 'tls' | 'unix';

export interface SocketOptions {
  /** The words of the `bind` directive. */
  readonly bind: readonly string[];
  /** null is no TCP; 0 is any free port, the same on all addresses. (`port 0` in redis.conf is null here.) */
  readonly port: number | null;
  readonly tlsPort?: number | null;
  readonly unixSocket?: string | null;
  /** The mode of the Unix socket, such as 0o700; null and 0 leave it to the umask. */
  readonly unixSocketMode?: number | null;
  /** `tcp-backlog`. */
  readonly backlog: number;
}

export interface ListenAddress {
  readonly kind: SocketKind;
  /** The numeric address, or the path of the Unix socket. */
  readonly host: string;
  /** 0 for Unix sockets. */
  readonly port: number;
}

/** Takes an accepted socket; `path` is that of the Unix socket it came in by. */
export type Accept = (socket: net.Socket, kind: SocketKind, path: string) => void;

interface OpenSocket {
  readonly server: net.Server;
  readonly address: ListenAddress;
  readonly backlog: number;
}

export class ListeningSockets {
  private readonly accept: Accept;
  private readonly pauseOnConnect: boolean;
  private readonly warn: (message: string) => void;
  private open: OpenSocket[] = [];

  /** @param pauseOnConnect accepted sockets have read nothing, those for TLS excepted */
  constructor(accept: Accept, pauseOnConnect: boolean, warn: (message: string) => void) {
    this.accept = accept;
    this.pauseOnConnect = pauseOnConnect;
    this.warn = warn;
  }

  get addresses(): readonly ListenAddress[] {
    return this.open.map((socket) => socket.address);
  }

  /** @throws {ListenError} after everything that was opened has been closed again */
  async listen(options: SocketOptions): Promise<void> {
    try {
      await this.openTcp(options);
      await this.openUnix(options);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * Listens on the ports and addresses of `options` and no others. The Unix socket is left alone.
   *
   * @throws {ListenError} after the former sockets have been restored
   */
  async rebind(options: SocketOptions): Promise<void> {
    const former = this.open;
    const wanted = await wantedSockets(options);
    const stays = former.filter(({ address }) => address.kind === 'unix' || wanted.has(keyOf(address)));
    const leaves = former.filter((socket) => !stays.includes(socket));
    this.open = stays.slice();
    try {
      try {
        await this.openTcp(options);
      } catch (error) {
        if (errorCode(error) !== 'EADDRINUSE' || leaves.length === 0) throw error;
        // A former socket may be what is in the way: `127.0.0.1` and `*` exclude each other.
        this.shrinkTo(stays);
        stopListening(leaves);
        await this.openTcp(options);
      }
    } catch (error) {
      this.shrinkTo(stays);
      for (const { server, address, backlog } of leaves) {
        if (!server.listening) await startListening(server, tcpOptions(address.host, address.port, backlog));
      }
      this.open = former;
      throw error;
    }
    stopListening(leaves);
  }

  /** Resolves when nothing listens and no accepted socket that is still the server's own is open. */
  async close(): Promise<void> {
    const closing = this.open.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve())));
    this.open = [];
    await Promise.all(closing);
  }

  private shrinkTo(stays: readonly OpenSocket[]): void {
    stopListening(this.open.filter((socket) => !stays.includes(socket)));
    this.open = stays.slice();
  }

  private async openTcp(options: SocketOptions): Promise<void> {
    if (options.port !== null) await this.openPort(options, 'tcp', options.port);
    const tlsPort = options.tlsPort ?? null;
    if (tlsPort !== null) await this.openPort(options, 'tls', tlsPort);
  }

  /** Opens one port on all addresses of `bind` that are not open yet. */
  private async openPort(options: SocketOptions, kind: SocketKind, port: number): Promise<void> {
    const before = this.open.slice();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.openOnAll(options, kind, port);
        return;
      } catch (error) {
        // A port that was free on the first address may be taken on the next.
        if (port !== 0 || errorCode(error) !== 'EADDRINUSE' || attempt === PORT_ATTEMPTS) throw error;
        this.shrinkTo(before);
      }
    }
  }

  private async openOnAll(options: SocketOptions, kind: SocketKind, wantedPort: number): Promise<void> {
    let port = wantedPort;
    let opened = 0;
    let skipped: ListenError | null = null;
    for (const word of options.bind) {
      const address = parseBindAddress(word);
      try {
        const host = await resolveBindAddress(address);
        const key = keyOf({ kind, host, port });
        if (!this.open.some((socket) => keyOf(socket.address) === key)) {
          const server = this.createServer(kind, '');
          await startListening(server, tcpOptions(host, port, options.backlog));
          port = (server.address() as net.AddressInfo).port;
          this.open.push({ server, address: { kind, host, port }, backlog: options.backlog });
        }
        opened++;
      } catch (error) {
        const failure = tcpListenError(address.name, port, error);
        this.warn(failure.message);
        if (!maySkip(address, failure.code)) throw failure;
        skipped = failure;
      }
    }
    if (opened === 0 && skipped !== null) throw skipped;
  }

  private async openUnix(options: SocketOptions): Promise<void> {
    const path = options.unixSocket ?? '';
    if (path === '') return;
    const bytes = Buffer.byteLength(path);
    if (bytes >= UNIX_PATH_BYTES) {
      const tooLong = Object.assign(new Error(path), { code: 'ENAMETOOLONG' });
      throw unixListenError(tooLong, `unix socket path too long (${bytes}), must be under ${UNIX_PATH_BYTES}`);
    }
    try {
      unlinkSync(path);
    } catch {
      // Nothing was there, or listening will say what is wrong.
    }
    const server = this.createServer('unix', path);
    try {
      await startListening(server, { path, backlog: options.backlog, exclusive: true });
      const mode = options.unixSocketMode ?? 0;
      if (mode !== 0) chmodSync(path, mode);
    } catch (error) {
      if (server.listening) server.close();
      throw unixListenError(error);
    }
    this.open.push({ server, address: { kind: 'unix', host: path, port: 0 }, backlog: options.backlog });
  }

  private createServer(kind: SocketKind, path: string): net.Server {
    const pauseOnConnect = this.pauseOnConnect && kind !== 'tls';
    // A client that ends in the middle of a TLS handshake has nothing more to be told.
    const allowHalfOpen = kind !== 'tls';
    return net.createServer({ pauseOnConnect, allowHalfOpen, noDelay: kind !== 'unix' }, (socket) => {
      this.accept(socket, kind, path);
    });
  }
}

function keyOf(address: ListenAddress): string {
  return `${address.kind} ${address.host} ${address.port}`;
}

/** The keys of the TCP sockets that `options` ask for. */
async function wantedSockets(options: SocketOptions): Promise<Set<string>> {
  const keys = new Set<string>();
  for (const word of options.bind) {
    let host: string;
    try {
      host = await resolveBindAddress(parseBindAddress(word));
    } catch {
      // Opening it will say what is wrong with the name.
      continue;
    }
    if (options.port !== null) keys.add(keyOf({ kind: 'tcp', host, port: options.port }));
    const tlsPort = options.tlsPort ?? null;
    if (tlsPort !== null) keys.add(keyOf({ kind: 'tls', host, port: tlsPort }));
  }
  return keys;
}

function tcpOptions(host: string, port: number, backlog: number): net.ListenOptions {
  return { host, port, backlog, ipv6Only: host.includes(':'), exclusive: true };
}

/** Stops accepting at once; clients of the sockets stay connected. */
function stopListening(sockets: readonly OpenSocket[]): void {
  for (const { server } of sockets) if (server.listening) server.close();
}

function startListening(server: net.Server, options: net.ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.removeAllListeners('error');
      // Failures to accept (no descriptors left) concern one client each; the system goes on with the next one.
      server.on('error', () => {});
      resolve();
    });
  });
}
