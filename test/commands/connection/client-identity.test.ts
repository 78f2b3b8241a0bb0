import { describe, expect, it } from 'vitest';
import { besideRedis, infoOf, replies } from './beside-redis.ts';

const both = besideRedis();

describe('CLIENT ID', () => {
  it('grows with each connection', async () => {
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(Number(await (await both.connect()).call('CLIENT', 'ID')));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  });
});

describe('CLIENT SETNAME', () => {
  it.each<[name: string | Buffer, reply: string]>([
    ['n', '+OK\r\n'],
    ['!~:/', '+OK\r\n'],
    ['', '+OK\r\n'],
    ['a b', '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'],
    ['a\n', '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'],
    [Buffer.from([0x61, 0]), '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'],
    [Buffer.from([0x7f]), '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'],
    ['é', '-ERR Client names cannot contain spaces, newlines or special characters.\r\n'],
  ])('%j', async (name, reply) => {
    const [, set] = await both.same(async (open) => {
      const client = await open();
      const raw = await client.send([
        ['CLIENT', 'SETNAME', 'before'],
        ['CLIENT', 'SETNAME', name],
        ['CLIENT', 'GETNAME'],
      ]);
      return [...raw.map(String), (await infoOf(client)).get('name')];
    });
    expect(set).toBe(reply);
  });
});

describe('CLIENT SETINFO', () => {
  it("keeps the library's name and version", async () => {
    const client = await both.connect();
    expect(await replies(client, 'CLIENT SETINFO lib-name lib', 'client setinfo LIB-VER 1.2')).toEqual([
      '+OK\r\n',
      '+OK\r\n',
    ]);
    const info = await infoOf(client);
    expect([info.get('lib-name'), info.get('lib-ver')]).toEqual(['lib', '1.2']);
    expect(await client.call('CLIENT', 'SETINFO', 'lib-name', '')).toBe('OK');
    expect((await infoOf(client)).get('lib-name')).toBe('');
  });

  it('refuses what would break CLIENT LIST, and other attributes', async () => {
    const client = await both.connect();
    const answers = await client.send([
      ['CLIENT', 'SETINFO', 'Lib-Name', 'a b'],
      ['CLIENT', 'SETINFO', 'lib-ver', '1\n'],
      ['CLIENT', 'SETINFO', 'nope', 'x'],
      ['CLIENT', 'SETINFO', 'lib-name'],
    ]);
    expect(answers.map(String)).toEqual([
      '-ERR Lib-Name cannot contain spaces, newlines or special characters.\r\n',
      '-ERR lib-ver cannot contain spaces, newlines or special characters.\r\n',
      "-ERR Unrecognized option 'nope'\r\n",
      "-ERR wrong number of arguments for 'client|setinfo' command\r\n",
    ]);
  });
});

describe('CLIENT', () => {
  it('refuses unknown and missing subcommands', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'CLIENT',
        'CLIENT NOPE',
        'client nope x',
        'CLIENT ID x',
        'CLIENT GETNAME x',
        'CLIENT HELP x',
      ),
    );
  });

  it('explains itself between the lines that all containers share', async () => {
    const ends = await both.same(async (open) => {
      const lines = (await (await open()).call('CLIENT', 'HELP')) as string[];
      return [lines[0], ...lines.slice(-2)];
    });
    expect(ends[0]).toBe('CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:');
    const lines = (await (await both.connect()).call('CLIENT', 'HELP')) as string[];
    const explained = new Set(
      lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(' ')[0].toLowerCase()),
    );
    for (const name of both.server.engine.registry.named('client')?.subcommands.keys() ?? []) {
      expect(explained).toContain(name);
    }
  });
});
