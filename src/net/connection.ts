/**
 * One client's socket: bytes in, commands to the session, replies out.
 *
 * Reading: what a read brings is parsed and executed before the read callback returns, since the read buffer is shared
 * by all connections; the parser copies a command that is not complete. While the session is suspended (blocked,
 * paused) nothing is executed, and what arrives is kept up to the query buffer limit. Reading is never
 * paused, but for others to be heard after a long turn: a client that sends its whole pipeline before it reads a reply
 * must not deadlock, and a blocked client that goes away must be noticed.
 *
 * Writing: replies collect in the session's writer, and the {@link FlushQueue} has {@link OutputSender} send them with
 * one write at the end of the turn.
 *
 * Closing: `closing` sends what was written and then closes; `teardown` closes now. Either ends with the session's
 * `closed()` and the host's `gone()`, once.
 */
import type net from 'node:net';
import { type ClientPort, CONTINUE, type OpenClient, POSTPONED } from '../dispatch/client-port.ts';
import type { Dialogue, Transport } from '../dispatch/transport.ts';
import { type KeyHints, MAX_HINTS } from '../protocol/key-hints.ts';
import { FAILED, NEED_MORE, type ParserLimits, RequestParser } from '../protocol/request-parser.ts';
import type { FlushQueue, FlushTarget } from './flush-queue.ts';
import type { NetworkSettings } from './network-settings.ts';
import type { NetworkStats } from './network-stats.ts';
import { OutputSender } from './output-sender.ts';
import { SocketDialogue } from './socket-dialogue.ts';
import { descriptorOf, readAvailable, withDataEvents, withUserBuffer } from './user-buffer-socket.ts';

/** Output that is not held against a client's limits, so that the smallest limits still let a reply through. */
const UNCOUNTED_OUTPUT_BYTES = 16384;

/** Unread output at which a client that has not authenticated is closed. */
const UNAUTHENTICATED_OUTPUT_BYTES = 1024;

/** A query buffer of so many bytes is worth being told of. */
const NOTED_QUERY_BYTES = 16384;

/** Looking ahead pays from so many commands on. */
const MIN_HINTS = 4;

/** What all connections of a listener share. */
export interface ConnectionHost {
  readonly settings: NetworkSettings;
  readonly stats: NetworkStats;
  readonly queue: FlushQueue;
  /** Shared by all connections; null where reads come by 'data' events. */
  readBuffer: Uint8Array | null;
  readonly hints: KeyHints;
  /** Overwrite what was read once it is consumed. */
  readonly poison: boolean;
  /** The time of the last tick. */
  nowMs: number;
  gone(connection: Connection): void;
}

export class Connection implements Transport, FlushTarget {
  readonly kind: 'tcp' | 'tls' | 'unix';
  address = '';
  localAddress = '';
  descriptor = -1;
  /** Its place in the listener's list. */
  index = -1;

  private readonly host: ConnectionHost;
  private readonly limits: ParserLimits;
  private readonly parser: RequestParser;
  private readonly unixPath: string;
  // Set by attach(), before anything can happen on the connection.
  private socket!: net.Socket;
  private port!: ClientPort;
  private output!: OutputSender;

  /** The command loop is on the stack. */
  private running = false;
  private suspended = false;
  /** resume() came while the command that suspends was still running. */
  private resumedEarly = false;
  private queued = false;
  private held = false;
  /** Nothing more is executed; what was written is sent, then the socket is closed. */
  private closing = false;
  /** Close without sending, as soon as no command is on the stack. */
  private discarding = false;
  private torndown = false;

  /** Output size at which the limits are looked at again. */
  private checkAtBytes = UNCOUNTED_OUTPUT_BYTES;
  private softSinceMs = -1;
  private lastReadMs: number;
  private readSinceInspection = false;

