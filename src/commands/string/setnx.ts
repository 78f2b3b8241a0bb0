import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';

export const setnx = defineCommand({
  name: 'setnx',
  summary: 'Sets the string value of a key only if the key does not exist.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key value',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('OW', 'insert'),
  run({ args, database, reply }) {
    const key = args.at(1);
    if (database.lookupForWrite(key) !== NULL) {
      reply.integer(0);
      return;
    }
    database.addString(key, args.at(2), NO_DEADLINE);
    database.changed(key, EVENT_STRING, 'set');
    reply.integer(1);
  },
});
