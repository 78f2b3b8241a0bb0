/**
 * Sockets on their way to being TLS clients.
 *
 * A TLS server that never listens itself does the handshakes, so that a client over `maxclients` is turned away before
 * its own. Other settings mean another TLS server: handshakes and connections that have begun keep theirs, and no
 * session of the former one can be resumed, so that nobody gets past a client authentication that was turned on.
 *
 * A handshake has a limited time: a client that says nothing, or only the half of it, holds a place among `maxclients`.
 */
import type net from 'node:net';
import tls from 'node:tls';
import { tlsErrorText } from './tls-error.ts';
import type { TlsSettings } from './tls-options.ts';
import { TlsSessions } from './tls-sessions.ts';

/** How long a handshake may take at most. */
const MAX_SECONDS = 60;

export interface HandshakeHost {
  readonly settings: { readonly idleTimeoutSeconds: number; log(level: 'warning' | 'verbose', message: string): void };
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** A client has shown whatever it must show. */
  secured(socket: tls.TLSSocket): void;
}

interface Pending {
  readonly socket: net.Socket;
  readonly sinceMs: number;
}

export class Handshakes {
  private readonly host: HandshakeHost;
  /** By {@link endpoints}, which the secured socket has in common with the accepted one; the oldest first. */
  private readonly pending = new Map<string, Pending>();
  private server: tls.Server | null = null;

  constructor(host: HandshakeHost) {
    this.host = host;
  }

  /** How many are under way. */
  get count(): number {
    return this.pending.size;
  }

  get isReady(): boolean {
    return this.server !== null;
  }

  /**
   * The settings of handshakes that begin from now on; null: none can begin.
   *
   * @throws {Error} Node's own, when key and certificate are no good
   */
  use(settings: TlsSettings | null): void {
    this.server = settings === null ? null : this.createServer(settings);
  }

  begin(socket: net.Socket): void {
    const { server } = this;
    if (server === null) {
      socket.destroy();
      return;
    }
    const key = endpoints(socket);
    const handshake = { socket, sinceMs: this.host.nowMs() };
    this.pending.set(key, handshake);
    socket.once('close', () => {
      if (this.pending.get(key) === handshake) this.pending.delete(key);
    });
    server.emit('connection', socket);
  }

  /** Closes those that have taken too long; to be called now and then. */
  closeLate(nowMs: number): void {
    const { settings } = this.host;
    const { idleTimeoutSeconds } = settings;
    const seconds = idleTimeoutSeconds > 0 ? Math.min(idleTimeoutSeconds, MAX_SECONDS) : MAX_SECONDS;
    for (const { socket, sinceMs } of this.pending.values()) {
      if (nowMs - sinceMs <= seconds * 1000) return;
      settings.log('verbose', 'Closing idle client');
      socket.destroy();
    }
  }

  close(): void {
    for (const { socket } of this.pending.values()) socket.destroy();
    this.pending.clear();
  }

  private createServer({ sessionCacheSize, ...options }: TlsSettings): tls.Server {
    const server = tls.createServer(options, (socket) => {
      this.pending.delete(endpoints(socket));
      // From now on the owner ends it, after the last reply.
      socket.allowHalfOpen = true;
      // Whether a certificate is needed is for Node to test, but not one that is shown of one's own accord.
      if (options.requestCert === true && !socket.authorized && showsCertificate(socket)) this.refuse(socket);
      else this.host.secured(socket);
    });
    server.on('tlsClientError', (error, socket) => {
      if (isUnauthorized(socket)) this.refuse(socket);
      else {
        this.logFailure(tlsErrorText(error));
        socket.destroy();
      }
    });
    if (sessionCacheSize !== undefined) {
      const sessions = new TlsSessions(sessionCacheSize);
      server.on('newSession', (id, data, done) => {
        sessions.remember(id, data);
        done();
      });
      server.on('resumeSession', (id, done) => done(null, sessions.find(id)));
    }
    return server;
  }

  private refuse(socket: tls.TLSSocket): void {
    this.logFailure(`certificate verify failed: ${socket.authorizationError}`);
    socket.destroy();
  }

  private logFailure(reason: string): void {
    this.host.settings.log('warning', `Error accepting a client connection: ${reason}`);
  }
}

/** Both ends of a connection, which no other open connection shares. */
function endpoints(socket: net.Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}

function showsCertificate(socket: tls.TLSSocket): boolean {
  return Object.keys(socket.getPeerCertificate()).length > 0;
}

/** True when Node has closed it because of its certificate, which the error does not say. */
function isUnauthorized(socket: tls.TLSSocket): boolean {
  // Unlike its type, it is set only where a certificate was not accepted.
  const reason: unknown = socket.authorizationError;
  return reason !== undefined && reason !== null;
}
