import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { EVENT_GENERIC } from '../../keyspace/keyspace-events.ts';

export const getdel = defineCommand({
  name: 'getdel',
  summary: 'Returns the string value of a key and deletes the key.',
  since: '6.2.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['write', 'fast'],
  keys: oneKey('RW', 'access', 'delete'),
  run(context) {
    const { args, database, server } = context;
    const key = args.at(1);
    const entry = context.read(key, TYPE_STRING);
    context.replyString(entry);
    if (entry === NULL) return;
    database.removeFound(entry);
    database.changed(key, EVENT_GENERIC, 'del');
    if (server.writeLog.hasSubscribers) {
      context.propagate(server.config.get('lazyfree-lazy-user-del') ? 'UNLINK' : 'DEL', key);
    }
  },
});
