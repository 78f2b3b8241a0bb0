import { describe, expect, it } from 'vitest';
import { besideRedis, infoOf, replies } from './beside-redis.ts';

/** Replies without what may differ: the connection's ID and the server's version. */
function withoutOwn(texts: readonly string[]): string[] {
  return texts.map((text) =>
    text.replace(/(\$2\r\nid\r\n):\d+/, '$1:ID').replace(/(\$7\r\nversion\r\n)\$\d+\r\n[\d.]+/, '$1VERSION'),
  );
}

describe('HELLO', () => {
  const both = besideRedis();

  it('answers in the protocol it has chosen', async () => {
    const [three, again, two] = await both.same(async (open) =>
      withoutOwn(await replies(await open(), 'HELLO 3', 'HELLO', 'HELLO 2', 'HELLO')),
    );
    expect(three).toMatch(/^%7\r\n\$6\r\nserver\r\n\$5\r\nredis\r\n/);
    expect(again).toBe(three);
    expect(two).toMatch(/^\*14\r\n/);
  });

  it('names the version whose commands there are', async () => {
    const greeting = await (await both.connect()).call('HELLO', 3);
    expect(greeting).toEqual(
      new Map<string, unknown>([
        ['server', 'redis'],
        ['version', '7.2.4'],
        ['proto', 3],
        ['id', expect.any(Number)],
        ['mode', 'standalone'],
        ['role', 'master'],
        ['modules', []],
      ]),
    );
  });

  it.each([
    'HELLO 1',
    'HELLO 4',
    'HELLO -3',
    'HELLO 9223372036854775807',
    'HELLO x',
    'HELLO 3.0',
    'HELLO 3 AUTH',
    'HELLO 3 AUTH default',
    'HELLO 3 SETNAME',
    'HELLO 3 NOPE',
    'HELLO 3 AUTH nobody x',
    'HELLO 3 AUTH nobody x SETNAME',
  ])('refuses %s and stays in its protocol', async (command) => {
    const [error] = await both.same(async (open) => replies(await open(), command, 'CLIENT GETNAME'));
    expect(error).toMatch(/^-/);
  });

  it('refuses a name that would break CLIENT LIST', async () => {
    const [error] = await both.same(async (open) =>
      (await (await open()).send([['HELLO', 3, 'SETNAME', 'a b']])).map(String),
    );
    expect(error).toBe('-ERR Client names cannot contain spaces, newlines or special characters.\r\n');
  });

  it('keeps what came before a bad option', async () => {
    const [, name] = await both.same(async (open) => replies(await open(), 'HELLO 3 SETNAME a NOPE', 'CLIENT GETNAME'));
    expect(name).toBe('$1\r\na\r\n');
  });

  it('accepts any password while none is set', async () => {
    const [, name] = await both.same(async (open) =>
      withoutOwn(await replies(await open(), 'hello 3 setname n auth default whatever', 'CLIENT GETNAME')),
    );
    expect(name).toBe('$1\r\nn\r\n');
  });
});

describe('HELLO with a password', () => {
  const both = besideRedis({ requirepass: 'secret' });

  it('needs a client that is logged in or logs in', async () => {
    const [refused] = await both.same(async (open) =>
      withoutOwn(
        await replies(
          await open(),
          'HELLO 3',
          'HELLO',
          'HELLO 9',
          'HELLO 3 AUTH default wrong',
          'ECHO a',
          'HELLO 3 AUTH default secret SETNAME n',
          'CLIENT GETNAME',
        ),
      ),
    );
    expect(refused).toMatch(/^-NOAUTH HELLO must be called/);
  });

  it('hides the password', async () => {
    both.server.engine.slowLog.thresholdUs = 0;
    const client = await both.connect();
    await replies(client, 'HELLO 3 AUTH default secret', 'AUTH default secret', 'AUTH wrong');
    both.server.engine.slowLog.thresholdUs = -1;
    const logged = both.server.engine.slowLog
      .newest(10)
      .flatMap(({ args }) => args.map((arg) => Buffer.from(arg).toString()));
    expect(logged).toContain('HELLO');
    expect(logged).toContain('(redacted)');
    expect(logged.join()).not.toMatch(/secret|wrong/);
    expect((await infoOf(client)).get('user')).toBe('default');
  });
});
