/** The server that a configuration describes, with the lines that are no settings taken into account. */
import { type LoadedConfig, statementError } from '../config/load.ts';
import { RESPD_VERSION } from '../lib/version.ts';
import { Server, type ServerOptions } from '../server.ts';

/** Name and version, as configuration errors show them. */
export const PRODUCT = `respd ${RESPD_VERSION}`;

/**
 * Makes the server, which does not listen yet.
 *
 * @throws {ConfigError} for a line that it can't follow
 */
export function openServer(loaded: LoadedConfig, options: ServerOptions): Server {
  for (const statement of loaded.modules) {
    throw statementError(statement, 'Modules of Redis can not be loaded', PRODUCT);
  }
  const server = new Server({ ...options, config: loaded.config });
  defineUsers(server, loaded);
  renameCommands(server, loaded);
  return server;
}

/** `user`: users, each of them once. */
function defineUsers(server: Server, { users }: LoadedConfig): void {
  const { acl } = server.engine;
  const names = new Set<string>();
  for (const statement of users) {
    const [name, ...rules] = statement.args;
    const problem = acl.hasFile
      ? 'Users are defined either here or in the aclfile, but not in both.'
      : names.has(name)
        ? `Error in user declaration '${name}': Duplicate user found. A user can only be defined once in config files`
        : acl.defineUser(name, rules);
    if (problem !== null) throw statementError(statement, Buffer.from(problem, 'latin1').toString('utf8'), PRODUCT);
    names.add(name);
  }
}

/** `rename-command`, for which it is early enough as long as no client is connected. */
function renameCommands(server: Server, loaded: LoadedConfig): void {
  const { registry } = server.engine;
  for (const statement of loaded.renamedCommands) {
    const [name, newName] = statement.args.map((arg) => arg.toLowerCase());
    const refuse = (reason: string): never => {
      throw statementError(statement, reason, PRODUCT);
    };
    if (registry.named(name)?.parent !== null) refuse('No such command in rename-command');
    if (newName !== name && registry.named(newName) !== undefined) refuse('Target command name already exists');
    registry.rename(name, newName);
  }
}
