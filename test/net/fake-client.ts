/** A session of a few commands, and a raw socket to talk to it with: what the tests of the network layer drive. */
import net from 'node:net';
import {
  type ClientClass,
  type ClientPort,
  CONTINUE,
  type Outcome,
  POSTPONED,
  SUSPENDED,
} from '../../src/dispatch/client-port.ts';
import type { Transport } from '../../src/dispatch/transport.ts';
import { Slice } from '../../src/lib/slice.ts';
import { Listener, type ListenerOptions, type ListenOptions } from '../../src/net/listener.ts';
import type { LogLevel, NetworkSettings, OutputLimit } from '../../src/net/network-settings.ts';
import type { Args } from '../../src/protocol/args.ts';
import { ChunkPool } from '../../src/protocol/chunk-pool.ts';
import { ReplyError } from '../../src/protocol/reply-error.ts';
import { RespWriter } from '../../src/protocol/resp-writer.ts';

export const NO_LIMIT: OutputLimit = { hardBytes: 0, softBytes: 0, softSeconds: 0 };

/**
 * PING, ECHO x, SET k v, GET k, BIG n (n bytes), BLOCK (answered by {@link FakeClient.unblock}), PAUSED x (postponed
 * while {@link FakeClient.paused}, echoes then), HOLD x (holds the event loop up for {@link FakeClient.onHold}, echoes
 * then), SUBSCRIBE, AUTH, QUIT.
 */
export class FakeClient implements ClientPort {
  readonly writer: RespWriter;
  readonly transport: Transport;
  closing = false;
  authenticated = true;
  clientClass: ClientClass = 'normal';
  mayIdle = false;
  paused = false;
  /** What {@link endTurn} answers. */
  turnIsLong = false;
  closedCalls = 0;
  /** What happens in the middle of HOLD. */
  onHold: () => void = () => {};
  /** Names of the commands that were asked for, postponed ones each time. */
  readonly asked: string[] = [];
  private readonly values = new Map<string, Uint8Array>();

  constructor(transport: Transport, pool: ChunkPool) {
    this.transport = transport;
    this.writer = new RespWriter(pool);
  }

  grew(): void {}

  beginTurn(): void {}

  readonly looksAhead = true;

  prefetch(): void {}

  endTurn(_waiting: number): boolean {
    return this.turnIsLong;
  }

  execute(args: Args): Outcome {
    const name = args.at(0).toString().toUpperCase();
    this.asked.push(name);
    switch (name) {
      case 'PING':
        this.writer.status('PONG');
        return CONTINUE;
      case 'ECHO':
        this.writer.bulk(args.at(1));
        return CONTINUE;
      case 'SET':
        this.values.set(args.at(1).toLatin1(), args.at(2).copy());
        this.writer.ok();
        return CONTINUE;
      case 'GET': {
        const value = this.values.get(args.at(1).toLatin1());
        if (value === undefined) this.writer.null();
        else this.writer.bulk(Slice.from(value));
        return CONTINUE;
      }
      case 'BIG':
        this.writer.bulk(Slice.from(new Uint8Array(Number(args.at(1).toString())).fill(0x62)));
        return CONTINUE;
      case 'BLOCK':
        this.mayIdle = true;
        return SUSPENDED;
      case 'BLOCKBRIEFLY':
        this.unblock();
        return SUSPENDED;
      case 'PAUSED':
        if (this.paused) return POSTPONED;
        this.writer.bulk(args.at(1));
        return CONTINUE;
      case 'HOLD':
        this.onHold();
        this.writer.bulk(args.at(1));
        return CONTINUE;
      case 'SUBSCRIBE':
        this.clientClass = 'pubsub';
        this.mayIdle = true;
        this.writer.ok();
        return CONTINUE;
      case 'AUTH':
        this.authenticated = true;
        this.writer.ok();
        return CONTINUE;
      case 'QUIT':
        this.closing = true;
        this.writer.ok();
        return CONTINUE;
      default:
        this.writer.error(new ReplyError(`ERR unknown command '${name}'`));
        return CONTINUE;
    }
  }

