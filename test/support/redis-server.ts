/** The judge: a real redis-server. */
import { type Program, type ServerOptions, ServerProcess } from './server-process.ts';

export const REDIS_PROGRAM: Program = { name: 'redis-server', command: 'redis-server', args: [] };

/** Starts redis-server with DEBUG enabled and no persistence unless configured. */
export function startRedis(options: ServerOptions = {}): Promise<ServerProcess> {
  return ServerProcess.start(REDIS_PROGRAM, {
    ...options,
    config: { 'enable-debug-command': 'yes', ...options.config },
  });
}