  constructor(host: ConnectionHost, kind: 'tcp' | 'tls' | 'unix', unixPath: string) {
    this.host = host;
    this.kind = kind;
    this.unixPath = unixPath;
    this.lastReadMs = host.nowMs;
    const { maxBulkBytes, maxQueryBytes } = host.settings;
    this.limits = { maxBulkBytes, maxQueryBytes, authenticated: false };
    this.parser = new RequestParser(this.limits);
  }

  /** Opens the session and starts reading the accepted socket. */
  attach(accepted: net.Socket, openClient: OpenClient): void {
    const buffer = this.kind === 'tls' ? null : this.host.readBuffer;
    const onRead = (bytes: Uint8Array, length: number): boolean => this.received(bytes, length);
    const socket = (buffer !== null ? withUserBuffer(accepted, buffer, onRead) : null) ?? accepted;
    this.socket = socket;
    socket.on('error', () => this.teardown(true));
    socket.on('end', () => this.peerEnded());
    socket.on('close', () => {
      this.teardown(true);
      this.output.dispose();
    });
    this.descriptor = descriptorOf(socket);
    if (this.kind === 'unix') {
      this.address = `${this.unixPath}:0`;
      this.localAddress = this.address;
    } else {
      this.address = formatAddress(socket.remoteAddress, socket.remotePort);
      this.localAddress = formatAddress(socket.localAddress, socket.localPort);
    }
    this.port = openClient(this);
    const { stats } = this.host;
    this.output = new OutputSender(socket, this.plainDescriptor, this.port.writer, stats, () => this.drained());
    if (socket === accepted) withDataEvents(socket, onRead);
  }

  get queryBytes(): number {
    return this.parser.unparsedBytes;
  }

  get queryCapacity(): number {
    return this.parser.capacityBytes;
  }

  get outputBytes(): number {
    return this.output.bytes;
  }

  get outputChunks(): number {
    return this.output.chunks;
  }

  get isOverLimit(): boolean {
    if (this.discarding || this.torndown) return true;
    return this.port.writer.pendingBytes >= this.checkAtBytes && this.checkOutputLimits();
  }

  scheduleFlush(): void {
    if (!this.running) {
      // Only then is the reply complete, so that it may be dropped. A running command is followed by the same checks.
      if (this.torndown || this.discarding) this.output.discard();
      else if (this.port.writer.pendingBytes >= this.checkAtBytes) this.checkOutputLimits();
    }
    if (this.queued || this.torndown) return;
    this.queued = true;
    this.host.queue.add(this);
  }

  resume(): void {
    if (this.running) this.resumedEarly = true;
    else if (this.suspended && !this.torndown) {
      this.suspended = false;
      this.host.queue.resume(this);
    }
  }

  openDialogue(): Dialogue | null {
    const descriptor = this.plainDescriptor;
    if (descriptor < 0) return null;
    this.host.queue.send();
    return new SocketDialogue(descriptor);
  }

  close(discardOutput: boolean): void {
    if (this.torndown) return;
    this.closing = true;
    if (discardOutput) {
      if (this.running) this.discarding = true;
      else this.teardown(true);
    } else this.scheduleFlush();
  }

  proceed(): void {
    if (this.suspended || this.torndown) return;
    this.run();
    this.parser.detach();
  }

  flush(position: number, durable: number): boolean {
    this.queued = false;
    if (this.torndown) return false;
    if (this.discarding) {
      this.teardown(true);
      return false;
    }
    this.checkAtBytes = UNCOUNTED_OUTPUT_BYTES;
    if (durable >= position && !this.held) this.output.send();
    else {
      this.output.seal(position);
      this.output.sendSealed(durable);
    }
    if (this.output.bytes > UNCOUNTED_OUTPUT_BYTES && this.checkOutputLimits()) return false;
    if (this.closing) this.finishWhenSent();
    const wasHeld = this.held;
    this.held = this.output.sealedBytes > 0;
    return this.held && !wasHeld;
  }

