import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandError, createServer, type EmbeddedServer, ReplyError } from '../../src/index.ts';

let server: EmbeddedServer;

beforeEach(async () => {
  server = await createServer({ port: null });
});

afterEach(() => server.close());

describe('executing a command', () => {
  it('takes texts, numbers and bytes', async () => {
    expect(await server.execute('SET', 'é', 1.5)).toBe('OK');
    expect(await server.execute('APPEND', new TextEncoder().encode('é'), 7n)).toBe(4);
    expect(await server.execute('GET', 'é')).toBe('1.57');
  });

  it('answers numbers, bigints beyond the safe integers, null, arrays and objects', async () => {
    expect(await server.execute('STRLEN', 'none')).toBe(0);
    expect(await server.execute('INCRBY', 'n', '9223372036854775806')).toBe(9223372036854775806n);
    expect(await server.execute('GET', 'none')).toBeNull();
    expect(await server.execute('MGET', 'n', 'none')).toEqual(['9223372036854775806', null]);
    expect(await server.execute('CONFIG', 'GET', 'maxclients')).toEqual({ maxclients: '10000' });
  });

  it('answers buffers where they are asked for', async () => {
    const bytes = new Uint8Array([0, 255, 128, 13, 10]);
    await server.execute('SET', 'k', bytes);
    expect(await server.execute('GET', 'k', { buffers: true })).toEqual(Buffer.from(bytes));
    expect(await server.execute('GET', 'k', { buffers: false })).toBe(Buffer.from(bytes).toString('utf8'));
  });

  it('throws error replies with their code', async () => {
    await server.execute('SET', 'k', 'v');
    const error = await server.execute('HGET', 'k', 'f').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      code: 'WRONGTYPE',
      message: 'WRONGTYPE Operation against a key holding the wrong kind of value',
    });
    await expect(server.execute('NOSUCH')).rejects.toMatchObject({ code: 'ERR' });
    await expect(server.execute('GET')).rejects.toThrow("ERR wrong number of arguments for 'get' command");
  });

  it('needs no password', async () => {
    await server.execute('CONFIG', 'SET', 'requirepass', 'secret');
    expect(await server.execute('PING')).toBe('PONG');
  });

  it('is done in a session that ends with it', async () => {
    await server.execute('SELECT', 3);
    await server.execute('SET', 'k', 'v');
    await server.execute('MULTI');
    expect(await server.execute('DBSIZE')).toBe(1);
  });

  it('waits where the command blocks, while others go on', async () => {
    const popped = server.execute('BLPOP', 'l', 0);
    expect(await server.execute('EXISTS', 'l')).toBe(0);
    expect(await server.execute('RPUSH', 'l', 'a')).toBe(1);
    expect(await popped).toEqual(['l', 'a']);
    expect(await server.execute('BLPOP', 'l', 0.01)).toBeNull();
  });

  it('is rejected when the server is closed while it waits', async () => {
    const popped = server.execute('BLPOP', 'l', 0);
    const expected = expect(popped).rejects.toMatchObject({ code: 'CLOSED' });
    await server.close();
    await expected;
  });

  it('is not held back by CLIENT PAUSE', async () => {
    await server.execute('CLIENT', 'PAUSE', 60_000);
    expect(await server.execute('SET', 'k', 'v')).toBe('OK');
  });
});

describe('a session', () => {
  it('keeps its database and its transaction', async () => {
    using session = server.session();
    await session.execute('SELECT', 3);
    await session.execute('SET', 'k', 'v');
    expect(await server.execute('EXISTS', 'k')).toBe(0);
    expect(await session.execute('MULTI')).toBe('OK');
    expect(await session.execute('GET', 'k')).toBe('QUEUED');
    expect(await session.execute('INCR', 'k')).toBe('QUEUED');
    const replies = await session.execute('EXEC');
    expect(replies).toEqual(['v', expect.any(ReplyError)]);
  });

  it('sees changes of watched keys', async () => {
    using session = server.session();
    await session.execute('WATCH', 'k');
    await server.execute('SET', 'k', 'other');
    await session.execute('MULTI');
    await session.execute('SET', 'k', 'mine');
    expect(await session.execute('EXEC')).toBeNull();
    expect(await server.execute('GET', 'k')).toBe('other');
  });

  it('executes one command after the other, while another session goes on', async () => {
    using session = server.session();
    const order: string[] = [];
    const done = (name: string) => () => order.push(name);
    const pop = session.execute('BLPOP', 'l', 0).then(done('pop'));
    const read = session.execute('LLEN', 'l').then(done('read'));
    await server.execute('PING').then(done('other'));
    await server.execute('RPUSH', 'l', 'a', 'b').then(done('push'));
    await Promise.all([pop, read]);
    expect(order[0]).toBe('other');
    expect(order.indexOf('pop')).toBeLessThan(order.indexOf('read'));
  });

  it('waits for a reply that comes late', async () => {
    await using listening = await createServer();
    using session = listening.session();
    const before = listening.port;
    // The sockets are opened in the background, and the reply is given when they are.
    const change = session.execute('CONFIG', 'SET', 'port', 0);
    const after = session.execute('PING');
    expect(await Promise.all([change, after])).toEqual(['OK', 'PONG']);
    expect(before).toBeGreaterThan(0);
  });

  it('ends by QUIT, and rejects what follows', async () => {
    const session = server.session();
    const replies = await Promise.allSettled([session.execute('QUIT'), session.execute('PING')]);
    expect(replies).toEqual([
      { status: 'fulfilled', value: 'OK' },
      { status: 'rejected', reason: expect.objectContaining({ code: 'CLOSED' }) },
    ]);
    await expect(session.execute('PING')).rejects.toMatchObject({ code: 'CLOSED' });
    session.close();
  });
});
