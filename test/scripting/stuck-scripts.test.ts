/** Scripts that hold the event loop up, over sockets. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { RespClient } from '../support/resp-client.ts';
import { startRespd } from '../support/respd-server.ts';

const FOREVER = 'while true do end';
const STUCK = `string.gsub('a', 'a', function() ${FOREVER} end)`;

const SETTINGS = { 'busy-reply-threshold': '20', appendonly: 'yes', 'aof-use-rdb-preamble': 'no' };

/** Asks until the answer begins so. */
async function hear(client: RespClient, command: readonly string[], beginning: string): Promise<void> {
  for (;;) {
    const reply = (await client.raw(...command)).toString();
    if (reply.startsWith(beginning)) return;
    await sleep(1);
  }
}

/** The commands in the append-only file, by their names. */
function loggedIn(directory: string): string[] {
  const folder = join(directory, 'appendonlydir');
  const name = readdirSync(folder).find((each) => each.endsWith('.incr.aof')) ?? '';
  const lines = readFileSync(join(folder, name), 'utf8').split('\r\n');
  return lines.flatMap((line, index) => (line.startsWith('*') ? [lines[index + 2]] : []));
}

test('others are heard while a script is stuck, and can kill it; what it is in the log is whole', async () => {
  await using server = await startRespd({ config: SETTINGS });
  const [slow, other, third] = await Promise.all([server.connect(), server.connect(), server.connect()]);

  // So that all are let in before.
  for (const client of [slow, other, third]) await client.call('PING');
  const killed = slow.send([['EVAL', STUCK, 0], ['PING']]);
  await hear(other, ['GET', 'k'], '-BUSY');
  const long = 'x'.repeat(300_000);
  const replies = await third.send([['MULTI'], ['SET', 'k', long], ['EXEC'], ['RESET'], ['ECHO', long]]);
  expect(replies.map((reply) => reply.toString().slice(0, 10))).toEqual([
    '+OK\r\n',
    '-BUSY Redi',
    '-EXECABORT',
    '+RESET\r\n',
    '-BUSY Redi',
  ]);
  expect(await other.call('SCRIPT', 'KILL')).toBe('OK');
  expect((await killed).map((reply) => reply.toString().slice(0, 28))).toEqual([
    '-ERR Script killed by user w',
    '+PONG\r\n',
  ]);

  // One write in a script that is interrupted needs no MULTI, two do.
  const loop = 'for i = 1, 40000000 do end';
  for (const script of [`redis.call('incr', 'a') ${loop}`, `redis.call('incr', 'b') ${loop} redis.call('incr', 'b')`]) {
    const running = slow.call('EVAL', script, 0);
    await hear(other, ['GET', 'k'], '-BUSY');
    await running;
    await other.call('APPEND', 'c', 'x');
  }

  // What a script has written that did not come to its end is nowhere.
  const unanswered = slow.raw('EVAL', `redis.call('incr', 'd') ${STUCK}`, 0).catch(() => 'the end');
  await hear(other, ['SCRIPT', 'KILL'], '-UNKILLABLE');
  await other.raw('SHUTDOWN', 'NOSAVE').catch(() => undefined);
  expect(await server.exit()).toBe(0);
  expect(await unanswered).toBe('the end');
  expect(loggedIn(server.directory)).toEqual(['SELECT', 'incr', 'APPEND', 'MULTI', 'incr', 'incr', 'EXEC', 'APPEND']);
}, 60_000);
