import { beforeAll, expect, test } from 'vitest';
import { NO_TRANSPORT } from '../../src/dispatch/transport.ts';
import { Engine } from '../../src/engine.ts';
import { KeyHints } from '../../src/protocol/key-hints.ts';
import { COMMAND, RequestParser } from '../../src/protocol/request-parser.ts';

const MEMBERS = 25_000;

let engine: Engine;

/** Executes a pipeline as a connection does, and answers the replies' bytes. */
function pipeline(commands: readonly (readonly (string | number)[])[], looksAhead: boolean): string {
  const request = commands
    .map((words) => `*${words.length}\r\n${words.map((word) => `$${String(word).length}\r\n${word}\r\n`).join('')}`)
    .join('');
  const bytes = new TextEncoder().encode(request);
  const port = engine.openClient(NO_TRANSPORT);
  const parser = new RequestParser({ maxBulkBytes: 1e9, maxQueryBytes: 1e9, authenticated: true });
  const hints = new KeyHints();
  parser.feed(bytes, 0, bytes.length);
  port.beginTurn();
  for (let hinted = 0; ; hinted--) {
    if (hinted === 0 && looksAhead) {
      hinted = Math.max(1, parser.lookAhead(hints));
      if (hints.count > 0) port.prefetch(hints);
    }
    if (parser.next() !== COMMAND) break;
    port.execute(parser.args, parser.isDrained);
  }
  port.endTurn(0);
  const runs = port.writer.takeAll().map((run) => Buffer.from(run).toString('latin1'));
  port.closed();
  return runs.join('');
}

beforeAll(() => {
  engine = new Engine();
  const members = Array.from({ length: MEMBERS }, (_, i) => `member:${i}`);
  pipeline(
    [
      ['SADD', 'set', ...members],
      ['HSET', 'hash', ...members.flatMap((member, i) => [member, i])],
    ],
    false,
  );
  pipeline([['ZADD', 'zset', ...members.flatMap((member, i) => [i, member])]], false);
});

const some = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i * 700);

test.each<[string, (i: number) => (string | number)[], (i: number) => string]>([
  ['SISMEMBER', (i) => ['SISMEMBER', 'set', `member:${i}`], (i) => (i < MEMBERS ? ':1\r\n' : ':0\r\n')],
  ['HGET', (i) => ['HGET', 'hash', `member:${i}`], (i) => (i < MEMBERS ? `$${`${i}`.length}\r\n${i}\r\n` : '$-1\r\n')],
  ['ZRANK', (i) => ['ZRANK', 'zset', `member:${i}`], (i) => (i < MEMBERS ? `:${i}\r\n` : '$-1\r\n')],
  ['SMOVE', (i) => ['SMOVE', 'set', 'set', `member:${i}`], (i) => (i < MEMBERS ? ':1\r\n' : ':0\r\n')],
  ['TYPE', (i) => ['TYPE', i % 2 === 0 ? 'set' : 'zset'], (i) => (i % 2 === 0 ? '+set\r\n' : '+zset\r\n')],
])('pipelines of %s on large collections are answered as without looking ahead', (_name, command, reply) => {
  const numbers = some(3, 50);
  expect(pipeline(numbers.map(command), true)).toBe(numbers.map(reply).join(''));
});

test('members that come and go in the same pipeline are found, or not', () => {
  const commands = some(0, 40).flatMap((i) => [
    ['SADD', 'set', `new:${i}`],
    ['SREM', 'set', `new:${i}`, `member:${i}`],
    ['SISMEMBER', 'set', `member:${i}`],
    ['SADD', 'set', `member:${i}`, `new:${i}`],
    ['ZADD', 'zset', i + 0.5, `member:${i}`],
    ['ZINCRBY', 'zset', -0.5, `member:${i}`],
    ['HSET', 'hash', `member:${i}`, 'v', `new:${i}`, 'w'],
    ['HDEL', 'hash', `new:${i}`],
  ]);
  const removed = (i: number) => (i < MEMBERS ? 2 : 1);
  const expected = some(0, 40).map((i) => {
    const score = `$${`${i}`.length}\r\n${i}\r\n`;
    const isNew = i < MEMBERS ? 0 : 1;
    return `:1\r\n:${removed(i)}\r\n:0\r\n:2\r\n:${isNew}\r\n${score}:${isNew + 1}\r\n:1\r\n`;
  });
  expect(pipeline(commands, true)).toBe(expected.join(''));
  engine.keyspace.verify();
});
