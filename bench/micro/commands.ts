/**
 * Nanoseconds per command of a pipeline, from the bytes of the requests to the bytes of the replies, without sockets:
 *
 *     npx tsx bench/micro/commands.ts [--pipeline 64] [--only LPUSH,SADD]
 *
 * Each figure is CPU time, the best of several rounds, so it says what the command costs when nothing comes in between.
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { NO_TRANSPORT } from '../../src/dispatch/transport.ts';
import { Engine } from '../../src/engine.ts';
import { KeyHints, MAX_HINTS } from '../../src/protocol/key-hints.ts';
import { COMMAND, type ParserLimits, RequestParser } from '../../src/protocol/request-parser.ts';
import { scriptTests } from '../suites/scripting.ts';

const BATCHES = 2048;
const MEMBERS = 1_000_000;
const SMALL_KEYS = 100_000;
const VALUE = 'x'.repeat(16);
const MIN_HINTS = 4;

const { values } = parseArgs({
  options: {
    pipeline: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '15' },
    only: { type: 'string', default: '' },
  },
});
const pipeline = Number(values.pipeline);
const rounds = Number(values.rounds);
const only = values.only === '' ? [] : values.only.split(',');

const limits: ParserLimits = { maxBulkBytes: 512 * 1024 * 1024, maxQueryBytes: 1024 ** 3, authenticated: true };
const engine = new Engine();
const port = engine.openClient(NO_TRANSPORT);
const parser = new RequestParser(limits);
const hints = new KeyHints();
const buffer = new Uint8Array(64 * 1024);
const encoder = new TextEncoder();

/** What a connection does with what it reads. */
function receive(bytes: Uint8Array): void {
  buffer.set(bytes);
  parser.feed(buffer, 0, bytes.length);
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
    if (parser.next() !== COMMAND) break;
    port.execute(parser.args, parser.isDrained);
  }
  port.endTurn(0);
  parser.detach();
  port.writer.reset();
}

