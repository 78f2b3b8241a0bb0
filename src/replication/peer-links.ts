/**
 * Connections to other servers, as MIGRATE uses them: kept for some seconds after their use, since one key is seldom
 * the last one.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Whoever waits for the other side is told by this why it is in vain. */
type Fail = (code: 'PEER_LOST' | 'PEER_TIMEOUT', message: string) => Error;

const MAX_IDLE_LINKS = 64;
const IDLE_MS = 10_000;
/** What is written at once; the other side has the whole time for each. */
const CHUNK_BYTES = 64 * 1024;

const LF = 0x0a;

class Link {
  readonly name: string;
  database = -1;
  private readonly socket: Socket;
  private readonly fail: Fail;
  private received: Uint8Array[] = [];
  private readonly lines: string[] = [];
  private isLost = false;
  /** Wakes whoever waits for a line, a drained socket or the end. */
  private wake: () => void = () => undefined;

  constructor(name: string, socket: Socket, fail: Fail) {
    this.name = name;
    this.socket = socket;
    this.fail = fail;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('drain', () => this.wake());
    const lose = (): void => {
      this.isLost = true;
      this.wake();
    };
    socket.on('error', lose);
    socket.on('end', lose);
    socket.on('close', lose);
    socket.unref();
  }

  get lost(): boolean {
    return this.isLost;
  }

  async send(bytes: Uint8Array, timeoutMs: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const fits = this.socket.write(bytes.subarray(at, at + CHUNK_BYTES));
      if (!fits) await this.until(() => !this.socket.writableNeedDrain, timeoutMs);
    }
  }

  async readLine(timeoutMs: number): Promise<string> {
    if (this.lines.length === 0) await this.until(() => this.lines.length > 0, timeoutMs);
    return this.lines.shift() as string;
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const line = Buffer.concat([...this.received, chunk.subarray(start, end)]).toString('latin1');
      this.lines.push(line.endsWith('\r') ? line.slice(0, -1) : line);
      this.received = [];
      start = end + 1;
    }
    if (start < chunk.length) this.received.push(chunk.subarray(start));
    this.wake();
  }

  /** Waits for a condition, which is looked at whenever something happens. */
  private async until(condition: () => boolean, timeoutMs: number): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.wake();
    }, timeoutMs);
    try {
      while (!condition()) {
        if (this.isLost) throw this.fail('PEER_LOST', 'the connection is closed');
        if (isLate) throw this.fail('PEER_TIMEOUT', 'no answer in time');
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
      this.wake = () => undefined;
    }
  }
}

interface IdleLink {
  readonly link: Link;
  readonly timer: NodeJS.Timeout;
}

export class PeerLinks {
  private readonly fail: Fail;
  /** By name, the one that has waited longest first. */
  private readonly idle = new Map<string, IdleLink>();

  /** @param fail makes the errors that are thrown */
  constructor(fail: Fail) {
    this.fail = fail;
  }

  get idleLinks(): number {
    return this.idle.size;
  }

  async take(host: string, port: number, timeoutMs: number): Promise<Link> {
    const name = `${host}:${port}`;
    return this.takeIdle(name) ?? (await this.open(name, host, port, timeoutMs));
  }

  giveBack(link: Link): void {
    if (link.lost) return;
    this.takeIdle(link.name)?.close();
    if (this.idle.size === MAX_IDLE_LINKS) this.takeIdle([...this.idle.keys()][0])?.close();
    const timer = setTimeout(() => this.takeIdle(link.name)?.close(), IDLE_MS).unref();
    this.idle.set(link.name, { link, timer });
  }

  /** Closes those that wait. */
  close(): void {
    for (const name of [...this.idle.keys()]) this.takeIdle(name)?.close();
  }

  private takeIdle(name: string): Link | null {
    const idle = this.idle.get(name);
    if (idle === undefined) return null;
    this.idle.delete(name);
    clearTimeout(idle.timer);
    return idle.link;
  }

  private async open(name: string, host: string, port: number, timeoutMs: number): Promise<Link> {
    const socket = connect({ host, port });
    const timer = setTimeout(() => socket.destroy(this.fail('PEER_TIMEOUT', 'no connection in time')), timeoutMs);
    try {
      await once(socket, 'connect');
    } catch (error) {
      throw error instanceof Error && 'code' in error && error.code === 'PEER_TIMEOUT'
        ? error
        : this.fail('PEER_LOST', error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
    return new Link(name, socket, this.fail);
  }
}
