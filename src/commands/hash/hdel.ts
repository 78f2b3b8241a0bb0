import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_GENERIC, EVENT_HASH } from '../../keyspace/keyspace-events.ts';
import { openHash } from './open-hash.ts';

export const hdel = defineCommand({
  name: 'hdel',
  summary: 'Takes fields away from a hash, and the hash with its last one.',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(N), where N is the number of fields to be removed.',
  history: [['2.4.0', 'Accepts several fields.']],
  syntax: 'key field [field ...]',
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey('RW', 'delete'),
  run(context) {
    const { args, database, keyspace, reply } = context;
    const key = args.at(1);
    const hash = openHash(context, key);
    let deleted = 0;
    let isGone = false;
    for (let i = 2; i < args.count && hash !== null && !isGone; i++) {
      if (!hash.delete(args.at(i))) continue;
      deleted++;
      isGone = hash.removeIfEmpty();
    }
    if (deleted > 0) {
      database.changed(key, EVENT_HASH, 'hdel');
      if (isGone) database.notify(key, EVENT_GENERIC, 'del');
      keyspace.dirty += deleted - 1;
    }
    reply.integer(deleted);
  },
});
