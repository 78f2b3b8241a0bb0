/**
 * What random arguments of particular commands need to make sense, and which commands are left out because their
 * replies can't be compared or they would change the connection or the machine.
 */
import type { Word } from '../support/resp-client.ts';
import type { Random } from './random.ts';
import type { KeyFamily } from './values.ts';
import * as values from './values.ts';

/** How the runner executes a command; everything but `plain` is a step of its own, see `special-steps.ts`. */
export type StepKind = 'plain' | 'scan' | 'pop' | 'sample' | 'random-key';

type Fill = (random: Random) => Word;
type Build = (random: Random, key: () => string) => readonly Word[];

export interface Hook {
  /** How often the command comes, compared with 1 for others. */
  readonly weight?: number;
  /** Values of arguments (or whole groups) by their name in the syntax. */
  readonly fill?: Readonly<Record<string, Fill>>;
  /** Names of options never to be given. */
  readonly omit?: readonly string[];
  /** Names of options always to be given. */
  readonly always?: readonly string[];
  /** All arguments at once, in place of the syntax. */
  readonly build?: Build;
  /** The families its keys come from; by default they follow from the command's group. */
  readonly families?: readonly KeyFamily[];
  /** False where a mutated command could run forever, fill the memory or answer differently each time. */
  readonly mutable?: boolean;
  /** False where swapping two arguments could do that. */
  readonly swappable?: boolean;
  readonly kind?: StepKind;
}

const small = (from: number, to: number): Fill => {
  return (random) => String(random.between(from, to));
};
const oneOf = (...from: readonly Word[]): Fill => {
  return (random) => random.pick(from);
};
const sometimes = (probability: number, fill: Fill, otherwise: Fill): Fill => {
  return (random) => (random.chance(probability) ? fill(random) : otherwise(random));
};

const rangeIndex = sometimes(0.93, small(-12, 25), values.integer);
const database = sometimes(0.7, oneOf('0'), oneOf('0', '1', '1', '1', '15', '16', '-1', 'x'));
const scores: Hook = { fill: { min: values.scoreBound, max: values.scoreBound } };
const lexRange: Hook = { families: ['lex'], fill: { min: values.lexBound, max: values.lexBound } };
const streamRange: Hook = {
  fill: {
    start: sometimes(
      0.4,
      oneOf('-', '+'),
      sometimes(0.2, (random) => `(${values.streamId(random)}`, values.streamId),
    ),
    end: sometimes(
      0.4,
      oneOf('+', '-'),
      sometimes(0.2, (random) => `(${values.streamId(random)}`, values.streamId),
    ),
    'min-idle-time': oneOf('0', '0', '100000000'),
  },
};
const geo: Hook = { omit: ['any'] };
const bits: Hook = {
  fill: {
    encoding: oneOf('u1', 'u4', 'i5', 'u8', 'i8', 'i16', 'u31', 'i32', 'u63', 'i64', 'u64', 'i65', 'x'),
    offset: sometimes(0.3, (random) => `#${random.between(0, 20)}`, values.offset),
    value: values.integer,
  },
  swappable: false,
};
const group = oneOf('g1', 'g1', 'g1', 'g1', 'g2', 'g2', 'g3');
/** Ties of SORT BY … ALPHA fall as they will, so the two never meet; nor is there a pattern that means "unsorted". */
const sortWords = (random: Random, key: () => string, stores: boolean): readonly Word[] => {
  const words: Word[] = [key()];
  const alpha = random.chance(0.5);
  if (!alpha && random.chance(0.4)) words.push('BY', random.pick(['*', 'key:*', 'm*', 'key:*->m1', 'key:string:*']));
  if (random.chance(0.3)) words.push('LIMIT', String(random.between(-1, 4)), String(random.between(-1, 9)));
  while (random.chance(0.2)) words.push('GET', random.pick(['#', 'key:*', 'key:hash:0->*', 'key:string:*', 'x']));
  if (random.chance(0.5)) words.push(random.pick(['ASC', 'DESC', 'desc']));
  if (alpha) words.push('ALPHA');
  if (stores && random.chance(0.3)) words.push('STORE', key());
  return words;
};
const sort = (stores: boolean): Hook => ({
  families: ['list', 'set', 'zset'],
  mutable: false,
  build: (random, key) => sortWords(random, key, stores),
});
const keyScan = (extra: Build): Hook => ({
  kind: 'scan',
  mutable: false,
  build: (random, key) => [
    ...extra(random, key),
    '0',
    ...(random.chance(0.4) ? ['MATCH', values.pattern(random)] : []),
    ...(random.chance(0.4) ? ['COUNT', String(random.between(1, 30))] : []),
  ],
});
const collectionScan = keyScan((_random, key) => [key()]);

