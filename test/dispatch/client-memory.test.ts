import { describe, expect, it } from 'vitest';
import { besideRedis, type Open, replies } from '../commands/connection/beside-redis.ts';
import { CommandSession } from '../support/command-session.ts';
import type { RespClient } from '../support/resp-client.ts';

const both = besideRedis();
const MIB = 1024 * 1024;

/** Has the server keep so many bytes for the client: a command that is not complete. */
async function occupy(client: RespClient, bytes: number): Promise<void> {
  await client.sendBytes(Buffer.from(`PING\r\n*2\r\n$4\r\nECHO\r\n$${bytes + 100}\r\n${'x'.repeat(bytes)}`), 1);
}

async function info(client: RespClient, field: string): Promise<string> {
  return new RegExp(`${field}:(\\d+)`).exec(String(await client.call('INFO', 'stats')))?.[1] ?? '';
}

/** The names of the clients that are connected. */
async function names(client: RespClient): Promise<string[]> {
  const lines = String(await client.call('CLIENT', 'LIST'))
    .trim()
    .split('\n');
  return lines.map((line) => / name=(\S*)/.exec(line)?.[1] ?? '').sort();
}

async function named(open: Open, name: string): Promise<RespClient> {
  const client = await open();
  await replies(client, `CLIENT SETNAME ${name}`);
  return client;
}

describe('maxmemory-clients', () => {
  it('disconnects the clients that use most, as Redis does', async () => {
    await both.same(async (open) => {
      const admin = await named(open, 'admin');
      await replies(admin, 'CONFIG SET maxmemory-clients 0', 'CONFIG RESETSTAT', 'CLIENT NO-EVICT ON');
      const small = await named(open, 'small');
      const large = await named(open, 'large');
      const exempt = await named(open, 'exempt');
      await replies(exempt, 'CLIENT NO-EVICT ON');
      await occupy(small, MIB);
      await occupy(large, 5 * MIB);
      await occupy(exempt, 9 * MIB);
      // Above what the two that stay use, below what all do.
      await replies(admin, `CONFIG SET maxmemory-clients ${14 * MIB}`);
      await large.closed();
      const outcome = [await names(admin), await info(admin, 'evicted_clients')];
      for (const client of [small, exempt, admin]) await client.close();
      return outcome;
    });
  });

  it('notices clients that grow, and those that don’t read their replies', async () => {
    await both.same(async (open) => {
      const admin = await named(open, 'admin');
      await replies(admin, 'CLIENT NO-EVICT ON', `CONFIG SET maxmemory-clients ${4 * MIB}`, 'CONFIG RESETSTAT');
      const growing = await named(open, 'growing');
      await occupy(growing, 6 * MIB).catch(() => {});
      await growing.closed();
      await admin.call('SET', 'k', 'x'.repeat(MIB));
      const lazy = await named(open, 'lazy');
      // All in one write, before anything is read.
      await lazy.send(Array.from({ length: 60 }, () => ['GET', 'k'])).catch(() => {});
      await lazy.closed();
      const outcome = [await names(admin), await info(admin, 'evicted_clients')];
      await admin.close();
      return outcome;
    });
  });

  it('disconnects nobody for the output of a client that is over its own limit', async () => {
    await both.same(async (open) => {
      const admin = await named(open, 'admin');
      await replies(admin, 'SETRANGE k 4194304 v', `CONFIG SET maxmemory-clients ${10 * MIB}`, 'CONFIG RESETSTAT');
      await admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 3mb 0 0');
      const waiting = await named(open, 'waiting');
      await occupy(waiting, 7 * MIB);
      const greedy = await named(open, 'greedy');
      await greedy.send([['GET', 'k']]).catch(() => {});
      await greedy.closed();
      const outcome = [await names(admin), await info(admin, 'evicted_clients')];
      await admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 0 0 0');
      await replies(admin, 'CONFIG SET maxmemory-clients 0', 'FLUSHALL');
      for (const client of [waiting, admin]) await client.close();
      return outcome;
    });
  });

  it('may be a percentage of maxmemory, and means nothing without one', async () => {
    await both.same(async (open) => {
      const admin = await named(open, 'admin');
      await replies(admin, 'CLIENT NO-EVICT ON', 'CONFIG SET maxmemory-clients 5%', 'CONFIG RESETSTAT');
      const client = await named(open, 'client');
      await occupy(client, 3 * MIB);
      const before = await names(admin);
      await replies(admin, `CONFIG SET maxmemory ${40 * MIB}`);
      await client.closed();
      const after = await names(admin);
      await replies(admin, 'CONFIG SET maxmemory 0', 'CONFIG SET maxmemory-clients 0');
      await admin.close();
      return [before, after];
    });
  });

  it('counts nothing while there is no limit', () => {
    const s = new CommandSession();
    s.engine.clientMemory.grew(s.session, true);
    s.engine.clientMemory.sample();
    expect(s.session.isEvicted).toBe(false);
    expect(s.engine.clientMemory.evicted).toBe(0);
  });
});
