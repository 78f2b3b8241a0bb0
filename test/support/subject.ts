/**
 * The server that the client tests talk to. `TEST_SUBJECT=redis` runs them against real Redis instead of respd,
 * which is how the tests themselves are checked.
 */
import { startRedis } from './redis-server.ts';
import { startRespd } from './respd-server.ts';
import type { ServerOptions, ServerProcess } from './server-process.ts';

export const testsRedis: boolean = process.env['TEST_SUBJECT'] === 'redis';

export function startSubject(options: ServerOptions = {}): Promise<ServerProcess> {
  return testsRedis ? startRedis(options) : startRespd(options);
}
