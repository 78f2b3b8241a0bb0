import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Database } from '../../keyspace/database.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { EVENT_GENERIC } from '../../keyspace/keyspace-events.ts';
import { errors } from '../../protocol/errors.ts';
import { readDatabase } from './database-number.ts';

/** Room for the entry and its way into the table, beyond the value. */
const ENTRY_HEADROOM_BYTES = 64 * 1024;

interface CopyOptions {
  target: Database;
  replace: boolean;
}

export const copy = defineCommand({
  name: 'copy',
  summary: 'Copies the value of a key to another key.',
  since: '6.2.0',
  group: 'generic',
  complexity: 'O(N) where N is the number of elements in the value, or its length for long strings.',
  syntax: 'source destination [DB destination-db] [REPLACE]',
  arity: -3,
  flags: ['write', 'denyoom'],
  acl: ['keyspace'],
  keys: [
    { flags: ['RO', 'access'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
    { flags: ['OW', 'update'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } },
  ],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const { target, replace } = readOptions(context);
    const from = args.at(1);
    const to = args.at(2);
    if (target === database && from.equals(to)) throw errors.sameObject;
    const source = database.lookup(from);
    if (source === NULL) {
      reply.integer(0);
      return;
    }
    if (!keyspace.heap.reserve(database.valueBytes(source) + ENTRY_HEADROOM_BYTES)) throw errors.oom;
    const occupant = target.lookupForWrite(to);
    if (occupant !== NULL) {
      if (!replace) {
        reply.integer(0);
        return;
      }
      target.removeFound(occupant);
    }
    database.copy(from, to, target);
    target.changed(to, EVENT_GENERIC, 'copy_to');
    reply.integer(1);
  },
});

function readOptions(context: CommandContext): CopyOptions {
  const { args } = context;
  const options: CopyOptions = { target: context.database, replace: false };
  for (let i = 3; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('replace')) options.replace = true;
    else if (word.equalsIgnoreCase('db') && i + 1 < args.count) options.target = readDatabase(context, ++i);
    else throw errors.syntax;
  }
  return options;
}
