import { afterAll, beforeAll } from 'vitest';
import { startRedis } from './redis-server.ts';
import type { RespClient } from './resp-client.ts';
import type { ServerProcess } from './server-process.ts';

/** A client of a real Redis, which runs during the tests of the block that calls this; it is there once they begin. */
export function referenceClient(): { readonly client: RespClient } {
  let server: ServerProcess | undefined;
  let client: RespClient | undefined;
  beforeAll(async () => {
    server = await startRedis();
    client = await server.connect();
  });
  afterAll(() => server?.stop());
  return {
    get client() {
      if (client === undefined) throw new Error('Redis has not been started');
      return client;
    },
  };
}
