/**
 * A client that writes numbered operations, one after the other, and knows which were sent and which acknowledged.
 *
 * Operation `n` changes the writer's keys in a way that depends on `n`, and every operation changes them. So what is
 * found after a crash is the state after some number of operations, or it is wrong; and that number lies between those
 * acknowledged and those sent, or a promise was broken. A transaction is one operation, whole or absent.
 */

import type { Random } from '../differential/random.ts';
import type { Command, RespClient } from '../support/resp-client.ts';
import { decodeReply } from '../support/resp-reply.ts';

/** Operations under way at once, at the most. */
const MOST_UNDER_WAY = 16;
const KINDS = 9;
const DATABASES = 3;

export class NumberedWriter {
  sent = 0;
  acknowledged = 0;
  /** The highest number that another client has read. */
  seen = 0;
  /** What an operation was answered instead of success. */
  refusal: Error | null = null;
  readonly database: number;
  private readonly prefix: string;
  private client: RespClient | null = null;

  /** `name` is the writer's own, also among those of earlier runs. */
  constructor(name: string, index: number) {
    this.prefix = name;
    this.database = index % DATABASES;
  }

  /** Writes until the connection ends or an operation is refused. */
  async write(client: RespClient, random: Random): Promise<void> {
    this.client = client;
    try {
      await client.call('SELECT', this.database);
      for (;;) await this.perform(random.between(1, MOST_UNDER_WAY));
    } catch (error) {
      if (this.refusal === null && !isConnectionEnd(error)) throw error;
    }
  }

  /** Sends more at once, beside what {@link write} does, and waits for nothing. */
  burst(operations: number): void {
    this.perform(operations).catch(() => undefined);
  }

  /** Reads a number that some operation has written, as another client. */
  async observe(client: RespClient): Promise<void> {
    const [, value] = await client.send([
      ['SELECT', this.database],
      ['GET', this.key('set')],
    ]);
    this.seen = Math.max(this.seen, Number(decodeReply(value)));
  }

  /**
   * Compares what a server holds with what was sent and acknowledged. Answers how many operations it holds, or says
   * what is wrong.
   */
  async check(client: RespClient): Promise<number | string> {
    const found = await this.read(client);
    for (let count = this.acknowledged; count <= this.sent; count++) {
      if (this.stateAfter(count) !== found) continue;
      return Math.max(0, ...this.numbersOf(count, 0)) >= this.seen
        ? count
        : `number ${this.seen} was read, and is gone`;
    }
    for (let count = 0; count < this.acknowledged; count++) {
      if (this.stateAfter(count) === found) return `${this.acknowledged} were acknowledged, ${count} are there`;
    }
    return `no state after ${this.acknowledged} to ${this.sent} operations, but ${found}`;
  }

  /** Everything that the writer's keys hold, as text. */
  async read(client: RespClient): Promise<string> {
    const replies = await client.send([
      ['SELECT', this.database],
      ['GET', this.key('set')],
      ['LRANGE', this.key('list'), 0, -1],
      ['HGETALL', this.key('hash')],
      ['GET', this.key('count')],
      ['GET', this.key('first')],
      ['LRANGE', this.key('pair'), 0, -1],
      ['GET', this.key('last')],
      ['GET', this.key('text')],
      ['GET', this.key('expiring')],
      ['TTL', this.key('expiring')],
      ['GET', this.key('float')],
      ['ZRANGE', this.key('zset'), 0, -1, 'WITHSCORES'],
      ['LRANGE', this.key('queue'), 0, -1],
    ]);
    const values = replies.slice(1).map((raw) => decodeReply(raw));
    const hash = values[2] as string[];
    values[2] = hash.filter((_, i) => i % 2 === 0).sort((a, b) => Number(a) - Number(b));
    // Whether there is a deadline at all.
    values[9] = Math.sign(Number(values[9]));
    return JSON.stringify(values);
  }

  /** What {@link read} answers after so many operations. */
  private stateAfter(count: number): string {
    const numbers = Array.from({ length: KINDS }, (_, kind) => this.numbersOf(count, kind).map(String));
    const [sets, list, hash, counts, pairs, texts, expiring, floats, mixed] = numbers;
    const last = (texts: readonly string[]): string | null => texts.at(-1) ?? null;
    return JSON.stringify([
      last(sets),
      list,
      hash,
      counts.length === 0 ? null : String(counts.length),
      last(pairs),
      pairs,
      last(pairs),
      texts.length === 0 ? null : texts.map((text) => `${text},`).join(''),
      last(expiring),
      expiring.length === 0 ? -1 : 1,
      floats.length === 0 ? null : String(floats.length / 2),
      mixed.flatMap((text) => [text, text]),
      mixed.slice(-3),
    ]);
  }

  /** The numbers up to `count` of operations of a kind. */
  private numbersOf(count: number, kind: number): number[] {
    const first = kind + 1;
    return first > count
      ? []
      : Array.from({ length: Math.floor((count - first) / KINDS) + 1 }, (_, i) => first + i * KINDS);
  }

  /** Sends so many operations; resolves when all are acknowledged. */
  private async perform(operations: number): Promise<void> {
    const { client } = this;
    if (client === null) return;
    const underWay: Promise<void>[] = [];
    for (let i = 0; i < operations; i++) {
      const number = ++this.sent;
      underWay.push(client.send(this.operation(number)).then((replies) => this.acknowledge(number, replies)));
    }
    await Promise.all(underWay);
  }

  private acknowledge(number: number, replies: readonly Buffer[]): void {
    const refused = replies.find((raw) => raw[0] === MINUS);
    if (refused === undefined) {
      this.acknowledged = number;
    } else {
      this.refusal ??= new Error(`operation ${number}: ${refused.toString('latin1').trim()}`);
      throw this.refusal;
    }
  }

  private operation(number: number): Command[] {
    switch ((number - 1) % KINDS) {
      case 0:
        return [['SET', this.key('set'), number]];
      case 1:
        return [['RPUSH', this.key('list'), number]];
      case 2:
        return [['HSET', this.key('hash'), number, number]];
      case 3:
        return [['INCR', this.key('count')]];
      case 4:
        return [
          ['MULTI'],
          ['SET', this.key('first'), number],
          ['RPUSH', this.key('pair'), number],
          ['SET', this.key('last'), number],
          ['EXEC'],
        ];
      case 5:
        return [['APPEND', this.key('text'), `${number},`]];
      case 6:
        return [['SET', this.key('expiring'), number, 'EX', 100_000]];
      case 7:
        return [['INCRBYFLOAT', this.key('float'), '0.5']];
      default:
        return [
          ['MULTI'],
          ['ZADD', this.key('zset'), number, number],
          ['RPUSH', this.key('queue'), number],
          ['LTRIM', this.key('queue'), -3, -1],
          ['EXEC'],
        ];
    }
  }

  private key(name: string): string {
    return `${this.prefix}:${name}`;
  }
}

const MINUS = 0x2d;

/** True for what a client sees of a server that was killed. */
export function isConnectionEnd(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    ['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ENOENT'].includes(code) || error.message.includes('closed the connection')
  );
}
