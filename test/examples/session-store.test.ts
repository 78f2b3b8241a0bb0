import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startRespd } from '../support/respd-server.ts';
import { freePort } from '../support/server-process.ts';
import { ExampleProgram } from './example-program.ts';

it('keeps users logged in when the server is killed and started again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'respd-sessions-'));
  const port = await freePort();
  const options = { directory, config: { port, appendonly: 'yes', appendfsync: 'everysec' } };
  let server = await startRespd(options);
  try {
    await using app = new ExampleProgram('session-store/server.js', {
      REDIS_URL: `redis://127.0.0.1:${port}`,
      PORT: '0',
    });
    const url = await app.printed(/http:\S+/);
    const call = (path: string, cookie: string, body?: object): Promise<Response> =>
      fetch(url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });

    expect((await call('/me', '')).status).toBe(401);
    const login = await call('/login', '', { user: 'ada' });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect(await (await call('/me', cookie)).json()).toEqual({ user: 'ada', visits: 1 });
    const client = await server.connect();
    const [key] = (await client.call('KEYS', 'session:*')) as string[];
    expect(await client.call('TTL', key)).toBeGreaterThan(1700);

    await server.stop('SIGKILL');
    server = await startRespd(options);
    expect(await (await call('/me', cookie)).json()).toEqual({ user: 'ada', visits: 2 });
    expect(await (await server.connect()).call('TTL', key)).toBeGreaterThan(1700);

    expect((await call('/logout', cookie, {})).status).toBe(204);
    expect((await call('/me', cookie)).status).toBe(401);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true });
  }
});
