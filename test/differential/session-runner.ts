/**
 * Runs the same steps with several connections to each of two servers. After each step all connections are compared:
 * the replies in their order, and in their order the messages that answer nothing. Which of them are blocked, and which
 * have been served, is asked on a connection of its own.
 */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
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

/** What clients wait for. */
const AWAITED_KEY = /^[qdz]\d$/;

/** The flags of a connection that is closed. */
const GONE = 'gone';

/** A {@link ConnectionState} to be changed, and what else is known of a connection. */
interface FollowedState {
  version: 2 | 3;
  inTransaction: boolean;
  awaited: number;
  /** It may have asked not to be told of its own changes. */
  mayIgnoreOwn: boolean;
}

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
  readonly states: FollowedState[] = [];
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
    const { connection, commands, kills, awaits } = step;
    const stream = this.streams[connection];
    const state = this.states[connection];
    const words = commands.map((command) => command.map((word) => this.resolve(word)));
    const name = String(words[0][0]);
    stream.send(words);
    const endsTransaction = name === 'EXEC' || name === 'DISCARD' || name === 'RESET';
    if (awaits !== undefined) await this.block(connection, awaits);
    if (name === 'MULTI' || (state.inTransaction && !endsTransaction)) await stream.count(1);
    else if (state.awaited === 0) await this.ping(stream);
    const isAmbiguous = await this.serve(connection);
    const received = this.streams.map((each) => each.take());
    this.follow(state, step, received[connection]);
    if (kills !== undefined && spell(received[connection].replies[0]) === ':"1"') await this.reconnect(kills);

    // Whatever was sent to the others is there when a command of their own is answered, …
    for (let i = 0; i < this.streams.length; i++) {
      if (i === MONITOR || !(this.states[i].inTransaction || this.states[i].awaited > 0)) {
        await this.ping(this.streams[i]);
      }
    }
    // … and what was sent to those that are blocked, since all of that was read before.
    await turn();
    const late = this.streams.map((each) => each.take());
    return received
      .map((first, i) =>
        this.spellReceived(i, withoutAwaited(first, isAmbiguous), withoutAwaited(late[i], isAmbiguous), words),
      )
      .join('\n');
  }

  /** A command that may block was sent: waits for its reply, or until it blocks. */
  private async block(connection: number, awaits: number): Promise<void> {
    const stream = this.streams[connection];
    for (;;) {
      const [flags] = await this.flagsOf([connection]);
      if (stream.replyCount > 0) return;
      if (!flags.includes('b')) continue;
      this.states[connection].awaited = awaits;
      return;
    }
  }

  /**
   * Waits for the replies of those that are no longer blocked. True where one of them, or the one that has executed
   * something, is to be told of all changes but its own.
   */
  private async serve(connection: number): Promise<boolean> {
    const blocked = Array.from(this.states.keys()).filter((index) => this.states[index].awaited > 0);
    if (blocked.length === 0) return false;
    const asked = [connection, ...blocked];
    const flags = await this.flagsOf(asked);
    let isAmbiguous = false;
    for (const [i, index] of asked.entries()) {
      const state = this.states[index];
      if (flags[i] === GONE || flags[i].includes('b')) continue;
      isAmbiguous ||= state.mayIgnoreOwn && flags[i].includes('B');
      if (state.awaited > 0) await this.streams[index].count(1);
      state.awaited = 0;
    }
    return isAmbiguous;
  }

  /** What CLIENT LIST says of connections; {@link GONE} of those that are closed. */
  private async flagsOf(connections: readonly number[]): Promise<string[]> {
    const { text } = await this.ask('CLIENT', 'LIST', 'ID', ...connections.map((index) => String(this.ids[index])));
    const lines = (text ?? '').split('\n');
    return connections.map((index) => {
      const line = lines.find((each) => each.startsWith(`id=${this.ids[index]} `));
      return line === undefined ? GONE : (/ flags=(\S+)/.exec(line)?.[1] ?? '');
    });
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
    this.states[index] = { version, inTransaction: false, awaited: 0, mayIgnoreOwn: false };
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

  private follow(state: FollowedState, { commands }: SessionStep, { replies }: Received): void {
    const [words] = commands;
    const [name, subcommand] = words;
    const isDone = replies[0]?.text === 'OK';
    if (name === 'MULTI' && isDone) state.inTransaction = true;
    if (name === 'EXEC' || name === 'DISCARD' || name === 'RESET') state.inTransaction = false;
    if (subcommand === 'TRACKING' && words.includes('NOLOOP')) state.mayIgnoreOwn = true;
    else if (name === 'RESET' || (subcommand === 'TRACKING' && isDone)) state.mayIgnoreOwn = false;
  }

  private spellReceived(index: number, first: Received, late: Received, words: readonly Command[]): string {
    const replies = [...first.replies, ...late.replies].filter(
      ({ kind, text, elements }) =>
        elements?.[0]?.text !== 'server' && !(kind === '+' && text?.includes('"CLIENT" "LIST" "ID"')),
    );
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

/**
 * Where a client is served, two clients change the key at once. Redis 7.0 takes the one or the other, depending on the
 * command, for the author of both changes, and does not tell that one if it does not want to hear of its own.
 */
function withoutAwaited({ replies, pushes }: Received, isAmbiguous: boolean): Received {
  if (!isAmbiguous) return { replies, pushes };
  return { replies: replies.flatMap(withoutAwaitedKeys), pushes: pushes.flatMap(withoutAwaitedKeys) };
}

function withoutAwaitedKeys(reply: ReplyTree): readonly ReplyTree[] {
  const keys = reply.elements?.at(-1);
  if (!isInvalidation(reply) || !keys?.elements) return [reply];
  const elements = keys.elements.filter(({ text }) => !AWAITED_KEY.test(text ?? ''));
  if (elements.length === 0) return [];
  return [{ ...reply, elements: [...(reply.elements ?? []).slice(0, -1), { ...keys, elements }] }];
}

function isInvalidation({ elements }: ReplyTree): boolean {
  const texts = elements?.map(({ text }) => text) ?? [];
  return texts[0] === 'invalidate' || (texts[0] === 'message' && texts[1] === '__redis__:invalidate');
}
