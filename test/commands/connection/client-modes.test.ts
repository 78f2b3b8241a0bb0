import { describe, expect, it } from 'vitest';
import { besideRedis, infoOf, replies, someReplies } from './beside-redis.ts';

const both = besideRedis();

describe('CLIENT REPLY', () => {
  it.each<[why: string, commands: readonly string[], expected: readonly string[]]>([
    ['ON answers', ['CLIENT REPLY ON', 'PING'], ['+OK\r\n', '+PONG\r\n']],
    [
      'OFF silences replies and errors until ON',
      [
        'CLIENT REPLY OFF',
        'PING',
        'NOPE',
        'GET',
        'CLIENT REPLY NOPE',
        'CLIENT NOPE',
        'LPOP',
        'client reply on',
        'PING',
      ],
      ['+OK\r\n', '+PONG\r\n'],
    ],
    [
      'OFF executes all the same',
      ['CLIENT REPLY OFF', 'SET off v', 'SELECT 1', 'SELECT 0', 'CLIENT REPLY ON', 'GET off'],
      ['+OK\r\n', '$1\r\nv\r\n'],
    ],
    ['SKIP drops exactly one', ['CLIENT REPLY SKIP', 'ECHO a', 'ECHO b'], ['$1\r\nb\r\n']],
    ['SKIP drops an error', ['CLIENT REPLY SKIP', 'GET', 'ECHO b'], ['$1\r\nb\r\n']],
    ['SKIP drops an unknown command', ['CLIENT REPLY SKIP', 'NOPE', 'ECHO b'], ['$1\r\nb\r\n']],
    ['SKIP drops an unknown subcommand', ['CLIENT REPLY SKIP', 'CLIENT NOPE', 'ECHO b'], ['$1\r\nb\r\n']],
    ['SKIP twice drops the one after', ['CLIENT REPLY SKIP', 'CLIENT REPLY SKIP', 'ECHO a', 'ECHO b'], ['$1\r\nb\r\n']],
    ['ON after SKIP answers', ['CLIENT REPLY SKIP', 'CLIENT REPLY ON', 'ECHO b'], ['+OK\r\n', '$1\r\nb\r\n']],
    [
      'OFF after SKIP stays off',
      ['CLIENT REPLY SKIP', 'CLIENT REPLY OFF', 'ECHO a', 'ECHO b', 'CLIENT REPLY ON'],
      ['+OK\r\n'],
    ],
    [
      'SKIP while OFF changes nothing',
      ['CLIENT REPLY OFF', 'CLIENT REPLY SKIP', 'ECHO a', 'ECHO b', 'CLIENT REPLY ON', 'ECHO c'],
      ['+OK\r\n', '$1\r\nc\r\n'],
    ],
    [
      'SKIP drops what a transaction queues',
      ['CLIENT REPLY SKIP', 'MULTI', 'ECHO a', 'EXEC'],
      ['+QUEUED\r\n', '*1\r\n$1\r\na\r\n'],
    ],
    ['the protocol may change meanwhile', ['CLIENT REPLY SKIP', 'HELLO 3', 'CLIENT GETNAME'], ['_\r\n']],
    ['other words are refused', ['CLIENT REPLY NOPE', 'PING'], ['-ERR syntax error\r\n', '+PONG\r\n']],
  ])('%s', async (_why, commands, expected) => {
    const answers = await both.same(async (open) =>
      someReplies(await open(), expected.length + 1, ...commands, 'ECHO end'),
    );
    expect(answers).toEqual([...expected, '$3\r\nend\r\n']);
  });

  it('drops the late reply of a command that waits', async () => {
    const client = await both.connect();
    const id = Number(await client.call('CLIENT', 'ID'));
    const session = both.server.engine.clients.get(id);
    const other = await both.connect();
    await replies(other, 'CLIENT PAUSE 100000 WRITE');
    const answered = someReplies(client, 1, 'CLIENT REPLY SKIP', 'SET late v', 'GET late');
    await expect.poll(() => session?.postponed).toBe(true);
    await replies(other, 'CLIENT UNPAUSE');
    expect(await answered).toEqual(['$1\r\nv\r\n']);
  });
});

describe('CLIENT NO-EVICT and NO-TOUCH', () => {
  it('show in the flags', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      const results = await replies(client, 'CLIENT NO-EVICT on', 'CLIENT NO-EVICT NOPE', 'CLIENT NO-EVICT');
      const flags = (await infoOf(client)).get('flags');
      return [
        ...results,
        flags,
        ...(await replies(client, 'CLIENT NO-EVICT OFF')),
        (await infoOf(client)).get('flags'),
      ];
    });
    expect(answers).toEqual([
      '+OK\r\n',
      '-ERR syntax error\r\n',
      "-ERR wrong number of arguments for 'client|no-evict' command\r\n",
      'Ue',
      '+OK\r\n',
      'U',
    ]);
    const client = await both.connect();
    expect(await replies(client, 'CLIENT NO-TOUCH ON', 'CLIENT NO-TOUCH NOPE')).toEqual([
      '+OK\r\n',
      '-ERR syntax error\r\n',
    ]);
    expect((await infoOf(client)).get('flags')).toBe('UT');
    expect(await replies(client, 'CLIENT NO-TOUCH OFF')).toEqual(['+OK\r\n']);
    expect((await infoOf(client)).get('flags')).toBe('U');
  });
});

describe('CLIENT GETREDIR', () => {
  it('answers -1 without tracking', async () => {
    expect(await both.same(async (open) => replies(await open(), 'CLIENT GETREDIR'))).toEqual([':-1\r\n']);
  });
});
