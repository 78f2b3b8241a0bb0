/**
 * Random steps of a conversation of several connections: transactions with watched keys, subscriptions, client-side
 * caching, commands that block, and the reads and writes that they are about.
 */
import type { Word } from '../support/resp-client.ts';
import type { Random } from './random.ts';

/** A word that stands for the number of a connection, which differs between servers. */
export interface ClientNumber {
  readonly connection: number;
}

export type StepWord = Word | ClientNumber;

export interface SessionStep {
  readonly connection: number;
  readonly commands: readonly (readonly StepWord[])[];
  /** Closes that connection, which is opened anew. */
  readonly kills?: number;
  /** How many keys the connection may have to wait for. */
  readonly awaits?: number;
}

/** What a step may depend on. */
export interface ConnectionState {
  readonly version: 2 | 3;
  readonly inTransaction: boolean;
  /** How many keys it waits for; 0 when it is not blocked. */
  readonly awaited: number;
}

type Make = (random: Random) => readonly (readonly StepWord[])[];

const key = (random: Random): string => random.pick(['k1', 'k2', 'k3', 'j1', 'j2', 'l1', 'h1']);
const channel = (random: Random): string => random.pick(['ch1', 'ch2', 'x1', '__redis__:invalidate']);
// No two of them match the same channel, because Redis gives them no order.
const pattern = (random: Random): string => random.pick(['ch*', 'x?', '__keyevent@*', '__keyspace@0*', 'no[']);
// What clients wait for, and where they move it.
const queue = (random: Random): string => random.pick(['q1', 'q1', 'q1', 'q2', 'd1', 'z1', 'z1']);
const value = (random: Random): string => random.pick(['1', '2', 'text', '']);

const reads: readonly Make[] = [
  (random) => [['GET', key(random)]],
  (random) => [['GET', key(random)]],
  (random) => [['MGET', key(random), key(random)]],
  (random) => [['EXISTS', key(random), key(random)]],
  (random) => [['STRLEN', key(random)]],
  (random) => [['TYPE', key(random)]],
  () => [['LRANGE', 'l1', '0', '-1']],
  () => [['HGET', 'h1', 'f']],
  () => [['TTL', 'none']],
  () => [['DBSIZE']],
];

const writes: readonly Make[] = [
  (random) => [['SET', key(random), value(random)]],
  (random) => [['SET', key(random), value(random)]],
  (random) => [['SET', key(random), value(random), 'PX', '1']],
  (random) => [['INCR', key(random)]],
  (random) => [['APPEND', key(random), value(random)]],
  (random) => [['DEL', key(random), key(random)]],
  (random) => [['MSET', key(random), '1', key(random), '2']],
  (random) => [['LPUSH', 'l1', value(random)]],
  () => [['LPOP', 'l1']],
  (random) => [['HSET', 'h1', 'f', value(random)]],
  (random) => [['RENAME', key(random), key(random)]],
  (random) => [['COPY', key(random), key(random), 'REPLACE']],
  (random) => [['EXPIRE', key(random), random.pick(['1000', '-1'])]],
  (random) => [['PERSIST', key(random)]],
  (random) => [['GETDEL', key(random)]],
  (random) => [['MOVE', key(random), '1']],
];

/** Not within transactions: Redis 7.0 does not tell the one that has read the queue of what is taken at its end. */
const queueReads: readonly Make[] = [
  (random) => [['LRANGE', queue(random), '0', '-1']],
  (random) => [['TYPE', queue(random)]],
  (random) => [['EXISTS', queue(random), queue(random), key(random)]],
  () => [['ZRANGE', 'z1', '0', '-1']],
];

const queueWrites: readonly Make[] = [
  (random) => [['RPUSH', random.pick(['q1', 'q1', 'q2']), value(random)]],
  (random) => [['RPUSH', 'q1', value(random)]],
  (random) => [['LPUSH', random.pick(['q1', 'q1', 'd1']), value(random), 'a', 'b'].slice(0, random.between(3, 5))],
  (random) => [['ZADD', 'z1', '1', value(random), '2', 'm'].slice(0, random.pick([4, 6]))],
  (random) => [['RENAME', random.pick([queue(random), key(random)]), queue(random)]],
  (random) => [['COPY', queue(random), queue(random)]],
  (random) => [['DEL', queue(random), queue(random)]],
  (random) => [['LMOVE', 'q1', random.pick(['q2', 'd1']), 'LEFT', 'RIGHT']],
  () => [['DEL', 'q1', 'q2', 'd1', 'z1']],
  (random) => [
    ['DEL', 'q1', 'q2', 'd1', 'z1'],
    ['RPUSH', random.pick(['q1', 'q2']), value(random)],
  ],
  (random) => [['SET', queue(random), value(random)]],
  (random) => [['MOVE', queue(random), '1']],
  () => [['SORT', 'q1', 'ALPHA', 'STORE', 'q2']],
];

