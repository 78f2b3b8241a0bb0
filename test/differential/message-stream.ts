/**
 * One connection of a conversation between several: everything that comes in, in order, replies apart from messages that
 * answer nothing.
 *
 * RESP3 marks the latter. Redis 7.0 may write one into the middle of an aggregate, where it counts as no element; such
 * are taken out. Confirmations of subscriptions look alike and are replies.
 */
import { createConnection, type Socket } from 'node:net';
import { type Command, encodeCommand } from '../support/resp-client.ts';
import type { ReplyTree } from '../support/resp-reply.ts';

/** The kinds of messages that answer nothing. */
const MESSAGES: ReadonlySet<string> = new Set([
  'message',
  'pmessage',
  'smessage',
  'invalidate',
  'tracking-redir-broken',
]);

export interface Received {
  /** In RESP2 messages are among them. */
  readonly replies: readonly ReplyTree[];
  readonly pushes: readonly ReplyTree[];
}

export class MessageStream {
  private readonly socket: Socket;
  private bytes: Buffer = Buffer.alloc(0);
  private replies: ReplyTree[] = [];
  private pushes: ReplyTree[] = [];
  private wake: (() => void) | null = null;
  private failure: Error | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.parse();
      this.wake?.();
    });
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  static connect(path: string): Promise<MessageStream> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ path });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new MessageStream(socket));
      });
    });
  }

  send(commands: readonly Command[]): void {
    this.socket.write(Buffer.concat(commands.map(encodeCommand)));
  }

  /** Waits until a reply satisfies `isLast`; it and everything before is kept for {@link take}. */
  async until(isLast: (reply: ReplyTree) => boolean): Promise<void> {
    await this.waitFor(() => this.replies.some(isLast));
  }

  /** Waits for so many replies in all. */
  async count(replies: number): Promise<void> {
    await this.waitFor(() => this.replies.length >= replies);
  }

  /** How many replies have come in since the last {@link take}. */
  get replyCount(): number {
    return this.replies.length;
  }

  /** What has come in since the last time. */
  take(): Received {
    const received = { replies: this.replies, pushes: this.pushes };
    this.replies = [];
    this.pushes = [];
    return received;
  }

  close(): void {
    this.failure ??= new Error('closed');
    this.socket.destroy();
  }

  private async waitFor(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.failure !== null) throw this.failure;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.wake = null;
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.wake?.();
  }

  private parse(): void {
    const reader = new Reader(this.bytes);
    for (;;) {
      const start = reader.position;
      const inside: ReplyTree[] = [];
      const tree = reader.element(inside);
      if (tree === null) {
        this.bytes = this.bytes.subarray(start);
        return;
      }
      if (isMessage(tree)) this.pushes.push(tree);
      else this.replies.push(tree);
      this.pushes.push(...inside);
    }
  }
}

function isMessage({ kind, elements }: ReplyTree): boolean {
  return kind === '>' && MESSAGES.has(elements?.[0]?.text ?? '');
}

class Reader {
  position = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Null where it is not all there yet. Messages inside go to `inside`. */
  element(inside: ReplyTree[]): ReplyTree | null {
    const { bytes } = this;
    const lineEnd = bytes.indexOf('\r\n', this.position);
    if (lineEnd < 0) return null;
    const kind = String.fromCharCode(bytes[this.position]);
    const line = bytes.toString('latin1', this.position + 1, lineEnd);
    this.position = lineEnd + 2;
    if ('$=!'.includes(kind)) {
      const length = Number(line);
      if (length < 0) return { kind, text: null, elements: null };
      const start = this.position;
      this.position += length + 2;
      return this.position > bytes.length
        ? null
        : { kind, text: bytes.toString('latin1', start, start + length), elements: null };
    }
    if (!'*~>%'.includes(kind)) return { kind, text: kind === '_' ? null : line, elements: null };
    if (line === '-1') return { kind, text: null, elements: null };
    const elements: ReplyTree[] = [];
    for (let left = Number(line) * (kind === '%' ? 2 : 1); left > 0; ) {
      const element = this.element(inside);
      if (element === null) return null;
      if (isMessage(element)) inside.push(element);
      else {
        elements.push(element);
        left--;
      }
    }
    return { kind, text: null, elements };
  }
}
