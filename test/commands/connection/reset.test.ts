import { describe, expect, it } from 'vitest';
import { besideRedis, infoOf, replies, someReplies } from './beside-redis.ts';

const both = besideRedis();

describe('RESET', () => {
  it('goes back to the first database, RESP2 and no name', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      await client.send([
        ['HELLO', '3', 'SETNAME', 'n'],
        ['SELECT', 3],
        ['CLIENT', 'NO-EVICT', 'ON'],
      ]);
      const result = await replies(client, 'RESET', 'CLIENT GETNAME', 'RESET extra');
      const info = await infoOf(client);
      return [...result, ...['db', 'name', 'resp', 'multi', 'user'].map((field) => info.get(field))];
    });
    expect(answers).toEqual([
      '+RESET\r\n',
      '$-1\r\n',
      "-ERR wrong number of arguments for 'reset' command\r\n",
      '0',
      '',
      '2',
      '-1',
      'default',
    ]);
  });

  it('takes modes away, and leaves the library', async () => {
    const client = await both.connect();
    await replies(client, 'CLIENT NO-EVICT ON', 'CLIENT NO-TOUCH ON', 'CLIENT SETINFO lib-name l', 'RESET');
    const info = await infoOf(client);
    expect([info.get('flags'), info.get('lib-name')]).toEqual(['U', 'l']);
  });

  it('forgets the transaction and the watched keys', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      const other = await open();
      await replies(client, 'WATCH k', 'MULTI', 'SET k transaction');
      const result = await replies(client, 'RESET', 'EXEC', 'MULTI');
      await replies(other, 'SET k other');
      return [...result, ...(await replies(client, 'GET k', 'EXEC'))];
    });
    expect(answers).toEqual([
      '+RESET\r\n',
      '-ERR EXEC without MULTI\r\n',
      '+OK\r\n',
      '+QUEUED\r\n',
      '*1\r\n$5\r\nother\r\n',
    ]);
  });

  it('answers although replies were off, and again from then on', async () => {
    const answers = await both.same(async (open) =>
      someReplies(await open(), 2, 'CLIENT REPLY OFF', 'PING', 'RESET', 'PING'),
    );
    expect(answers).toEqual(['+RESET\r\n', '+PONG\r\n']);
  });

  it('is skipped like any command', async () => {
    const answers = await both.same(async (open) => someReplies(await open(), 1, 'CLIENT REPLY SKIP', 'RESET', 'PING'));
    expect(answers).toEqual(['+PONG\r\n']);
  });
});