  release(durable: number): boolean {
    if (this.torndown) return false;
    this.output.sendSealed(durable);
    this.held = this.output.sealedBytes > 0;
    if (this.closing) this.finishWhenSent();
    return this.held;
  }

  /** The listener's periodic look at the connection; all have their turn about once a second. */
  inspect(nowMs: number, second: number): void {
    if (this.torndown) return;
    this.host.stats.sample(second, this.parser.capacityBytes, this.output.bytes);
    this.parser.letGoIfUnused();
    if (this.readSinceInspection) {
      this.readSinceInspection = false;
      this.lastReadMs = nowMs;
    }
    const { idleTimeoutSeconds } = this.host.settings;
    if (idleTimeoutSeconds > 0 && nowMs - this.lastReadMs > idleTimeoutSeconds * 1000 && !this.port.mayIdle) {
      this.host.settings.log('verbose', 'Closing idle client');
      this.teardown(true);
      return;
    }
    if (this.output.bytes > 0 || this.softSinceMs >= 0) this.checkOutputLimits();
  }

  /**
   * Reads and executes what has come, in the middle of the turn of another connection, which holds the event loop up.
   * Not possible with TLS. `buffer` must be another than the one that is shared: that one has the arguments of the command
   * that runs.
   */
  poll(buffer: Uint8Array): void {
    if (this.running || this.suspended || this.closing) return;
    const length = readAvailable(this.plainDescriptor, buffer);
    if (length > 0) this.take(buffer, length);
  }

  /** Where the client's bytes are read and written as they are; -1 where that is not known, and with TLS. */
  private get plainDescriptor(): number {
    return this.kind === 'tls' ? -1 : descriptorOf(this.socket);
  }

  /** False when the turn has become long, and others are to be heard before this client goes on. */
  private received(bytes: Uint8Array, length: number): boolean {
    if (!this.take(bytes, length)) return true;
    this.host.queue.end();
    return false;
  }

  /** Executes what was read. True when the turn has become long. */
  private take(bytes: Uint8Array, length: number): boolean {
    let turnIsLong = false;
    this.host.stats.reads++;
    this.host.stats.inputBytes += length;
    this.readSinceInspection = true;
    if (!this.closing) {
      const { limits, parser } = this;
      limits.maxBulkBytes = this.host.settings.maxBulkBytes;
      limits.maxQueryBytes = this.host.settings.maxQueryBytes;
      limits.authenticated = this.port.authenticated;
      // A suspended client's parser is not asked before the client goes on, so its limit is looked at here.
      if (this.suspended && parser.bufferedBytes + length > limits.maxQueryBytes) this.closeForQueryLimit();
      else {
        parser.feed(bytes, 0, length);
        turnIsLong = this.run();
        parser.detach();
        if (parser.capacityBytes > NOTED_QUERY_BYTES) this.port.grew(true);
      }
    }
    if (this.host.poison) bytes.fill(0x21, 0, length);
    return turnIsLong;
  }

  /** Executes what was received, as far as the session lets it. True when the turn has become long. */
  private run(): boolean {
    if (this.running || this.suspended || this.closing) return false;
    this.running = true;
    const { parser, port } = this;
    const { args } = parser;
    const { writer } = port;
    const { hints } = this.host;
    port.beginTurn();
    let hinted = 0;
    for (;;) {
      if (hinted === 0) {
        if (port.looksAhead) {
          hinted = parser.lookAhead(hints);
          if (hinted >= MIN_HINTS) port.prefetch(hints);
          else hinted = 1;
        } else hinted = MAX_HINTS;
      }
      hinted--;
      const result = parser.next();
      if (result === NEED_MORE) break;
      if (result === FAILED) {
        this.fail();
        break;
      }
      this.resumedEarly = false;
      const outcome = port.execute(args, parser.isDrained);
      if (outcome !== CONTINUE) {
        if (outcome === POSTPONED) parser.unread();
        if (!this.resumedEarly) {
          this.suspended = true;
          break;
        }
      }
      if (port.closing) this.closing = true;
      if (this.closing) break;
      if (!this.limits.authenticated) this.limits.authenticated = port.authenticated;
      if (writer.pendingBytes >= this.checkAtBytes && this.checkOutputLimits(true)) break;
    }
    const turnIsLong = port.endTurn(this.host.queue.length);
    if (port.closing) this.closing = true;
    this.running = false;
    if (this.discarding) this.teardown(true);
    else if (!this.queued && (writer.pendingBytes > 0 || this.closing)) this.scheduleFlush();
    return turnIsLong;
  }

