import type { CommandContext } from '../../dispatch/command-context.ts';
import { LOADING } from '../../dispatch/server-state.ts';
import { errors } from '../../protocol/errors.ts';

/** A string's length is kept in 32 bits, whatever the configuration allows. */
const MAX_STRING_BYTES = 2 ** 32 - 1;

/**
 * Refuses a command whose string would become longer than `proto-max-bulk-len`. What a master or the append-only file
 * says has happened is not questioned.
 *
 * @throws ReplyError when it would.
 */
export function checkStringLength(context: CommandContext, length: number): void {
  const { server } = context;
  const obeyed = context.session.role === 'master' || server.state.is(LOADING);
  if (length > MAX_STRING_BYTES || (!obeyed && length > server.config.get('proto-max-bulk-len'))) {
    throw errors.stringTooLong;
  }
}