function request(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

function batch(words: () => readonly string[]): Uint8Array {
  return encoder.encode(Array.from({ length: pipeline }, () => request(words())).join(''));
}

const draw = () => String(Math.floor(Math.random() * MEMBERS)).padStart(12, '0');
/** One of the keys of small collections. */
const drawSmall = () => `small:${String(below(SMALL_KEYS)).padStart(12, '0')}`;

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/** A hash of five short fields. */
function smallHash(): readonly string[] {
  return ['HSET', drawSmall(), ...Array.from({ length: 5 }, (_, i) => [`field:${i}`, `value:${i}`]).flat()];
}

interface Case {
  readonly name: string;
  readonly words: () => readonly string[];
  /** Commands that make the state which each round begins with. */
  readonly before?: () => readonly string[];
  /** How many of these, if not as many as a round has commands. */
  readonly times?: number;
  readonly batches?: number;
}

let turn = 0;
/** A transaction of ten commands, one of its commands at each call. */
const transaction = () => {
  const at = turn++ % 12;
  if (at === 0) return ['MULTI'];
  return at === 11 ? ['EXEC'] : ['SET', `key:${at}`, VALUE];
};

const cases: readonly Case[] = [
  { name: 'PING', words: () => ['PING'] },
  { name: 'GET missing', words: () => ['GET', 'key'] },
  { name: 'SET', words: () => ['SET', 'key:__rand_int__', VALUE] },
  { name: 'SET of 1 M', words: () => ['SET', `key:${draw()}`, VALUE] },
  { name: 'MULTI, 10 SET, EXEC', words: transaction },
  { name: 'LPUSH', words: () => ['LPUSH', 'mylist', VALUE] },
  { name: 'RPUSH', words: () => ['RPUSH', 'mylist', VALUE] },
  { name: 'LPOP', words: () => ['LPOP', 'mylist'], before: () => ['LPUSH', 'mylist', VALUE] },
  { name: 'RPOP', words: () => ['RPOP', 'mylist'], before: () => ['LPUSH', 'mylist', VALUE] },
  { name: 'SADD', words: () => ['SADD', 'myset', `element:${draw()}`] },
  { name: 'HSET', words: () => ['HSET', 'myhash', `element:${draw()}`, VALUE] },
  { name: 'SPOP', words: () => ['SPOP', 'myset'], before: () => ['SADD', 'myset', `element:${draw()}`], times: 1.5 },
  { name: 'ZADD', words: () => ['ZADD', 'myzset', String(Number(draw())), `element:${draw()}`] },
  {
    name: 'ZPOPMIN',
    words: () => ['ZPOPMIN', 'myzset'],
    before: () => ['ZADD', 'myzset', String(Number(draw())), `element:${draw()}`],
    times: 1.5,
  },
  {
    name: 'LRANGE_100',
    words: () => ['LRANGE', 'mylist', '0', '99'],
    before: () => ['LPUSH', 'mylist', VALUE],
    times: 10,
    batches: 128,
  },
  {
    name: 'LRANGE_600',
    words: () => ['LRANGE', 'mylist', '0', '599'],
    before: () => ['LPUSH', 'mylist', VALUE],
    times: 50,
    batches: 32,
  },
  {
    name: 'LINDEX middle of 1 M',
    words: () => ['LINDEX', 'mylist', '500000'],
    before: () => ['LPUSH', 'mylist', VALUE],
    times: 4,
  },
  {
    name: 'GET of 1 M',
    words: () => ['GET', `key:${draw()}`],
    before: () => ['SET', `key:${draw()}`, VALUE],
    times: 2,
  },
  { name: 'small HSET 5 fields', words: smallHash },
  { name: 'small HSET again', words: () => ['HSET', drawSmall(), `field:${below(5)}`, 'value:x'], before: smallHash },
  {
    name: 'small HSET growing',
    words: () => ['HSET', drawSmall(), `field:${below(40)}`, 'value:x'],
    times: 3,
    before: () => ['HSET', drawSmall(), `field:${below(40)}`, 'value:x'],
  },
  { name: 'small HGET', words: () => ['HGET', drawSmall(), `field:${below(5)}`], before: smallHash, times: 2 },
  { name: 'small HDEL', words: () => ['HDEL', drawSmall(), `field:${below(5)}`], before: smallHash, times: 2 },
  { name: 'small SADD', words: () => ['SADD', drawSmall(), String(100_000 + below(30))] },
  { name: 'small SADD strings', words: () => ['SADD', drawSmall(), `member:${below(30)}`] },
  {
    name: 'small SISMEMBER',
    words: () => ['SISMEMBER', drawSmall(), `member:${below(5)}`],
    before: () => ['SADD', drawSmall(), `member:${below(5)}`],
    times: 4,
  },
  { name: 'small ZADD', words: () => ['ZADD', drawSmall(), String(below(1000)), `member:${below(20)}`] },
  {
    name: 'small ZSCORE',
    words: () => ['ZSCORE', drawSmall(), `member:${below(5)}`],
    before: () => ['ZADD', drawSmall(), '1', `member:${below(5)}`],
    times: 4,
  },
  { name: 'small EXPIRE', words: () => ['EXPIRE', drawSmall(), '1000'], before: smallHash, times: 2 },
  {
    name: 'one HSET again',
    words: () => ['HSET', 'hash', `field:${below(5)}`, 'value:x'],
    before: () => ['HSET', 'hash', `field:${below(5)}`, 'value:x'],
  },
  {
    name: 'one HGET',
    words: () => ['HGET', 'hash', `field:${below(5)}`],
    before: () => ['HSET', 'hash', `field:${below(5)}`, 'value:x'],
  },
  { name: 'one ZADD again', words: () => ['ZADD', 'zset', String(below(1000)), `member:${below(20)}`] },
  ...scriptTests.map(({ label, script, words, isSent }) => ({
    name: `script: ${label}`,
    words: () => [
      ...(isSent === true ? ['EVAL', script] : ['EVALSHA', createHash('sha1').update(script).digest('hex')]),
      ...words.map((word) => word.replace('__rand_int__', draw())),
    ],
    before: () => ['SCRIPT', 'LOAD', script],
    times: 1 / 64,
    batches: 64,
  })),
];

for (const { name, words, before, times = 1, batches = BATCHES } of cases) {
  if (only.length > 0 && !only.some((part) => name.startsWith(part))) continue;
  const requests = Array.from({ length: batches }, () => batch(words));
  const preparation = before && Array.from({ length: Math.min(batches * times, BATCHES * 2) }, () => batch(before));
  // A transaction may have been left open.
  const flush = encoder.encode(request(['DISCARD']) + request(['FLUSHALL']));
  const figures: number[] = [];
  for (let round = 0; round < rounds; round++) {
    receive(flush);
    engine.keyspace.reclaimer.finish();
    if (preparation) for (let i = 0; i < batches * times; i++) receive(preparation[i % preparation.length]);
    const begin = process.cpuUsage();
    for (const bytes of requests) receive(bytes);
    const { user, system } = process.cpuUsage(begin);
    figures.push(((user + system) * 1000) / (batches * pipeline));
  }
  figures.sort((a, b) => a - b);
  const best = figures[0].toFixed(1);
  const middle = figures[figures.length >> 1].toFixed(1);
  console.log(`${name.padEnd(24)} ${best.padStart(10)} ns, median ${middle.padStart(10)}`);
}
process.exit();
