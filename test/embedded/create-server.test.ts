import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandError, ConfigError, createServer } from '../../src/index.ts';
import { RespClient } from '../support/resp-client.ts';

describe('a server inside a program', () => {
  it('serves clients at its address', async () => {
    await using server = await createServer();
    expect(server.port).toBeGreaterThan(0);
    expect(server.url).toBe(`redis://127.0.0.1:${server.port}`);
    const client = await RespClient.connect({ port: server.port });
    await server.execute('SET', 'k', 'v');
    expect((await client.raw('GET', 'k')).toString()).toBe('$1\r\nv\r\n');
    await client.close();
  });

  it('serves a Unix socket alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'respd-embedded-'));
    const path = join(folder, 'respd.sock');
    {
      await using server = await createServer({ port: null, unixSocket: path });
      expect([server.port, server.url]).toEqual([0, `unix://${path}`]);
      const client = await RespClient.connect({ path });
      expect((await client.raw('PING')).toString()).toBe('+PONG\r\n');
      await client.close();
    }
    expect(existsSync(path)).toBe(false);
    rmSync(folder, { recursive: true });
  });

  it('needs no socket at all', async () => {
    await using server = await createServer({ port: null });
    expect([server.port, server.url]).toEqual([0, '']);
    expect(await server.execute('PING')).toBe('PONG');
  });

  it('shares nothing with another one', async () => {
    await using one = await createServer({ port: null, config: { databases: 1 } });
    await using two = await createServer({ port: null });
    await one.execute('SET', 'k', 'one');
    expect(await two.execute('EXISTS', 'k')).toBe(0);
    await expect(one.execute('SELECT', 1)).rejects.toThrow('ERR DB index is out of range');
    expect(await two.execute('SELECT', 1)).toBe('OK');
    await one.close();
    expect(await two.execute('PING')).toBe('PONG');
  });

  it('takes directives as values or as texts', async () => {
    const config = { hz: 50, maxmemory: '100mb', 'notify-keyspace-events': 'KEA' } as const;
    await using server = await createServer({ port: null, config });
    expect(await server.execute('CONFIG', 'GET', 'hz')).toEqual({ hz: '50' });
    expect(await server.execute('CONFIG', 'GET', 'maxmemory')).toEqual({ maxmemory: '104857600' });
    expect(await server.execute('CONFIG', 'GET', 'save')).toEqual({ save: '' });
    const bad = createServer({ port: null, config: { maxmemory: 'much' } });
    await expect(bad).rejects.toBeInstanceOf(ConfigError);
    await expect(bad).rejects.toMatchObject({ code: 'CONFIG_BAD_DIRECTIVE' });
  });

  it('fails where its address is taken', async () => {
    await using server = await createServer();
    await expect(createServer({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('does not obey SHUTDOWN', async () => {
    await using server = await createServer({ port: null });
    await expect(server.execute('SHUTDOWN', 'NOSAVE')).rejects.toBeInstanceOf(CommandError);
    expect(await server.execute('PING')).toBe('PONG');
  });

  it('disconnects its clients when it is closed, however often', async () => {
    const server = await createServer();
    const client = await RespClient.connect({ port: server.port });
    const [first] = await Promise.all([server.close(), server.close()]);
    expect(first).toBeUndefined();
    await expect(client.raw('PING')).rejects.toThrow();
    await client.close();
    await expect(server.execute('PING')).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(server.session().execute('PING')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('closes itself and emits an error when an invariant is broken', async () => {
    const lines: string[] = [];
    const server = await createServer({ log: (_level, message) => lines.push(message) });
    const client = await RespClient.connect({ port: server.port });
    const failure = new Error('broken on purpose');
    // A value whose bytes can't be read stands for a fault inside the server.
    const broken = Object.defineProperty(new Uint8Array(8), 'subarray', {
      value() {
        throw failure;
      },
    });
    const emitted = once(server, 'error');
    await expect(server.execute('ECHO', broken)).rejects.toBe(failure);
    expect(await emitted).toEqual([failure]);
    expect(lines.at(-1)).toContain('broken on purpose');
    await expect(server.execute('PING')).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(client.raw('PING')).rejects.toThrow();
    await client.close();
  });
});
