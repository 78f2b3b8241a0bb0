import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { errors } from '../../protocol/errors.ts';
import { readDatabase } from './database-number.ts';
import { relocate } from './relocation.ts';

export const move = defineCommand({
  name: 'move',
  summary: 'Moves a key to another database, if that has no such key.',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  syntax: 'key db',
  arity: 3,
  flags: ['write', 'fast'],
  acl: ['keyspace'],
  keys: oneKey('RW', 'access', 'update'),
  run(context) {
    const { args, database, keyspace, reply } = context;
    const key = args.at(1);
    const target = readDatabase(context, 2);
    if (target === database) throw errors.sameObject;
    if (database.lookupForWrite(key) === NULL || target.lookupForWrite(key) !== NULL) {
      reply.integer(0);
      return;
    }
    relocate(keyspace, { database, key }, { database: target, key }, ['move_from', 'move_to']);
    reply.integer(1);
  },
});