/** `ZRANGE`'s bounds are ranks, scores or members by an option that comes later. */
function zrangeBounds(random: Random, key: () => string, keys: number): readonly Word[] {
  const by = random.pick(['', '', 'BYSCORE', 'BYLEX']);
  const bound = by === '' ? rangeIndex : by === 'BYSCORE' ? values.scoreBound : values.lexBound;
  const words: Word[] = Array.from({ length: keys }, key);
  if (by === 'BYLEX') words[keys - 1] = values.key(random, 'lex');
  words.push(bound(random), bound(random));
  if (by !== '') words.push(by);
  if (random.chance(0.3)) words.push('REV');
  if (random.chance(0.3)) words.push('LIMIT', String(random.between(-1, 5)), String(random.between(-1, 10)));
  if (keys === 1 && random.chance(0.4)) words.push('WITHSCORES');
  return words;
}

function readStreams(random: Random, key: () => string, newest: string): readonly Word[] {
  const count = random.chance(0.8) ? 1 : 2;
  const words: Word[] = random.chance(0.5) ? ['COUNT', String(random.between(-1, 8))] : [];
  words.push('STREAMS');
  for (let i = 0; i < count; i++) words.push(key());
  for (let i = 0; i < count; i++) words.push(random.chance(0.5) ? newest : values.streamId(random));
  return words;
}

/** By the full name in lower case, subcommands after a space. */
export const HOOKS: Readonly<Record<string, Hook>> = {
  append: { weight: 1.5 },
  bitcount: { fill: { start: rangeIndex, end: rangeIndex } },
  bitfield: bits,
  bitfield_ro: bits,
  bitop: { fill: { operation: oneOf('AND', 'or', 'XOR', 'NOT', 'NOP') } },
  bitpos: { fill: { bit: oneOf('0', '1', '1', '2') } },
  copy: { fill: { 'destination-db': database } },
  decrby: { weight: 1.5 },
  dbsize: { weight: 0.3 },
  discard: { weight: 0.1 },
  echo: { weight: 0.3 },
  exec: { weight: 0.1 },
  expire: { weight: 0.7 },
  flushall: { weight: 0.01 },
  flushdb: { weight: 0.02 },
  geoadd: { weight: 2 },
  georadius: geo,
  georadius_ro: geo,
  georadiusbymember: geo,
  georadiusbymember_ro: geo,
  geosearch: geo,
  geosearchstore: geo,
  hrandfield: { kind: 'sample' },
  hscan: collectionScan,
  hset: { weight: 3 },
  incr: { weight: 1.5 },
  ltrim: { weight: 0.3 },
  lcs: { weight: 0.1 },
  lpush: { weight: 2 },
  move: { weight: 0.3, fill: { db: database } },
  pfadd: { weight: 2 },
  ping: { weight: 0.3 },
  publish: { weight: 0.2 },
  randomkey: { kind: 'random-key', weight: 0.3 },
  restore: { weight: 0.3 },
  rpush: { weight: 3 },
  sadd: { weight: 3 },
  scan: { ...keyScan(() => []), weight: 0.2 },
  select: { weight: 0.4, fill: { index: database } },
  set: { weight: 4 },
  setbit: { fill: { value: oneOf('0', '1', '1', '2') }, swappable: false },
  setrange: { swappable: false },
  sort: sort(true),
  sort_ro: sort(false),
  sinterstore: { weight: 0.5 },
  sdiffstore: { weight: 0.5 },
  spop: { kind: 'pop', weight: 0.5 },
  srandmember: { kind: 'sample' },
  sscan: collectionScan,
  time: { weight: 0.1 },
  swapdb: { weight: 0.1, fill: { index1: database, index2: database } },
  xack: { fill: { group, ID: values.streamId, id: values.streamId } },
  xadd: {
    weight: 4,
    // Never `*`, which depends on the clock.
    fill: { id_or_auto: values.newStreamId },
    mutable: false,
  },
  xautoclaim: { fill: { group, 'min-idle-time': oneOf('0'), start: values.streamId } },
  xclaim: {
    fill: {
      group,
      'min-idle-time': oneOf('0'),
      ID: values.streamId,
      id: values.streamId,
      ms: oneOf('0', '1000'),
      'unix-time-milliseconds': oneOf('1', '1000000'),
      lastid: values.streamId,
    },
  },
  xdel: { fill: { ID: values.streamId, id: values.streamId } },
  unwatch: { weight: 0.1 },
  watch: { weight: 0.3 },
  'xgroup create': { weight: 2, always: ['mkstream'] },
  'xgroup delconsumer': { weight: 0.3 },
  'xgroup destroy': { weight: 0.2 },
  xpending: streamRange,
  xrange: streamRange,
  xread: { build: (random, key) => readStreams(random, key, '$'), mutable: false },
  xreadgroup: {
    weight: 2,
    mutable: false,
    build: (random, key) => [
      'GROUP',
      group(random),
      random.pick(['c1', 'c2']),
      ...(random.chance(0.2) ? ['NOACK'] : []),
      ...readStreams(random, key, '>'),
    ],
  },
  xrevrange: streamRange,
  xsetid: {
    weight: 0.3,
    fill: { 'last-id': values.streamId, max_deleted_entry_id: values.streamId, 'max-deleted-id': values.streamId },
  },
  zadd: { weight: 4 },
  zcount: scores,
  zlexcount: lexRange,
  zrandmember: { kind: 'sample' },
  zrange: { weight: 2, build: (random, key) => zrangeBounds(random, key, 1) },
  zrangebylex: lexRange,
  zrangebyscore: scores,
  zrangestore: { swappable: false, build: (random, key) => zrangeBounds(random, key, 2) },
  // WITHSCORE came with 7.2.
  zrank: { omit: ['withscore'], mutable: false },
  zrevrank: { omit: ['withscore'], mutable: false },
  zremrangebylex: { ...lexRange, weight: 0.2 },
  zdiffstore: { weight: 0.4 },
  zinterstore: { weight: 0.6 },
  zremrangebyscore: { ...scores, weight: 0.3 },
  zremrangebyrank: { weight: 0.3 },
  zrevrangebylex: lexRange,
  zrevrangebyscore: scores,
  zscan: collectionScan,
};

