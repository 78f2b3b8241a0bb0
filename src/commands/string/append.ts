import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { checkStringLength } from './string-limit.ts';

export const append = defineCommand({
  name: 'append',
  summary: 'Adds bytes at the end of the string at a key. The key is created if it does not exist.',
  since: '2.0.0',
  group: 'string',
  complexity: 'O(N) where N is the number of bytes added, whatever the length of the string',
  syntax: 'key value',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'insert'),
  run(context) {
    const { args, database } = context;
    const key = args.at(1);
    const value = args.at(2);
    const entry = context.write(key, TYPE_STRING);
    let length = value.length;
    if (entry === NULL) {
      database.addString(key, value, NO_DEADLINE);
    } else {
      const oldLength = context.keyspace.stringValues.length(entry);
      length += oldLength;
      checkStringLength(context, length);
      database.writeStringFound(entry, oldLength, value);
    }
    database.changed(key, EVENT_STRING, 'append');
    context.reply.integer(length);
  },
});