  /** Answers BLOCK. */
  unblock(): void {
    this.mayIdle = false;
    this.writer.status('UNBLOCKED');
    this.transport.scheduleFlush();
    this.transport.resume();
  }

  /** Ends the pause. */
  unpause(): void {
    this.paused = false;
    this.transport.resume();
  }

  /** A message from elsewhere, as a subscriber gets it. */
  push(bytes: number): void {
    this.writer.bulk(Slice.from(new Uint8Array(bytes).fill(0x6d)));
    this.transport.scheduleFlush();
  }

  describe(): string {
    return `addr=${this.transport.address}`;
  }

  closed(): void {
    this.closedCalls++;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Network implements AsyncDisposable {
  readonly settings: Mutable<NetworkSettings>;
  readonly listener: Listener;
  readonly clients: FakeClient[] = [];
  readonly logs: string[] = [];
  /** Applied to each new client. */
  prepare: (client: FakeClient) => void = () => {};
  private readonly pool = new ChunkPool();
  private readonly sockets: RawSocket[] = [];

  constructor(settings: Partial<NetworkSettings> = {}, options: Partial<ListenerOptions> = {}) {
    this.settings = {
      maxClients: 10_000,
      keepAliveSeconds: 300,
      idleTimeoutSeconds: 0,
      localClientsOnly: false,
      maxBulkBytes: 512 * 1024 * 1024,
      maxQueryBytes: 1024 * 1024 * 1024,
      outputLimits: { normal: NO_LIMIT, replica: NO_LIMIT, pubsub: NO_LIMIT },
      log: (level: LogLevel, message: string) => this.logs.push(`${level}: ${message}`),
      ...settings,
    };
    this.listener = new Listener({
      settings: this.settings,
      openClient: (transport) => {
        const client = new FakeClient(transport, this.pool);
        this.prepare(client);
        this.clients.push(client);
        return client;
      },
      poisonReadBuffer: true,
      ...options,
    });
  }

  async listen(options: Partial<ListenOptions> = {}): Promise<number> {
    await this.listener.listen({ bind: ['127.0.0.1'], port: 0, backlog: 511, ...options });
    return this.listener.addresses[0]?.port ?? 0;
  }

  /** A connected socket and its session. */
  async connect(where: net.NetConnectOpts = { host: '127.0.0.1', port: this.port }): Promise<[RawSocket, FakeClient]> {
    const expected = this.clients.length + 1;
    const socket = await RawSocket.open(where);
    this.sockets.push(socket);
    await until(() => this.clients.length >= expected);
    return [socket, this.clients[expected - 1]];
  }

  get port(): number {
    return this.listener.addresses[0].port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.socket.destroy();
    await this.listener.close();
  }
}

/** Collects what the server sends; says when it has closed. */
export class RawSocket {
  readonly socket: net.Socket;
  ended = false;
  closed = false;
  private chunks: Buffer[] = [];
  private length = 0;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.length += chunk.length;
    });
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('error', () => {});
  }

  static open(where: net.NetConnectOpts): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ allowHalfOpen: true, ...where } as net.NetConnectOpts);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawSocket(socket)));
    });
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** The next `length` bytes, or what there is when the server has closed. */
  async read(length: number): Promise<string> {
    await until(() => this.length >= length || this.closed || this.ended);
    const received = Buffer.concat(this.chunks);
    const rest = received.subarray(length);
    this.chunks = [rest];
    this.length = rest.length;
    return received.subarray(0, length).toString('latin1');
  }

  /** All that comes until the server closes. */
  async rest(): Promise<string> {
    await until(() => this.closed || this.ended);
    return Buffer.concat(this.chunks).toString('latin1');
  }
}

/** The request of a command. */
export function request(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word, 'latin1')}\r\n${word}\r\n`).join('')}`;
}

/** Resolves once `condition` holds; the test's own limit of time is what ends a wait that is in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Lets the event loop turn a few times, for things that must not happen. */
export async function aFewTurns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
