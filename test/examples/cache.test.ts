import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRespd } from '../support/respd-server.ts';
import { freePort, type ServerProcess } from '../support/server-process.ts';
import { ExampleProgram } from './example-program.ts';
import { hasPostgres, Postgres } from './postgres.ts';

/** Where a user got a product from, and its price. */
type Answer = readonly [from: string | null, price: number];

const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'an append-only file': { appendonly: 'yes' },
  'no persistence': { save: '' },
};

describe.skipIf(!hasPostgres)('a cache in front of PostgreSQL', () => {
  let postgres: Postgres;
  let port: number;

  beforeAll(async () => {
    postgres = await Postgres.start();
    port = await freePort();
  });
  afterAll(() => postgres[Symbol.asyncDispose]());
  beforeEach(() =>
    postgres.run(
      "DROP TABLE IF EXISTS products; CREATE TABLE products (id int PRIMARY KEY, name text, price int); INSERT INTO products VALUES (1, 'tea', 100)",
    ),
  );

  function app(localCache: boolean): ExampleProgram {
    const env = { REDIS_URL: `redis://127.0.0.1:${port}`, DATABASE_URL: postgres.url, PORT: '0' };
    return new ExampleProgram('cache/server.js', { ...env, LOCAL_CACHE: localCache ? 'yes' : 'no' });
  }

  async function read(url: string): Promise<Answer> {
    const response = await fetch(`${url}/products/1`);
    return [response.headers.get('x-from'), ((await response.json()) as { price: number }).price];
  }

  async function change(url: string, price: number): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/products/1`, { method: 'PUT', headers, body: JSON.stringify({ price }) });
    expect(response.status).toBe(204);
  }

  for (const [name, config] of Object.entries(SETTINGS)) {
    it(`never answers what has been changed, with ${name}: not after a crash either`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'respd-cache-'));
      const options = { directory, config: { port, ...config } };
      let server: ServerProcess = await startRespd(options);
      try {
        await using program = app(false);
        const url = await program.printed(/http:\S+/);
        expect(await read(url)).toEqual(['database', 100]);
        expect(await read(url)).toEqual(['cache', 100]);
        const client = await server.connect();
        expect(await client.call('TTL', 'product:1')).toBeGreaterThan(3590);
        // A snapshot with what is changed after it: it must not be what counts.
        if (config.appendonly === 'yes') await client.call('SAVE');

        await change(url, 200);
        await server.stop('SIGKILL');
        server = await startRespd(options);
        expect(await read(url)).toEqual(['database', 200]);
        // The connection that has watched the entry may have been the former server's: then it is not cached yet.
        await expect.poll(() => read(url)).toEqual(['cache', 200]);
      } finally {
        await server.stop();
        rmSync(directory, { recursive: true });
      }
    });
  }

  it('leaves entries alone while a row is changed, and tells of it who keeps a copy', async () => {
    await using server = await startRespd({ config: { port } });
    await using reader = app(true);
    await using writer = app(false);
    const [url, writerUrl] = [await reader.printed(/http:\S+/), await writer.printed(/http:\S+/)];
    const client = await server.connect();
    expect(await read(url)).toEqual(['database', 100]);
    await client.call('SET', 'product:1', 'changing');
    expect([await read(url), await read(url)]).toEqual([
      ['database', 100],
      ['database', 100],
    ]);
    await client.call('DEL', 'product:1');
    expect([await read(url), await read(url)]).toEqual([
      ['database', 100],
      ['cache', 100],
    ]);

    const hits = async (): Promise<number> => Number((await fetch(`${url}/products/1`)).headers.get('x-local-hits'));
    const before = await hits();
    expect(await hits()).toBe(before + 1);
    for (let price = 101; price < 120; price++) {
      await change(writerUrl, price);
      await expect.poll(async () => (await read(url))[1], { interval: 5 }).toBe(price);
    }
  });
});
