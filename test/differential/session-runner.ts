/**
 * Runs the same steps with several connections to each of two servers. After each step all connections are compared:
 * the replies in their order, and in their order the messages that answer nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../support/resp-client.ts';
import { type ReplyTree, spell, textsOf } from '../support/resp-reply.ts';
import { MessageStream, type Received } from './message-stream.ts';
import { Random } from './random.ts';
import { CONNECTIONS, nextStep, type SessionStep } from './session-steps.ts';

/** Of the connections; the rest speak RESP3. */
const RESP2_CONNECTIONS: ReadonlySet<number> = new Set([2, 3]);
const MONITOR = CONNECTIONS;

const SHOWN_STEPS = 100;
const CHECK_EVERY = 50;
const EXPIRY_MS = 4;

/** Fields of CLIENT INFO that depend on nothing but what the client did. */
const CLIENT_FIELDS: ReadonlySet<string> = new Set('flags db sub psub ssub multi cmd user redir resp'.split(' '));

const INFO_FIELDS: ReadonlySet<string> = new Set(
  'pubsub_channels pubsub_patterns pubsubshard_channels tracking_clients tracking_total_keys tracking_total_items tracking_total_prefixes expired_keys keyspace_hits keyspace_misses'.split(
    ' ',
  ),
);

export interface SessionServer {
  readonly name: string;
  readonly socketPath: string;
}

/** Runs `steps` steps from a seed; throws at the first difference. The servers must be fresh. */
export async function compareSessions(a: SessionServer, b: SessionServer, seed: number, steps: number): Promise<void> {
  const random = new Random(seed);
  const peers = await Promise.all([Conversation.open(a), Conversation.open(b)]);
  const history: string[] = [];
  try {
    for (let index = 0; index < steps; index++) {
      const step = nextStep(random, peers[0].states);
      history.push(`${index}: ${describe(step)}`);
      const [x, y] = await Promise.all(peers.map((peer) => peer.run(step)));
      // Both servers must find a key expired, or neither.
      if (step.commands.some(([name, ...words]) => name === 'EXEC' || words.includes('PX'))) await sleep(EXPIRY_MS);
      const check = index % CHECK_EVERY === CHECK_EVERY - 1;
      const [infoA, infoB] = check ? await Promise.all(peers.map((peer) => peer.info())) : ['', ''];
      if (x === y && infoA === infoB) continue;
      const recent = history.slice(-SHOWN_STEPS).join('\n  ');
      throw new Error(
        `${a.name} and ${b.name} differ after step ${index} of seed ${seed}\n${x}${infoA}\n--- ${b.name}\n${y}${infoB}\n--- steps\n  ${recent}`,
      );
    }
  } finally {
    for (const peer of peers) peer.close();
  }
}

function describe({ connection, commands }: SessionStep): string {
  const texts = commands.map((words) =>
    words.map((word) => (typeof word === 'object' && 'connection' in word ? `<${word.connection}>` : String(word))),
  );
  return `${connection}> ${texts.map((words) => words.join(' ')).join(' ; ')}`;
}

class Conversation {
  readonly states: { version: 2 | 3; inTransaction: boolean }[] = [];
  private readonly server: SessionServer;
  private readonly streams: MessageStream[] = [];
  private readonly ids: number[] = [];
  /** What the numbers of connections become, those that are closed included. */
  private readonly names = new Map<string, string>();
  private control!: MessageStream;
  private token = 0;

  private constructor(server: SessionServer) {
    this.server = server;
  }