/** For ever: within transactions they do not block. */
const blocking: readonly Make[] = [
  (random) => [[random.pick(['BLPOP', 'BRPOP']), ...queues(random), '0']],
  (random) => [[random.pick(['BLPOP', 'BRPOP']), ...queues(random), '0']],
  (random) => [['BLMOVE', random.pick(['q1', 'q2']), 'd1', random.pick(['LEFT', 'RIGHT']), 'RIGHT', '0']],
  () => [['BRPOPLPUSH', 'q1', 'd1', '0']],
  (random) => multiPop(random, 'BLMPOP', ['LEFT', 'RIGHT']),
  (random) => [[random.pick(['BZPOPMIN', 'BZPOPMAX']), ...queues(random), '0']],
  (random) => [[random.pick(['BZPOPMIN', 'BZPOPMAX']), 'z1', '0']],
  (random) => multiPop(random, 'BZMPOP', ['MIN', 'MAX']),
];

function queues(random: Random): readonly string[] {
  return random.chance(0.7) ? [queue(random)] : [queue(random), queue(random)];
}

function multiPop(random: Random, name: string, ends: readonly string[]): readonly (readonly StepWord[])[] {
  const keys = queues(random);
  const count = random.chance(0.5) ? ['COUNT', '2'] : [];
  return [[name, '0', String(keys.length), ...keys, random.pick(ends), ...count]];
}

const rareWrites: readonly Make[] = [
  () => [['FLUSHDB']],
  () => [['FLUSHALL']],
  swapping,
  (random) => [['SELECT', random.pick(['0', '0', '1'])]],
  (random) => [['CONFIG', 'SET', 'notify-keyspace-events', random.pick(['', 'KEA', 'KEAmn', 'Kg', 'E$lx', 'A'])]],
];

const publishing: readonly Make[] = [
  (random) => [['PUBLISH', channel(random), value(random)]],
  (random) => [['PUBLISH', channel(random), value(random)]],
  (random) => [['SPUBLISH', channel(random), value(random)]],
];

const askingWho: readonly Make[] = [
  () => [['PUBSUB', 'CHANNELS']],
  (random) => [['PUBSUB', random.pick(['CHANNELS', 'SHARDCHANNELS']), pattern(random)]],
  (random) => [['PUBSUB', random.pick(['NUMSUB', 'SHARDNUMSUB']), channel(random), channel(random)]],
  () => [['PUBSUB', 'NUMPAT']],
];

const subscribing: readonly Make[] = [
  (random) => [['SUBSCRIBE', channel(random), channel(random)]],
  (random) => [['PSUBSCRIBE', pattern(random)]],
  (random) => [['SSUBSCRIBE', channel(random)]],
  (random) => [['UNSUBSCRIBE', channel(random)]],
  (random) => [['PUNSUBSCRIBE', pattern(random)]],
  (random) => [['SUNSUBSCRIBE', channel(random)]],
];

/** Names come in an order by chance, which the comparison passes over, but not among a transaction's replies. */
const unsubscribing: readonly Make[] = [
  ...subscribing,
  (random) => [[random.pick(['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE'])]],
];

const tracking: readonly Make[] = [
  (random) => [['CLIENT', 'TRACKING', 'ON', ...trackingOptions(random)]],
  (random) => [['CLIENT', 'TRACKING', 'ON', ...trackingOptions(random)]],
  (random) => [['CLIENT', 'TRACKING', 'OFF', ...(random.chance(0.1) ? trackingOptions(random) : [])]],
  (random) => [
    ['CLIENT', 'CACHING', random.pick(['YES', 'NO', 'yes', 'maybe'])],
    ...(random.chance(0.3) ? [['CLIENT', 'TRACKINGINFO']] : []),
    ...random.pick(reads)(random),
  ],
];

const askingAbout: readonly Make[] = [
  () => [['CLIENT', 'TRACKINGINFO']],
  () => [['CLIENT', 'GETREDIR']],
  () => [['CLIENT', 'INFO']],
];

function swapping(): readonly (readonly StepWord[])[] {
  return [['SWAPDB', '0', '1']];
}

