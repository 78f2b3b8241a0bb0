import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';

export const getset = defineCommand({
  name: 'getset',
  summary: 'Sets the string value of a key and returns the one it had.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  deprecated: { since: '6.2.0', replacedBy: '`SET` with the `!GET` argument' },
  syntax: 'key value',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'access', 'update'),
  run(context) {
    const { args, database } = context;
    const key = args.at(1);
    const entry = context.read(key, TYPE_STRING);
    context.replyString(entry);
    if (entry === NULL) database.addString(key, args.at(2), NO_DEADLINE);
    else database.setStringFound(entry, args.at(2), NO_DEADLINE);
    database.changed(key, EVENT_STRING, 'set');
    if (context.server.writeLog.hasSubscribers) context.propagate('SET', key, args.at(2));
  },
});