  static async open(server: SessionServer): Promise<Conversation> {
    const conversation = new Conversation(server);
    conversation.control = await MessageStream.connect(server.socketPath);
    await conversation.ask('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    await conversation.ask('CONFIG', 'SET', 'notify-keyspace-events', 'KEAmn');
    for (let i = 0; i < CONNECTIONS; i++) await conversation.connect(i);
    const monitor = await MessageStream.connect(server.socketPath);
    monitor.send([['MONITOR']]);
    await monitor.count(1);
    conversation.streams.push(monitor);
    return conversation;
  }

  close(): void {
    for (const stream of [...this.streams, this.control]) stream.close();
  }

  /** Executes a step; answers what every connection has received. */
  async run(step: SessionStep): Promise<string> {
    const { connection, commands, kills } = step;
    const stream = this.streams[connection];
    const state = this.states[connection];
    const words = commands.map((command) => command.map((word) => this.resolve(word)));
    const name = String(words[0][0]);
    stream.send(words);
    const endsTransaction = name === 'EXEC' || name === 'DISCARD' || name === 'RESET';
    if (name === 'MULTI' || (state.inTransaction && !endsTransaction)) await stream.count(1);
    else await this.ping(stream);
    const received = this.streams.map((each) => each.take());
    this.followTransaction(state, name, received[connection]);
    if (kills !== undefined && spell(received[connection].replies[0]) === ':"1"') await this.reconnect(kills);

    // Whatever was sent to the others is there when a command of their own is answered.
    for (let i = 0; i < this.streams.length; i++) {
      if (i === MONITOR || !this.states[i].inTransaction) await this.ping(this.streams[i]);
    }
    const late = this.streams.map((each) => each.take());
    return received.map((first, i) => this.spellReceived(i, first, late[i], words)).join('\n');
  }

  /** Figures that must agree. */
  async info(): Promise<string> {
    const reply = await this.ask('INFO', 'everything');
    const lines = (reply.text ?? '').split('\r\n');
    return lines.filter((line) => INFO_FIELDS.has(line.split(':')[0])).join(' ');
  }

  private async connect(index: number): Promise<void> {
    const version = RESP2_CONNECTIONS.has(index) ? 2 : 3;
    const stream = await MessageStream.connect(this.server.socketPath);
    stream.send([
      ['HELLO', String(version)],
      ['CLIENT', 'ID'],
    ]);
    await stream.count(2);
    const id = stream.take().replies[1].text ?? '';
    this.ids[index] = Number(id);
    this.names.set(id, `<${index}, the ${this.names.size}th>`);
    this.streams[index] = stream;
    this.states[index] = { version, inTransaction: false };
    if (index !== CONNECTIONS - 1) return;
    stream.send([['CLIENT', 'TRACKING', 'ON']]);
    await stream.count(1);
    stream.take();
  }

  private async reconnect(index: number): Promise<void> {
    this.streams[index].close();
    await this.connect(index);
  }

  /** Waits until everything sent before is answered. */
  private async ping(stream: MessageStream): Promise<void> {
    const token = `ping-${this.token++}`;
    stream.send([['PING', token]]);
    await stream.until((reply) => reply.text === token || reply.elements?.[1]?.text === token);
  }

  private async ask(...command: Command): Promise<ReplyTree> {
    this.control.send([command]);
    await this.control.count(1);
    return this.control.take().replies[0];
  }

  private resolve(word: SessionStep['commands'][number][number]): Command[number] {
    return typeof word === 'object' && 'connection' in word ? String(this.ids[word.connection]) : word;
  }

  private followTransaction(state: { inTransaction: boolean }, name: string, { replies }: Received): void {
    if (name === 'MULTI' && replies[0].text === 'OK') state.inTransaction = true;
    if (name === 'EXEC' || name === 'DISCARD' || name === 'RESET') state.inTransaction = false;
  }

  private spellReceived(index: number, first: Received, late: Received, words: readonly Command[]): string {
    const replies = [...first.replies, ...late.replies].filter(({ elements }) => elements?.[0]?.text !== 'server');
    // Redis's commands disagree on which is told first, the change or its event.
    const pushes = [...first.pushes, ...late.pushes].sort(
      (a, b) => Number(isInvalidation(b)) - Number(isInvalidation(a)),
    );
    const named = String(words.at(-1)?.[0]);
    const isUnordered = /^(UN|PUN|SUN)SUBSCRIBE$/.test(named) && words.at(-1)?.length === 1;
    const invalidations = replies.filter(isInvalidation);
    const others = replies.filter((reply) => !isInvalidation(reply));
    const lines = [...invalidations, ...others].map((reply) => this.spellOne(reply, words));
    if (isUnordered) lines.sort();
    return `${index}: ${lines.join(' ')} | ${pushes.map((push) => this.spellOne(push, words)).join(' ')}`;
  }

  private spellOne(reply: ReplyTree, words: readonly Command[]): string {
    const { kind, text, elements } = reply;
    if (kind === '+' && text?.includes('] "'))
      return text.replace(/^\S+ \[(\d+) \S+\]/, '[$1]').replaceAll(...this.numbers());
    if (text?.includes(' resp=')) {
      const fields = text
        .trim()
        .split(' ')
        .filter((field) => CLIENT_FIELDS.has(field.split('=')[0]));
      return fields.join(' ').replaceAll(...this.numbers());
    }
    const [first] = textsOf(reply);
    const spelled = spell(reply);
    if (
      spelled.includes('"redirect"') ||
      first === 'tracking-redir-broken' ||
      words.some((word) => word[1] === 'GETREDIR')
    ) {
      return spelled.replaceAll(...this.numbers());
    }
    const isUnordered =
      words.some((word) => word[0] === 'PUBSUB') && elements?.every((element) => element.kind === '$');
    if (isUnordered) return elements?.map(spell).sort().join(',') ?? '';
    // Which name goes with which count is by chance where all subscriptions end.
    if (/unsubscribe$/.test(first ?? '') && words.at(-1)?.length === 1) return textsOf(reply).slice(0, 2).join(' ');
    // The null that stands for all keys: Redis takes the tracking client's protocol even where another client gets it.
    if (isInvalidation(reply)) return spelled.replaceAll('$null', '_null');
    return spelled;
  }

  /** Where connections are named by their numbers, and what those become. */
  private numbers(): [RegExp, (all: string, before: string, id: string) => string] {
    return [/("REDIRECT" "|redir=|:")(\d+)/g, (_all, before, id) => before + (this.names.get(id) ?? id)];
  }
}

function isInvalidation({ elements }: ReplyTree): boolean {
  const texts = elements?.map(({ text }) => text) ?? [];
  return texts[0] === 'invalidate' || (texts[0] === 'message' && texts[1] === '__redis__:invalidate');
}
