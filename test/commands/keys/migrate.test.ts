import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RespClient } from '../../support/resp-client.ts';
import { startRespd } from '../../support/respd-server.ts';
import type { ServerProcess } from '../../support/server-process.ts';

let from: ServerProcess;
let to: ServerProcess;
let here: RespClient;
let there: RespClient;

beforeAll(async () => {
  [from, to] = await Promise.all([startRespd(), startRespd({ tcp: true })]);
  [here, there] = await Promise.all([from.connect(), to.connect()]);
});

afterAll(async () => {
  await Promise.all([from.stop(), to.stop()]);
});

beforeEach(async () => {
  await Promise.all([here.call('FLUSHALL'), there.call('FLUSHALL')]);
});

async function migrate(...words: readonly string[]): Promise<string> {
  return (await here.raw('MIGRATE', '127.0.0.1', String(to.port), ...words)).toString('latin1');
}

const strings = (client: RespClient, ...keys: string[]): Promise<unknown> => client.call('MGET', ...keys);

describe('MIGRATE', () => {
  it('moves a key with its time to live, to the database that is asked for', async () => {
    await here.call('SET', 'k', 'value', 'PX', '100000');
    expect(await migrate('k', '3', '5000')).toBe('+OK\r\n');
    expect(await here.call('EXISTS', 'k')).toBe(0);
    await there.call('SELECT', '3');
    expect(await there.call('GET', 'k')).toBe('value');
    expect(Number(await there.call('PTTL', 'k'))).toBeGreaterThan(50_000);
    await there.call('SELECT', '0');
    // The connection waits for the next one, which asks for another database.
    expect(String(await here.call('INFO', 'stats'))).toContain('migrate_cached_sockets:1\r\n');
    await here.call('RPUSH', 'list', ...Array.from({ length: 5000 }, (_, i) => `element ${i} ${'x'.repeat(100)}`));
    const digest = await here.call('DEBUG', 'DIGEST-VALUE', 'list');
    expect(await migrate('list', '0', '5000', 'COPY')).toBe('+OK\r\n');
    expect(await there.call('DEBUG', 'DIGEST-VALUE', 'list')).toEqual(digest);
    expect(await here.call('EXISTS', 'list')).toBe(1);
  });

  it('moves several keys, and answers NOKEY where there is none', async () => {
    await here.call('MSET', 'a', '1', 'b', '2', 'c', '3');
    expect(await migrate('', '0', '5000', 'KEYS', 'a', 'x', 'b')).toBe('+OK\r\n');
    expect(await strings(here, 'a', 'b', 'c')).toEqual([null, null, '3']);
    expect(await strings(there, 'a', 'b', 'c', 'x')).toEqual(['1', '2', null, null]);
    expect(await migrate('', '0', '5000', 'KEYS', 'a', 'x')).toBe('+NOKEY\r\n');
  });

  it('deletes only what has arrived', async () => {
    await here.call('MSET', 'a', '1', 'b', '2', 'c', '3');
    await there.call('SET', 'b', 'other');
    expect(await migrate('', '0', '5000', 'KEYS', 'a', 'b', 'c')).toBe(
      '-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n',
    );
    expect(await strings(here, 'a', 'b', 'c')).toEqual([null, '2', null]);
    expect(await migrate('b', '0', '5000', 'REPLACE')).toBe('+OK\r\n');
    expect(await strings(there, 'a', 'b', 'c')).toEqual(['1', '2', '3']);
  });

  it('logs in where it has to', async () => {
    await here.call('SET', 'k', 'v');
    await there.call('CONFIG', 'SET', 'requirepass', 'secret');
    try {
      expect(await migrate('k', '0', '5000', 'AUTH', 'wrong')).toMatch(/^-ERR Target instance .*: WRONGPASS /);
      // The other server may have taken the key all the same, on a connection that was logged in before.
      expect(await here.call('EXISTS', 'k')).toBe(1);
      expect(await migrate('k', '0', '5000', 'REPLACE', 'AUTH2', 'default', 'secret')).toBe('+OK\r\n');
      await here.call('SET', 'k', 'v');
      expect(await migrate('k', '0', '5000', 'REPLACE', 'AUTH', 'secret')).toBe('+OK\r\n');
    } finally {
      await there.call('CONFIG', 'SET', 'requirepass', '');
    }
    expect(JSON.stringify(await here.call('SLOWLOG', 'GET', '100'))).not.toContain('secret');
  });

  it('refuses what makes no sense, before anything is sent', async () => {
    expect(await migrate('k', '0', '5000', 'KEYS', 'a')).toBe(
      '-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string\r\n',
    );
    for (const words of [['AUTH'], ['AUTH2', 'user'], ['NOPE']]) {
      expect(await migrate('k', '0', '5000', ...words)).toBe('-ERR syntax error\r\n');
    }
    expect(await migrate('k', 'x', '5000')).toBe('-ERR value is not an integer or out of range\r\n');
    await here.call('SET', 'k', 'v');
    await here.call('MULTI');
    await migrate('k', '0', '5000');
    expect((await here.raw('EXEC')).toString('latin1')).toMatch(/^\*1\r\n-ERR MIGRATE waits for another server/);
    expect(await here.call('GET', 'k')).toBe('v');
  });
});

