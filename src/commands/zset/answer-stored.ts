import type { CommandContext } from '../../dispatch/command-context.ts';
import { EVENT_GENERIC, EVENT_ZSET } from '../../keyspace/keyspace-events.ts';
import type { ZsetBuilder } from '../../keyspace/zset-builder.ts';

/**
 * Puts a result under the key that is the command's first argument, in the place of whatever was there, and answers its
 * size; an empty result deletes the key.
 */
export function answerStored(context: CommandContext, result: ZsetBuilder, event: string): void {
  const { args, database, reply } = context;
  const key = args.at(1);
  const { length } = result;
  if (length > 0) {
    result.attach(database, key);
    database.changed(key, EVENT_ZSET, event);
  } else {
    result.discard();
    if (database.delete(key)) database.changed(key, EVENT_GENERIC, 'del');
  }
  reply.integer(length);
}
