import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { expires, NULL } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_GENERIC } from '../../keyspace/keyspace-events.ts';

export const persist = defineCommand({
  name: 'persist',
  summary: 'Takes the deadline off a key, so that it does not expire.',
  since: '2.2.0',
  group: 'generic',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['write', 'fast'],
  acl: ['keyspace'],
  keys: oneKey('RW', 'update'),
  run({ args, database, keyspace, reply }) {
    const key = args.at(1);
    const entry = database.lookupForWrite(key);
    if (entry === NULL || !expires(keyspace.heap, entry)) {
      reply.integer(0);
      return;
    }
    database.setDeadlineFound(entry, NO_DEADLINE);
    database.changed(key, EVENT_GENERIC, 'persist');
    reply.integer(1);
  },
});
