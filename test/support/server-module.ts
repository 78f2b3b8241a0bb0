/**
 * The server, for tests that have it in their own process and whose subject are its threads: from the modules of the
 * build that `RESPD_BIN` names, as for processes, because a thread that has to learn TypeScript first takes five times
 * the time to start. Without a build it is the sources.
 */
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Modules = typeof import('../../src/server.ts') & typeof import('../../src/config/config.ts');

/** Both from the same place: an error of the one is caught by its class in the other. */
export async function serverModule(): Promise<Pick<Modules, 'Server' | 'Config'>> {
  const built = process.env['RESPD_BIN'];
  const load = (name: string): Promise<Modules> => {
    const path = join(dirname(built ?? ''), name);
    return import(built === undefined ? `../../src/${name}.ts` : pathToFileURL(`${path}.js`).href);
  };
  const [{ Server }, { Config }] = await Promise.all([load('server'), load('config/config')]);
  return { Server, Config };
}
