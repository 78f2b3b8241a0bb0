import type { KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { errors } from '../../protocol/errors.ts';
import { relocate } from './relocation.ts';

const SOURCE: KeySpec = {
  flags: ['RW', 'access', 'delete'],
  search: { index: 1 },
  find: { last: 0, step: 1, limit: 0 },
};

export const rename = defineCommand({
  name: 'rename',
  summary: 'Gives a key another name; what had that name before is overwritten.',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  syntax: 'key newkey',
  arity: 3,
  flags: ['write'],
  acl: ['keyspace'],
  keys: [SOURCE, { flags: ['OW', 'update'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } }],
  run(context) {
    renameKey(context, true);
    context.reply.ok();
  },
});

export const renamenx = defineCommand({
  name: 'renamenx',
  summary: 'Gives a key another name if no key has it yet.',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  history: [['3.2.0', 'No longer an error when both names are the same.']],
  syntax: 'key newkey',
  arity: 3,
  flags: ['write', 'fast'],
  acl: ['keyspace'],
  keys: [SOURCE, { flags: ['OW', 'insert'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } }],
  run(context) {
    context.reply.integer(renameKey(context, false) ? 1 : 0);
  },
});

/** True when the key has changed its name. */
function renameKey({ args, database, keyspace }: CommandContext, overwrites: boolean): boolean {
  const from = args.at(1);
  const to = args.at(2);
  if (database.lookupForWrite(from) === NULL) throw errors.noKey;
  if (from.equals(to)) return false;
  const occupant = database.lookupForWrite(to);
  if (occupant !== NULL) {
    if (!overwrites) return false;
    database.removeFound(occupant);
  }
  relocate(keyspace, { database, key: from }, { database, key: to }, ['rename_from', 'rename_to']);
  return true;
}
