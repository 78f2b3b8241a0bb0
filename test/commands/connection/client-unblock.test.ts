import { describe, expect, it } from 'vitest';
import { besideRedis, replies } from './beside-redis.ts';

const both = besideRedis();

describe('CLIENT UNBLOCK', () => {
  it('answers 0 for clients that do not wait, and refuses bad arguments', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      const id = String(await client.call('CLIENT', 'ID'));
      return replies(
        client,
        `CLIENT UNBLOCK ${id}`,
        'CLIENT UNBLOCK 999999 ERROR',
        'CLIENT UNBLOCK -1 timeout',
        'CLIENT UNBLOCK 9223372036854775807',
        'CLIENT UNBLOCK x',
        'CLIENT UNBLOCK x NOPE',
        'CLIENT UNBLOCK 1 TIMEOUT x',
        'CLIENT UNBLOCK',
      );
    });
    expect(answers.slice(0, 4)).toEqual([':0\r\n', ':0\r\n', ':0\r\n', ':0\r\n']);
  });

  it.each([
    ['', 'timeout'],
    [' TIMEOUT', 'timeout'],
    [' error', 'error'],
  ])('ends the waiting%s', async (reason, expected) => {
    const [client, waiting] = [await both.connect(), await both.connect()];
    const id = Number(await waiting.call('CLIENT', 'ID'));
    const session = both.server.engine.clients.get(id);
    expect(session).toBeDefined();
    if (session === undefined) return;
    const ends: string[] = [];
    session.blocked = {
      hasTimeout: false,
      cancel(how) {
        ends.push(how);
        session.blocked = null;
      },
    };
    expect(await replies(client, `CLIENT UNBLOCK ${id}${reason}`, `CLIENT UNBLOCK ${id}${reason}`)).toEqual([
      ':1\r\n',
      ':0\r\n',
    ]);
    expect(ends).toEqual([expected]);
  });

  it('counts the error that it causes', async () => {
    const [client, waiting] = [await both.connect(), await both.connect()];
    const id = String(await waiting.call('CLIENT', 'ID'));
    await client.call('CONFIG', 'RESETSTAT');
    const answer = waiting.raw('BLPOP', 'list', '0');
    while (Number(await client.call('CLIENT', 'UNBLOCK', id, 'ERROR')) === 0);
    expect(String(await answer)).toMatch(/^-UNBLOCKED /);
    expect(String(await client.call('INFO', 'errorstats'))).toContain('errorstat_UNBLOCKED:count=1\r\n');
    expect(String(await client.call('INFO', 'commandstats'))).toMatch(
      /cmdstat_blpop:calls=1,.*rejected_calls=0,failed_calls=1\r\n/,
    );
  });
});