  /** Answers a request that is none, and closes once that is sent; a full query buffer is closed without a word. */
  private fail(): void {
    const failure = this.parser.failure;
    this.closing = true;
    if (failure === null) {
      this.closeForQueryLimit();
      return;
    }
    this.host.settings.log('verbose', `${failure.line} from client: ${this.port.describe()}`);
    this.port.writer.error(failure);
  }

  private closeForQueryLimit(): void {
    this.host.stats.queryLimitDisconnections++;
    this.host.settings.log('warning', `Closing client that reached max query buffer length: ${this.port.describe()}`);
    this.close(true);
  }

  private peerEnded(): void {
    if (this.torndown) return;
    // A blocked client that is gone must not be served any more. Whole commands were all executed otherwise.
    if (this.suspended) this.port.closed();
    this.closing = true;
    this.scheduleFlush();
  }

  /** The system has taken all that was sent. */
  private drained(): void {
    if (this.torndown) return;
    if (this.closing) this.finishWhenSent();
    else if (this.port.writer.pendingBytes > 0) this.scheduleFlush();
  }

  private finishWhenSent(): void {
    if (this.output.bytes === 0) this.teardown(false);
    else if (this.output.isStalled) this.scheduleFlush();
  }

  private teardown(discardOutput: boolean): void {
    if (this.torndown) return;
    this.torndown = true;
    this.closing = true;
    this.output.discard();
    if (discardOutput) this.socket.destroy();
    else this.socket.destroySoon();
    this.port.closed();
    this.host.gone(this);
  }

  /** True when the client is over its limits and has been closed, or will be when no command is on the stack. */
  private checkOutputLimits(isBetweenCommands = false): boolean {
    const { settings, stats, nowMs } = this.host;
    if (this.discarding || this.torndown) return true;
    const bytes = this.output.bytes;
    this.checkAtBytes = this.port.writer.pendingBytes + UNCOUNTED_OUTPUT_BYTES;
    const counted = bytes - UNCOUNTED_OUTPUT_BYTES;
    const limit = settings.outputLimits[this.port.clientClass];
    let over = limit.hardBytes > 0 && counted >= limit.hardBytes;
    over ||= counted > UNAUTHENTICATED_OUTPUT_BYTES && !this.port.authenticated;
    if (limit.softBytes > 0 && counted >= limit.softBytes) {
      if (this.softSinceMs < 0) this.softSinceMs = nowMs;
      else if (nowMs - this.softSinceMs > limit.softSeconds * 1000) over = true;
    } else this.softSinceMs = -1;
    if (!over) {
      // Only now: what is over its own limits is no reason to disconnect others.
      this.port.grew(isBetweenCommands);
      return this.discarding || this.torndown;
    }
    settings.log('warning', `Client ${this.port.describe()} closed for overcoming of output buffer limits.`);
    stats.outputLimitDisconnections++;
    // Not at once: whoever wrote the reply may be in the middle of a list of clients.
    this.closing = true;
    this.discarding = true;
    if (!this.running) this.output.discard();
    this.scheduleFlush();
    return true;
  }
}

/** `ip:port`, or `[ip]:port` for IPv6, as CLIENT LIST shows it. */
function formatAddress(ip: string | undefined, port: number | undefined): string {
  if (ip === undefined) return '?:0';
  return ip.includes(':') ? `[${ip}]:${port ?? 0}` : `${ip}:${port ?? 0}`;
}