function trackingOptions(random: Random): readonly StepWord[] {
  const words: StepWord[] = [];
  if (random.chance(0.3)) words.push('REDIRECT', random.chance(0.9) ? { connection: random.below(5) } : '999999');
  if (random.chance(0.35)) words.push('BCAST');
  if (words.includes('BCAST') && random.chance(0.6))
    words.push('PREFIX', random.pick(['k', 'j', 'k1', '', 'l', 'q', 'z']));
  if (words.includes('BCAST') && random.chance(0.2)) words.push('PREFIX', random.pick(['h', 'j', 'd']));
  if (random.chance(0.2)) words.push('OPTIN');
  if (random.chance(0.15)) words.push('OPTOUT');
  // What Redis does not send to a client that is gone does not break the redirection: see session-runner.ts.
  const mayBreak = words.includes('REDIRECT') && words.includes('BCAST');
  if (random.chance(0.25) && !mayBreak) words.push('NOLOOP');
  if (random.chance(0.03)) words.push(random.pick(['PREFIX', 'REDIRECT', 'NOPE']));
  return words;
}

const transactions: readonly Make[] = [
  (random) => [['WATCH', key(random), key(random)]],
  (random) => [['WATCH', key(random)]],
  () => [['UNWATCH']],
  () => [['MULTI']],
  () => [['MULTI']],
  () => [['EXEC']],
  () => [['DISCARD']],
];

const broken: readonly Make[] = [() => [['GET']], () => [['NOPE', 'x']], () => [['CLIENT', 'NOPE']], () => [['PING']]];

export const CONNECTIONS = 5;
/** So many may be blocked at once. */
const MOST_BLOCKED = 3;

/** The next step. The last connection never ceases to track, since Redis forgets nothing when nobody does. */
export function nextStep(random: Random, states: readonly ConnectionState[]): SessionStep {
  const free = Array.from(states.keys()).filter((index) => states[index].awaited === 0);
  const connection = random.pick(free);
  const { version, inTransaction } = states[connection];
  const awaited = states.reduce((sum, state) => sum + state.awaited, 0);
  if (inTransaction) {
    // Messages that a subscriber gets inside a transaction break RESP2 in Redis 7.0.
    const pool = random.weighted([
      { item: reads, weight: 6 },
      { item: writes, weight: 6 },
      { item: queueWrites, weight: 3 },
      { item: blocking, weight: 1 },
      { item: mayFlush(awaited), weight: 1 },
      { item: publishing, weight: 2 },
      { item: version === 3 ? subscribing : reads, weight: 1 },
      { item: connection === CONNECTIONS - 1 ? reads : tracking, weight: 2 },
      { item: [(): readonly StepWord[][] => [['EXEC']]], weight: 6 },
      { item: transactions, weight: 1 },
      { item: broken, weight: 0.3 },
    ]);
    return { connection, commands: random.pick(pool)(random).slice(0, 1) };
  }
  if (connection !== CONNECTIONS - 1 && random.chance(0.01)) return reset(connection, version);
  if (random.chance(0.01)) return kill(random, connection);
  if (random.chance(0.12) && free.length > CONNECTIONS - MOST_BLOCKED) return block(random, connection);
  if (awaited > 0 && random.chance(0.03)) return unblock(random, connection);
  const pool = random.weighted([
    { item: reads, weight: 11 },
    { item: queueReads, weight: 3 },
    { item: writes, weight: 9 },
    { item: queueWrites, weight: awaited > 0 ? 8 : 4 },
    { item: mayFlush(awaited), weight: 1 },
    { item: publishing, weight: 4 },
    { item: askingWho, weight: 2 },
    { item: askingAbout, weight: 2 },
    { item: unsubscribing, weight: 3 },
    { item: connection === CONNECTIONS - 1 ? reads : tracking, weight: 5 },
    { item: transactions, weight: 5 },
    { item: broken, weight: 0.5 },
  ]);
  return { connection, commands: random.pick(pool)(random) };
}

function reset(connection: number, version: 2 | 3): SessionStep {
  return { connection, commands: version === 3 ? [['RESET'], ['HELLO', '3']] : [['RESET']] };
}

/** Keys that are ready together, when databases are swapped, Redis serves in no order. */
function mayFlush(awaited: number): readonly Make[] {
  return awaited > 1 ? rareWrites.filter((make) => make !== swapping) : rareWrites;
}

function block(random: Random, connection: number): SessionStep {
  const [words] = random.pick(blocking)(random);
  const awaits = new Set(words.filter((word) => /^[qdz][12]$/.test(String(word)))).size;
  return { connection, commands: [words], awaits };
}

function unblock(random: Random, connection: number): SessionStep {
  const how = random.pick([[], ['TIMEOUT'], ['ERROR']]);
  return { connection, commands: [['CLIENT', 'UNBLOCK', { connection: random.below(CONNECTIONS) }, ...how]] };
}

function kill(random: Random, connection: number): SessionStep {
  const victim = random.below(CONNECTIONS - 1);
  if (victim === connection) return { connection, commands: [['PING']] };
  return { connection, commands: [['CLIENT', 'KILL', 'ID', { connection: victim }]], kills: victim };
}
