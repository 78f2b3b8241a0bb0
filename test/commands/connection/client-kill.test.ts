import { describe, expect, it } from 'vitest';
import type { RespClient } from '../../support/resp-client.ts';
import { besideRedis, infoOf, replies, someReplies } from './beside-redis.ts';

const both = besideRedis();

async function idOf(client: RespClient): Promise<string> {
  return String(await client.call('CLIENT', 'ID'));
}

describe('CLIENT KILL', () => {
  it('closes another connection at once', async () => {
    const answers = await both.same(async (open) => {
      const [killer, victim] = [await open(), await open()];
      const id = await idOf(victim);
      const result = await replies(killer, `CLIENT KILL ID ${id}`, `CLIENT KILL ID ${id}`, `CLIENT LIST ID ${id}`);
      await victim.closed();
      return result;
    });
    expect(answers).toEqual([':1\r\n', ':0\r\n', '$0\r\n\r\n']);
  });

  it('answers itself first, and executes nothing more', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      const id = await idOf(client);
      const result = await someReplies(client, 1, `CLIENT KILL ID ${id} SKIPME no`, 'SET survivor 1');
      await client.closed();
      return [...result, ...(await replies(await open(), 'GET survivor'))];
    });
    expect(answers).toEqual([':1\r\n', '$-1\r\n']);
  });

  it('spares itself unless told otherwise', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      const id = await idOf(client);
      return replies(client, `CLIENT KILL ID ${id}`, `CLIENT KILL ID ${id} SKIPME yes`, 'PING');
    });
    expect(answers).toEqual([':0\r\n', ':0\r\n', '+PONG\r\n']);
  });

  it('drops what the other has not been sent', async () => {
    const [killer, victim] = [await both.connect(), await both.connect()];
    const session = both.server.engine.clients.get(Number(await idOf(victim)));
    session?.reply.text('never');
    await replies(killer, `CLIENT KILL ID ${session?.id}`);
    await victim.closed();
    expect(session?.closed).toBe(true);
  });

  it('by address closes all of a Unix socket, in the old form itself too', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      const address = (await infoOf(client)).get('addr') as string;
      const others = [await open(), await open()];
      for (const other of others) await other.call('PING');
      const result = await replies(client, `CLIENT KILL ADDR ${address} LADDR nowhere`);
      await replies(client, `CLIENT KILL ADDR ${address}`);
      for (const other of others) await other.closed();
      result.push(...(await replies(client, `CLIENT KILL LADDR ${address} TYPE normal USER default`)));
      result.push(...(await replies(client, `CLIENT KILL ${address}`)));
      await client.closed();
      return result;
    });
    expect(answers).toEqual([':0\r\n', ':0\r\n', '+OK\r\n']);
  });

  it('by type and user', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      const victim = await open();
      await victim.call('PING');
      const none = await replies(client, 'CLIENT KILL TYPE pubsub', 'CLIENT KILL TYPE master USER default');
      await replies(client, 'CLIENT KILL USER default TYPE NORMAL');
      await victim.closed();
      return none;
    });
    expect(answers).toEqual([':0\r\n', ':0\r\n']);
  });

  it('refuses bad options and closes nobody', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      return replies(
        client,
        'CLIENT KILL',
        'CLIENT KILL 127.0.0.1:1',
        'CLIENT KILL ID',
        'CLIENT KILL ID x',
        'CLIENT KILL ID 0',
        'CLIENT KILL ID -1',
        'CLIENT KILL ID 9223372036854775807',
        'CLIENT KILL ID 9223372036854775808',
        'CLIENT KILL TYPE nope',
        'CLIENT KILL USER nope',
        'CLIENT KILL SKIPME maybe',
        'CLIENT KILL NOPE x',
        'CLIENT KILL TYPE normal SKIPME',
        'CLIENT KILL TYPE normal NOPE x',
        'PING',
      );
    });
    expect(answers.at(-1)).toBe('+PONG\r\n');
    expect(answers[1]).toBe('-ERR No such client\r\n');
  });
});
