import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRespd } from '../support/respd-server.ts';
import type { ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startRespd({ config: { 'client-output-buffer-limit': ['normal', '1mb', '0', '0'] } });
  const client = await server.connect();
  await client.call('HSET', 'hash', 'field', 'value');
  await client.call('SADD', 'set', 'member');
  await client.call('ZADD', 'zset', '1', 'member');
  await client.call('DEBUG', 'POPULATE', '10000', 'k'.repeat(200));
});

afterAll(() => server.stop());

it.each([
  ['HRANDFIELD', 'hash', '-999999999'],
  ['HRANDFIELD', 'hash', '-999999999', 'WITHVALUES'],
  ['SRANDMEMBER', 'set', '-999999999'],
  ['ZRANDMEMBER', 'zset', '-999999999'],
  ['KEYS', '*'],
])('%s %s %s ends where the client is over its output limit, and closes it', async (...words) => {
  const client = await server.connect();
  await expect(client.raw(...words)).rejects.toThrow();
  const other = await server.connect();
  expect((await other.raw('PING')).toString()).toBe('+PONG\r\n');
  expect(server.output).toContain('closed for overcoming of output buffer limits.');
});