/** Further forms of commands. */
export const EXTRA_FORMS: readonly { readonly name: string; readonly hook: Hook }[] = [
  {
    name: 'zadd',
    hook: {
      mutable: false,
      weight: 2,
      build: (random) => [
        values.key(random, 'lex'),
        ...Array.from({ length: random.between(1, 4) }, () => ['0', values.member(random)]).flat(),
      ],
    },
  },
  { name: 'zrem', hook: { families: ['lex'], weight: 0.3 } },
  { name: 'del', hook: { families: ['lex'], weight: 0.05 } },
];

/** Values by the name an argument has in whichever command. */
export const FILLS_BY_NAME: Readonly<Record<string, Fill>> = {
  consumer: oneOf('c1', 'c2'),
  consumername: oneOf('c1', 'c2'),
  'connection-name': oneOf('name', '', 'with space', 'n\n'),
  count: values.count,
  cursor: oneOf('0'),
  db: database,
  element: values.member,
  end: rangeIndex,
  entries_added: small(0, 100),
  'entries-added': small(0, 100),
  entries_read: small(-1, 30),
  'entries-read': small(-1, 30),
  field: values.member,
  group,
  groupname: group,
  ID: values.streamId,
  id: values.streamId,
  index: rangeIndex,
  latitude: (random) => values.coordinate(random, 85),
  limit: small(-1, 5),
  longitude: (random) => values.coordinate(random, 180),
  member: values.member,
  member1: values.member,
  member2: values.member,
  milliseconds: (random) => values.duration(random, 1000),
  height: (random) => String(random.between(-1, 5000)),
  offset: values.offset,
  pivot: values.member,
  radius: (random) => String(random.between(-1, 8000)),
  seconds: (random) => values.duration(random, 1),
  start: rangeIndex,
  stop: rangeIndex,
  threshold: small(0, 60),
  timeout: oneOf('0.001'),
  ttl: (random) => values.duration(random, 1000),
  'unix-time-milliseconds': (random) => values.deadline(random, 1000),
  'unix-time-seconds': (random) => values.deadline(random, 1),
  width: (random) => String(random.between(-1, 5000)),
};

/** Arguments whose values must not be mixed up with others: a key that lives a second makes runs differ. */
export const TIME_ARGUMENTS: ReadonlySet<string> = new Set([
  'seconds',
  'milliseconds',
  'ttl',
  'unix-time-seconds',
  'unix-time-milliseconds',
]);

const FAMILIES_BY_GROUP: Readonly<Record<string, readonly KeyFamily[]>> = {
  bitmap: ['string'],
  geo: ['geo'],
  hash: ['hash'],
  hyperloglog: ['hll'],
  list: ['list'],
  set: ['set'],
  'sorted-set': ['zset'],
  stream: ['stream'],
  string: ['string'],
};

/** Where a command's keys come from; null for all families. */
export function familiesOf(group: string): readonly KeyFamily[] | null {
  return FAMILIES_BY_GROUP[group] ?? null;
}

const COMPARED_GROUPS: ReadonlySet<string> = new Set([
  'bitmap',
  'generic',
  'geo',
  'hash',
  'hyperloglog',
  'list',
  'set',
  'sorted-set',
  'stream',
  'string',
]);

/** Of other groups, the commands that answer the same everywhere. */
const COMPARED_COMMANDS: ReadonlySet<string> = new Set([
  'client getname',
  'client setname',
  'dbsize',
  'discard',
  'echo',
  'exec',
  'flushall',
  'flushdb',
  'ping',
  'publish',
  'select',
  'swapdb',
  'time',
  'unwatch',
  'watch',
]);

const LEFT_OUT: ReadonlySet<string> = new Set([
  'migrate',
  'pfdebug',
  'pfselftest',
  'restore-asking',
  'wait',
  'waitaof',
]);

/** Whether a command can take part: its replies are comparable and the reference server has it. */
export function isComparable(name: string, group: string, since: string): boolean {
  if (LEFT_OUT.has(name) || name.endsWith(' help')) return false;
  const [major, minor] = since.split('.').map(Number);
  if (major > 7 || (major === 7 && minor > 0)) return false;
  return COMPARED_GROUPS.has(group) || COMPARED_COMMANDS.has(name);
}
