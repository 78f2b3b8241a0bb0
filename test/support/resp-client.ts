/**
 * A small raw client: sends commands as they are given and answers the replies' bytes, cut one by one, so that two
 * servers can be compared byte for byte.
 */
import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import { decodeReply, replyEnd } from './resp-reply.ts';

export type Word = string | number | bigint | Uint8Array;
export type Command = readonly Word[];

/** The request bytes of a command: an array of bulk strings. */
export function encodeCommand(command: Command): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${command.length}\r\n`)];
  for (const word of command) {
    const bytes = word instanceof Uint8Array ? word : Buffer.from(String(word));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), Buffer.from(bytes), LINE_BREAK);
  }
  return Buffer.concat(parts);
}

const LINE_BREAK = Buffer.from('\r\n');
const NOTHING = Buffer.alloc(0);

interface Waiting {
  readonly resolve: (raw: Buffer) => void;
  readonly reject: (error: Error) => void;
}

export class RespClient implements AsyncDisposable {
  /** RESP3 push messages, in order of arrival; they answer no command. */
  readonly pushes: Buffer[] = [];
  private readonly socket: Socket;
  private readonly waiting: Waiting[] = [];
  private readonly received: Buffer[] = [];
  private ended: Error | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(new Error('the server closed the connection')));
  }

  static connect(where: NetConnectOpts): Promise<RespClient> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(where);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        socket.setNoDelay(true);
        resolve(new RespClient(socket));
      });
    });
  }

  /** Sends the commands in one write and answers the bytes of their replies. */
  send(commands: readonly Command[]): Promise<Buffer[]> {
    return this.sendBytes(Buffer.concat(commands.map(encodeCommand)), commands.length);
  }

  /** Sends bytes as they are and answers the next `replies` replies. */
  sendBytes(bytes: Uint8Array, replies: number): Promise<Buffer[]> {
    if (this.ended !== null) return Promise.reject(this.ended);
    const promises: Promise<Buffer>[] = [];
    for (let i = 0; i < replies; i++) {
      promises.push(new Promise((resolve, reject) => this.waiting.push({ resolve, reject })));
    }
    this.socket.write(bytes);
    return Promise.all(promises);
  }

  /** The bytes of one command's reply. */
  async raw(...command: Word[]): Promise<Buffer> {
    return (await this.send([command]))[0];
  }

  /** One command's reply as JavaScript values; an error reply is thrown. */
  async call(...command: Word[]): Promise<unknown> {
    const value = decodeReply(await this.raw(...command));
    if (value instanceof Error) throw value;
    return value;
  }

  /** Resolves when the connection has ended, from whichever side. */
  async closed(): Promise<void> {
    if (this.ended === null) await new Promise((resolve) => this.socket.once('close', resolve));
  }

  async close(): Promise<void> {
    this.socket.end();
    this.socket.destroySoon();
    await this.closed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private receive(chunk: Buffer): void {
    this.received.push(chunk);
    const bytes = this.received.length === 1 ? chunk : Buffer.concat(this.received);
    let position = 0;
    try {
      while (position < bytes.length) {
        const end = replyEnd(bytes, position);
        if (end < 0) break;
        const raw = bytes.subarray(position, end);
        position = end;
        if (raw[0] === 0x3e) this.pushes.push(raw);
        else if (this.waiting.length > 0) this.waiting.shift()?.resolve(raw);
        else throw new Error(`a reply that nothing asked for: ${JSON.stringify(raw.toString('latin1', 0, 100))}`);
      }
    } catch (error) {
      this.end(error as Error);
      this.socket.destroy();
      return;
    }
    this.received.length = 0;
    const rest = position < bytes.length ? bytes.subarray(position) : NOTHING;
    if (rest.length > 0) this.received.push(rest);
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
  }
}
