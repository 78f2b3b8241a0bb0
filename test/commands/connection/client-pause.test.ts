import { describe, expect, it } from 'vitest';
import type { RespClient } from '../../support/resp-client.ts';
import { besideRedis, infoOf, replies } from './beside-redis.ts';

const both = besideRedis();

/** Resolves when the command of `client` is held back. */
async function heldBack(client: RespClient, id: number): Promise<void> {
  expect(client).toBeDefined();
  await expect.poll(() => both.server.engine.clients.get(id)?.postponed).toBe(true);
}

async function idOf(client: RespClient): Promise<number> {
  return Number(await client.call('CLIENT', 'ID'));
}

describe('CLIENT PAUSE', () => {
  it('refuses bad arguments', async () => {
    const answers = await both.same(async (open) =>
      replies(
        await open(),
        'CLIENT PAUSE',
        'CLIENT PAUSE x',
        'CLIENT PAUSE 1.5',
        'CLIENT PAUSE -1',
        'CLIENT PAUSE 9223372036854775808',
        'CLIENT PAUSE x NOPE',
        'CLIENT PAUSE 1 NOPE',
        'CLIENT PAUSE 1 ALL x',
        'CLIENT UNPAUSE x',
        'SET k v',
      ),
    );
    expect(answers.at(-1)).toBe('+OK\r\n');
  });

  it('of no time pauses nothing', async () => {
    expect(
      await both.same(async (open) => replies(await open(), 'CLIENT PAUSE 0', 'SET k v', 'CLIENT UNPAUSE')),
    ).toEqual(['+OK\r\n', '+OK\r\n', '+OK\r\n']);
  });

  it('holds everything back until its time is over', async () => {
    const answers = await both.same(async (open) => {
      const [client, other] = [await open(), await open()];
      await replies(client, 'SET k before', 'CLIENT PAUSE 150');
      return replies(other, 'GET k', 'SET k after', 'GET k');
    });
    expect(answers).toEqual(['$6\r\nbefore\r\n', '+OK\r\n', '$5\r\nafter\r\n']);
  });

  it('of writes lets everything else through', async () => {
    const answers = await both.same(async (open) => {
      const [client, writer] = [await open(), await open()];
      await replies(client, 'SET k before', 'CLIENT PAUSE 100000 WRITE');
      const written = replies(writer, 'ECHO first', 'SET k after', 'GET k');
      const seen = await replies(client, 'PING', 'GET k', 'MULTI', 'GET k', 'EXEC', 'CLIENT UNPAUSE');
      return [...seen, ...(await written)];
    });
    expect(answers.slice(-4)).toEqual(['+OK\r\n', '$5\r\nfirst\r\n', '+OK\r\n', '$5\r\nafter\r\n']);
  });

  it('of writes lets transactions through whose scripts declare that they do not write', async () => {
    const reading = '#!lua flags=no-writes\nreturn 12';
    const plain = '#!lua\nreturn 13';
    const answers = await both.same(async (open) => {
      const [client, reader, writer] = [await open(), await open(), await open()];
      const id = await idOf(writer);
      // What is a write is not even queued during the pause.
      await writer.call('MULTI');
      await writer.call('EVAL', plain, '0');
      await client.call('CLIENT', 'PAUSE', '100000', 'WRITE');
      const read = [
        await reader.call('MULTI'),
        await reader.call('EVAL', reading, '0'),
        await reader.call('EVAL_RO', 'return 14', '0'),
        await reader.call('EXEC'),
      ];
      const written = writer.call('EXEC');
      const line = async () => String(await client.call('CLIENT', 'LIST', 'ID', String(id)));
      await expect.poll(line).toContain(' flags=xb');
      await client.call('CLIENT', 'UNPAUSE');
      return [...read, await written];
    });
    expect(answers).toEqual(['OK', 'QUEUED', 'QUEUED', [12, 14], [13]]);
  });

  it('answers errors and marks clients that wait as blocked', async () => {
    const flags = await both.same(async (open) => {
      const [client, writer] = [await open(), await open()];
      const id = await idOf(writer);
      await replies(client, 'CLIENT PAUSE 100000 WRITE');
      const errors = await replies(writer, 'SET k', 'NOPE');
      const written = replies(writer, 'SET k v');
      const flagsOf = async () => / flags=(\S+)/.exec(String(await client.call('CLIENT', 'LIST', 'ID', id)))?.[1];
      await expect.poll(flagsOf).toBe('bU');
      await replies(client, 'CLIENT UNPAUSE');
      return [...errors, ...(await written), await flagsOf()];
    });
    expect(flags.slice(2)).toEqual(['+OK\r\n', 'U']);
  });

  it('executes what it held back in the order in which it came', async () => {
    const result = await both.same(async (open) => {
      const client = await open();
      const writers = [await open(), await open(), await open()];
      const ids: number[] = [];
      for (const writer of writers) ids.push(await idOf(writer));
      await replies(client, 'DEL k', 'CLIENT PAUSE 100000 WRITE');
      const written = [];
      for (const [i, writer] of writers.entries()) {
        written.push(replies(writer, `APPEND k ${i}`));
        await expect.poll(async () => String(await client.call('CLIENT', 'LIST', 'ID', ids[i]))).toContain(' flags=b');
      }
      await replies(client, 'CLIENT UNPAUSE');
      await Promise.all(written);
      return replies(client, 'GET k');
    });
    expect(result).toEqual(['$3\r\n012\r\n']);
  });

  it('is only made stricter and longer by another', async () => {
    const [client, reader] = [await both.connect(), await both.connect()];
    const id = await idOf(reader);
    await replies(client, 'CLIENT PAUSE 100000 WRITE');
    expect(await replies(reader, 'GET nothing')).toEqual(['$-1\r\n']);
    await replies(client, 'CLIENT PAUSE 1 ALL');
    const read = replies(reader, 'GET nothing');
    await heldBack(reader, id);
    expect(await replies(client, 'CLIENT UNPAUSE')).toEqual(['+OK\r\n']);
    expect(await read).toEqual(['$-1\r\n']);
  });

  it('forgets clients that go away', async () => {
    const [client, victim] = [await both.connect(), await both.connect()];
    const id = await idOf(victim);
    await replies(client, 'DEL k', 'CLIENT PAUSE 100000 WRITE');
    const lost = replies(victim, 'SET k lost').catch((error: Error) => error.message);
    await heldBack(victim, id);
    expect(await replies(client, `CLIENT KILL ID ${id}`, 'CLIENT UNPAUSE', 'GET k')).toEqual([
      ':1\r\n',
      '+OK\r\n',
      '$-1\r\n',
    ]);
    expect(await lost).toBe('the server closed the connection');
  });

  it('keeps expired keys from sight and in place', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      await replies(client, 'FLUSHALL', 'SET k v PX 1', 'CLIENT PAUSE 100000 WRITE');
      await new Promise((resolve) => setTimeout(resolve, 30));
      return replies(client, 'GET k', 'DBSIZE', 'CLIENT UNPAUSE', 'GET k', 'DBSIZE');
    });
    expect(answers).toEqual(['$-1\r\n', ':1\r\n', '+OK\r\n', '$-1\r\n', ':0\r\n']);
  });

  it('does not hold back UNPAUSE', async () => {
    const [client, other] = [await both.connect(), await both.connect()];
    await replies(client, 'CLIENT PAUSE 100000');
    expect(await replies(other, 'CLIENT UNPAUSE', 'PING')).toEqual(['+OK\r\n', '+PONG\r\n']);
    expect((await infoOf(client)).get('flags')).toBe('U');
  });
});
