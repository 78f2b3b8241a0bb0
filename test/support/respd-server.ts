/** The server under test as a process of its own. */
import { fileURLToPath } from 'node:url';
import { type Program, type ServerOptions, ServerProcess } from './server-process.ts';

/** `RESPD_BIN` may name a built `dist/cli.js`; otherwise the source runs through tsx. */
export function respdProgram(): Program {
  const built = process.env['RESPD_BIN'];
  const source = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  return {
    name: 'respd',
    command: process.execPath,
    args: built === undefined ? ['--import', 'tsx', source] : [built],
  };
}

/** Starts respd with DEBUG enabled and no persistence unless configured. */
export function startRespd(options: ServerOptions = {}): Promise<ServerProcess> {
  return ServerProcess.start(respdProgram(), {
    ...options,
    config: { 'enable-debug-command': 'yes', ...options.config },
  });
}
