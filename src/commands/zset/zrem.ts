import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_GENERIC, EVENT_ZSET } from '../../keyspace/keyspace-events.ts';
import { openZset } from './open-zset.ts';

export const zrem = defineCommand({
  name: 'zrem',
  summary: 'Takes members away from a sorted set, and the sorted set with its last one.',
  since: '1.2.0',
  group: 'sorted-set',
  complexity: 'O(M*log(N)), where N is the size of the sorted set and M the number of members to be removed.',
  history: [['2.4.0', 'Accepts several members.']],
  syntax: 'key member [member ...]',
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey('RW', 'delete'),
  run(context) {
    const { args, database, keyspace, reply } = context;
    const key = args.at(1);
    const zset = openZset(context, key);
    let deleted = 0;
    let isGone = false;
    for (let i = 2; i < args.count && zset !== null && !isGone; i++) {
      if (!zset.delete(args.at(i))) continue;
      deleted++;
      isGone = zset.removeIfEmpty();
    }
    if (deleted > 0) {
      database.changed(key, EVENT_ZSET, 'zrem');
      if (isGone) database.notify(key, EVENT_GENERIC, 'del');
      keyspace.dirty += deleted - 1;
    }
    reply.integer(deleted);
  },
});
