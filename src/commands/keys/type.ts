import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_NAMES, typeOf } from '../../keyspace/key-entry.ts';

export const type = defineCommand({
  name: 'type',
  summary: 'Names the type of the value at a key, or none.',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  acl: ['keyspace'],
  keys: oneKey('RO'),
  run({ args, database, keyspace, reply }) {
    const entry = database.lookupUntouched(args.at(1));
    reply.status(entry === NULL ? 'none' : TYPE_NAMES[typeOf(keyspace.heap, entry)]);
  },
});
