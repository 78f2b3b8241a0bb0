import { describe, expect, it } from 'vitest';
import { besideRedis, fieldsOf, infoOf, replies } from './beside-redis.ts';

const both = besideRedis();

/** The fields that do not depend on how a server allocates memory, which numbers it gives or how long it takes. */
const COMPARED = [
  ...['name', 'flags', 'db', 'sub', 'psub', 'ssub', 'multi', 'argv-mem', 'multi-mem'],
  ...['obl', 'oll', 'omem', 'events', 'cmd', 'user', 'redir', 'resp'],
];

function comparable(fields: Map<string, string>): Record<string, string | undefined> {
  for (const name of ['age', 'idle']) expect(fields.get(name)).toMatch(/^\d\d?$/);
  return Object.fromEntries(COMPARED.map((name) => [name, fields.get(name)]));
}

async function linesOf(client: { call(...words: string[]): Promise<unknown> }, ...words: string[]): Promise<string[]> {
  const text = String(await client.call('CLIENT', 'LIST', ...words));
  return text === '' ? [] : text.trimEnd().split('\n');
}

describe('CLIENT INFO', () => {
  it("has the fields of Redis in its order, and 7.2's at the end", async () => {
    const names = await both.same(async (open) =>
      [...(await infoOf(await open())).keys()].filter((name) => !name.startsWith('lib-')),
    );
    expect(names[0]).toBe('id');
    const own = [...(await infoOf(await both.connect())).keys()];
    expect(own).toEqual([...names, 'lib-name', 'lib-ver']);
  });

  it('describes the connection', async () => {
    const info = await both.same(async (open) => {
      const client = await open();
      await replies(client, 'HELLO 3 SETNAME me', 'SELECT 2');
      return comparable(await infoOf(client));
    });
    expect(info).toMatchObject({ name: 'me', db: '2', resp: '3', cmd: 'client|info', 'argv-mem': '10', flags: 'U' });
  });

  it('gives the addresses of a Unix socket', async () => {
    const client = await both.connect();
    const info = await infoOf(client);
    expect(info.get('addr')).toMatch(/respd\.sock:0$/);
    expect(info.get('laddr')).toBe(info.get('addr'));
    expect(Number(info.get('fd'))).toBeGreaterThan(0);
    expect(info.get('id')).toBe(String(await client.call('CLIENT', 'ID')));
  });

  it('is verbatim text in RESP3', async () => {
    const [start] = await both.same(async (open) => {
      const client = await open();
      await client.call('HELLO', 3);
      return [
        String(await client.raw('CLIENT', 'INFO'))
          .replace(/^=\d+/, '=')
          .slice(0, 9),
      ];
    });
    expect(start).toBe('=\r\ntxt:id');
  });
});

describe('CLIENT LIST', () => {
  it('shows transactions, broken watches and the last command', async () => {
    const fields = await both.same(async (open) => {
      const [client, watcher, asking] = [await open(), await open(), await open()];
      await replies(client, 'CLIENT SETNAME queueing', 'MULTI', 'SET key value', 'GET key');
      await replies(watcher, 'CLIENT SETNAME watching', 'WATCH w');
      await replies(asking, 'CLIENT SETNAME asking', 'SET w 1', 'NOPE');
      const lines = (await linesOf(asking)).map(fieldsOf);
      return ['queueing', 'watching', 'asking'].map((name) =>
        comparable(lines.find((line) => line.get('name') === name)!),
      );
    });
    expect(fields).toMatchObject([
      { flags: 'xU', multi: '2', 'multi-mem': '57', cmd: 'get', 'argv-mem': '0' },
      { flags: 'dU', multi: '-1', 'multi-mem': '0', cmd: 'watch' },
      { flags: 'U', cmd: 'client|list', 'argv-mem': '10' },
    ]);
  });

  it('shows EXEC and all that it executes', async () => {
    const lines = await both.same(async (open) => {
      const client = await open();
      await replies(client, 'CLIENT SETNAME executing', 'MULTI', 'PING', 'CLIENT INFO', 'ECHO x');
      const [, info] = (await client.call('EXEC')) as readonly unknown[];
      const after = await client.call('CLIENT', 'INFO');
      return [info, after].map((line) => {
        const fields = fieldsOf(String(line));
        return ['flags', 'multi', 'cmd'].map((field) => fields.get(field));
      });
    });
    expect(lines).toEqual([
      ['xU', '3', 'exec'],
      ['U', '-1', 'client|info'],
    ]);
  });

  it('forgets the last command when there was none of this name', async () => {
    const commands = await both.same(async (open) => {
      const [client, asking] = [await open(), await open()];
      const id = String(await client.call('CLIENT', 'ID'));
      await replies(client, 'NOPE');
      return (await linesOf(asking, 'ID', id)).map((line) => fieldsOf(line).get('cmd'));
    });
    expect(commands).toEqual(['NULL']);
  });

  it('picks by type', async () => {
    const counts = await both.same(async (open) => {
      const client = await open();
      const all = await linesOf(client);
      const results = [];
      for (const type of ['normal', 'MASTER', 'replica', 'slave', 'pubsub']) {
        results.push((await linesOf(client, 'TYPE', type)).length);
      }
      return [results[0] === all.length, ...results.slice(1)];
    });
    expect(counts).toEqual([true, 0, 0, 0, 0]);
  });

  it('picks by ID, as often and in the order in which they are named', async () => {
    const outcome = await both.same(async (open) => {
      const [a, b] = [await open(), await open()];
      const ids = [await a.call('CLIENT', 'ID'), await b.call('CLIENT', 'ID')].map(String);
      const lines = await linesOf(a, 'id', ids[1], '999999', ids[0], ids[1], '-1', '9223372036854775807');
      return lines.map((line) => ids.indexOf(fieldsOf(line).get('id') ?? ''));
    });
    expect(outcome).toEqual([1, 0, 1]);
  });

  it('refuses bad options', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'CLIENT LIST TYPE',
        'CLIENT LIST TYPE nope',
        'CLIENT LIST TYPE normal x',
        'CLIENT LIST ID',
        'CLIENT LIST ID x',
        'CLIENT LIST ID 1 x',
        'CLIENT LIST ID 9223372036854775808',
        'CLIENT LIST NOPE',
        'CLIENT LIST NOPE x',
        'CLIENT INFO x',
      ),
    );
  });

  it('tells of output that the client does not read', async () => {
    const asking = await both.connect();
    const lazy = await both.connect();
    const id = String(await lazy.call('CLIENT', 'ID'));
    const session = both.server.engine.clients.get(Number(id));
    expect(session).toBeDefined();
    session?.reply.text('x'.repeat(300_000));
    const [line] = await linesOf(asking, 'ID', id);
    const fields = fieldsOf(line);
    expect(Number(fields.get('oll'))).toBeGreaterThan(0);
    expect(Number(fields.get('omem'))).toBeGreaterThan(300_000);
    expect(Number(fields.get('tot-mem'))).toBeGreaterThan(Number(fields.get('omem')));
    expect(fields.get('obl')).toBe('0');
  });
});
