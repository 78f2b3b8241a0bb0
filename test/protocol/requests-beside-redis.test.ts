import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChunkPool } from '../../src/protocol/chunk-pool.ts';
import { errors } from '../../src/protocol/errors.ts';
import { COMMAND, FAILED, type ParserLimits, RequestParser } from '../../src/protocol/request-parser.ts';
import { RespWriter } from '../../src/protocol/resp-writer.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { encode, latin1, limitsOf } from './request-reader.ts';

/** What a server answers to the input that knows PING and ECHO only. */
function simulate(input: Uint8Array, limits: ParserLimits): string {
  const writer = new RespWriter(new ChunkPool());
  const parser = new RequestParser(limits);
  const { args } = parser;
  parser.feed(input, 0, input.length);
  let result = parser.next();
  for (; result === COMMAND; result = parser.next()) {
    const name = args.at(0);
    const isPing = name.equalsIgnoreCase('ping');
    if (!isPing && !name.equalsIgnoreCase('echo')) writer.error(errors.unknownCommand(args));
    else if (!isPing && args.count !== 2) writer.error(errors.wrongArity('echo'));
    else if (!limits.authenticated) writer.error(errors.noAuth);
    else if (args.count > 2) writer.error(errors.wrongArity('ping'));
    else if (args.count === 1) writer.status('PONG');
    else writer.bulk(args.at(1));
  }
  if (result === FAILED && parser.failure !== null) writer.error(parser.failure);
  return Buffer.concat(writer.takeAll()).toString('latin1');
}

/** Everything Redis answers to the input before it or we close. */
function ask(server: ServerProcess, input: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ path: server.socketPath });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.end(input);
  });
}

const PING = encode(['PING']);
const odd: readonly string[] = [
  '*\r\n',
  '*a\r\n',
  '*1a\r\n',
  '*+1\r\n',
  '*01\r\n',
  '* 1\r\n',
  '*-\r\n',
  '*--1\r\n',
  `*0\r\n${PING}`,
  `*-1\r\n${PING}`,
  `*-9223372036854775808\r\n${PING}`,
  `*-9223372036854775809\r\n${PING}`,
  '*2147483648\r\n',
  '*2147483647\r\n',
  '*9223372036854775807\r\n',
  '*99999999999999999999999\r\n',
  `*1\n$4\nPING\n${PING}`,
  '*1\r\n$4\nPING\n',
  '*1\rx$4\rxPINGxx',
  `*1\r\n$4\r\nPINGxx${PING}`,
  '*1\r\n+4\r\nPING\r\n',
  '*1\r\n4\r\n',
  '*1\r\n4\n',
  '*1\r\n\r\n',
  '*1\r\n\n\r\n',
  '*1\r\n\xff\r\n',
  '*1\r\n\xc3\xa9\r\n',
  '*1\r\n$\r\n',
  '*1\r\n$-1\r\n',
  '*1\r\n$-0\r\n',
  '*1\r\n$04\r\nPING\r\n',
  '*1\r\n$00\r\n\r\n',
  '*1\r\n$4 \r\nPING\r\n',
  '*1\r\n$4\0\r\nPING\r\n',
  '*1\0\r\n',
  `*1\0\r\n${'x'.repeat(65_600)}`,
  '*1\r\n$536870912\r\n',
  '*1\r\n$536870913\r\n',
  '*1\r\n$9223372036854775808\r\n',
  '*1\r\n$99999999999999999999999999\r\n',
  '*1\r\n$0\r\n\r\n',
  `${PING}*x\r\n${PING}`,
  `${PING}*1\r\nx\r\n${PING}`,
  `*${'1'.repeat(65_536)}`,
  `*${'1'.repeat(65_535)}`,
  `*1\r\n$${'1'.repeat(65_536)}`,
  `*1\r\n$${'1'.repeat(65_535)}`,
  'x'.repeat(65_537),
  'x'.repeat(65_536),
  `echo ${'y'.repeat(60_000)}\r\n`,
  'PING\r\nPING\n \r\n\n\r\nping hello\r\n',
  'PING\0\r\n',
  '\r\r\nPING\r\n',
  'PING \r \r\n',
  'PING\r',
  'echo "a b"\r\n',
  'echo "a b\r\nPING\r\n',
  "echo 'a\\'b'\r\n",
  'echo "a"b\r\n',
  'echo a"b"\r\n',
  'echo "\\x41\\x4\\xzz\\n\\q\\""\r\n',
  'echo "a\\"\r\n',
  'echo a\vb\r\n',
  'echo \v\f a\r\n',
  'echo ""\r\n',
  '""\r\n',
  'echo "a"\vPING\r\n',
  `foo ${'arg '.repeat(60)}\r\n`,
  encode(['foo', 'a\r\nb', 'c\0d', '\xff\xfe', 'é']),
  encode(['f\0oo', 'x']),
  encode(['x'.repeat(300), 'y'.repeat(200), 'z']),
  encode(['foo', 'y'.repeat(125), 'zzz', 'tail']),
  encode(['foo', 'y'.repeat(126), 'zzz']),
  encode(['foo', '\xc3\xa9'.repeat(100)]),
  encode(['']),
  encode(['echo']),
  encode(['echo', 'a', 'b']),
  encode(['ping', 'a', 'b']),
  encode(Array.from({ length: 12 }, () => 'a')),
  encode(['echo', 'x'.repeat(20_000)]),
];

describe.skipIf(!hasReferenceRedis)('RequestParser beside Redis (needs redis-server 7.0)', () => {
  let open: ServerProcess;
  let closed: ServerProcess;

  beforeAll(async () => {
    open = await startRedis();
    closed = await startRedis({ config: { requirepass: 'secret' } });
  });

  afterAll(async () => {
    await Promise.all([open?.stop(), closed?.stop()]);
  });

  it.each(odd.map((text) => ({ name: JSON.stringify(text).slice(0, 80), text })))('answers $name', async ({ text }) => {
    const input = latin1(text);
    expect(simulate(input, limitsOf())).toBe(await ask(open, input));
    expect(simulate(input, limitsOf({ authenticated: false }))).toBe(await ask(closed, input));
  });
});
