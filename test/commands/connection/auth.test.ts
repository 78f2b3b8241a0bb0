import { describe, expect, it } from 'vitest';
import { besideRedis, replies } from './beside-redis.ts';

describe('AUTH without a password', () => {
  const both = besideRedis();

  it('says that there is none', async () => {
    const answers = await both.same(async (open) =>
      replies(await open(), 'AUTH x', 'AUTH default x', 'AUTH nobody x', 'AUTH a b c', 'AUTH', 'PING'),
    );
    expect(answers[0]).toMatch(/^-ERR AUTH <password> called without any password configured for the default user\./);
    expect(answers[1]).toBe('+OK\r\n');
    expect(answers[2]).toBe('-WRONGPASS invalid username-password pair or user is disabled.\r\n');
  });
});

describe('AUTH with a password', () => {
  const both = besideRedis({ requirepass: 'sécret' });

  it('lets nothing else through before', async () => {
    const answers = await both.same(async (open) =>
      replies(
        await open(),
        'PING',
        'GET k',
        'CLIENT ID',
        'NOPE',
        'GET',
        'AUTH wrong',
        'AUTH nobody sécret',
        'AUTH default wrong',
        'PING',
        'RESET',
        'AUTH sécret',
        'PING',
        'AUTH wrong',
        'PING',
      ),
    );
    expect(answers[0]).toBe('-NOAUTH Authentication required.\r\n');
    expect(answers.slice(-4)).toEqual(['+OK\r\n', '+PONG\r\n', expect.stringMatching(/^-WRONGPASS/), '+PONG\r\n']);
  });

  it('takes a user and a password', async () => {
    expect(await both.same(async (open) => replies(await open(), 'AUTH default sécret', 'ECHO a'))).toEqual([
      '+OK\r\n',
      '$1\r\na\r\n',
    ]);
  });

  it('lets clients quit that are not logged in', async () => {
    await both.same(async (open) => {
      const client = await open();
      const answer = await replies(client, 'QUIT');
      await client.closed();
      return answer;
    });
  });

  it('closes clients that send too much without logging in', async () => {
    const answer = await both.same(async (open) => {
      const client = await open();
      const [reply] = await client.sendBytes(Buffer.from('*11\r\n'), 1);
      await client.closed();
      return String(reply);
    });
    expect(answer).toBe('-ERR Protocol error: unauthenticated multibulk length\r\n');
  });
});

describe('a password set while clients are connected', () => {
  const both = besideRedis();

  it('is asked of new clients only, and after RESET', async () => {
    const { acl } = both.server.engine;
    const before = await both.connect();
    await before.call('PING');
    acl.setDefaultPassword('secret');
    const after = await both.connect();
    expect(await replies(before, 'PING', 'HELLO 2', 'RESET', 'PING')).toEqual([
      '+PONG\r\n',
      expect.stringMatching(/^\*14/),
      '+RESET\r\n',
      '-NOAUTH Authentication required.\r\n',
    ]);
    expect(await replies(after, 'PING', 'AUTH secret', 'PING')).toEqual([
      '-NOAUTH Authentication required.\r\n',
      '+OK\r\n',
      '+PONG\r\n',
    ]);
    acl.setDefaultPassword('');
    expect(await replies(await both.connect(), 'PING')).toEqual(['+PONG\r\n']);
  });
});
