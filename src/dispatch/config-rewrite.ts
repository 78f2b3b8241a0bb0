/**
 * CONFIG REWRITE: writes the configuration in use to the file that the server was started with.
 */
import { ConfigError } from '../config/config-error.ts';
import { rewriteConfig } from '../config/rewrite.ts';
import { errors } from '../protocol/errors.ts';
import { ReplyError } from '../protocol/reply-error.ts';
import type { ServerServices } from './server-services.ts';

/**
 * Rewrites the file; answers null, or the error reply where there is no file or it can't be written.
 *
 * @param all write defaults too
 */
export function rewriteConfigFile(server: ServerServices, all = false): ReplyError | null {
  const { config } = server;
  if (config.filePath === null) return errors.noConfigFile;
  try {
    rewriteConfig(config, config.filePath, { users: server.acl.users.configLines(), all });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    server.log('warning', `CONFIG REWRITE failed: ${error.message}`);
    return new ReplyError(`ERR ${error.message}`);
  }
  server.log('notice', `CONFIG REWRITE has written ${config.filePath}`);
  return null;
}