describe('a server that does not do what MIGRATE asks for', () => {
  let peer: Server;
  let port = 0;
  let connections = 0;

  /** Listens, and answers every connection by what `onData` says. */
  async function listen(onData: (socket: import('node:net').Socket) => void): Promise<void> {
    peer = createServer((socket) => {
      connections++;
      socket.on('data', () => onData(socket)).on('error', () => undefined);
    });
    peer.listen(0, '127.0.0.1');
    await once(peer, 'listening');
    port = (peer.address() as AddressInfo).port;
    connections = 0;
  }

  afterEach(() => peer.close());

  it('fails with IOERR after the time that was given, while clients go on reading', async () => {
    await listen(() => undefined);
    await here.call('SET', 'k', 'v');
    const [reader, writer] = await Promise.all([from.connect(), from.connect()]);
    const order: string[] = [];
    const note =
      (what: string) =>
      (reply: unknown): void => {
        order.push(`${what} ${String(reply).trimEnd()}`);
      };
    const migration = here.raw('MIGRATE', '127.0.0.1', String(port), 'k', '0', '1000').then(note('migrate'));
    // Sent after MIGRATE was read: its connection is open.
    while (connections === 0) await reader.call('PING');
    const write = writer.raw('SET', 'k', 'new').then(note('set'));
    await reader.raw('GET', 'k').then(note('get'));
    await Promise.all([migration, write]);
    expect(order[0]).toBe('get $1\r\nv');
    expect([...order].sort()).toEqual([
      'get $1\r\nv',
      'migrate -IOERR error or timeout reading to target instance',
      'set +OK',
    ]);
    expect(await here.call('GET', 'k')).toBe('new');
  });

  it('is tried twice when the connection is lost, and no more', async () => {
    await listen((socket) => socket.destroy());
    await here.call('SET', 'k', 'v');
    expect((await here.raw('MIGRATE', '127.0.0.1', String(port), 'k', '0', '5000')).toString()).toMatch(
      /^-IOERR error or timeout (reading|writing) to target instance/,
    );
    expect(connections).toBe(2);
    expect(await here.call('GET', 'k')).toBe('v');
  });

  it('may not be there at all', async () => {
    await listen(() => undefined);
    await new Promise((resolve) => peer.close(resolve));
    await here.call('SET', 'k', 'v');
    expect((await here.raw('MIGRATE', '127.0.0.1', String(port), 'k', '0', '5000')).toString()).toBe(
      '-IOERR error or timeout connecting to the client\r\n',
    );
  });
});
