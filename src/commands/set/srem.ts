import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_GENERIC, EVENT_SET } from '../../keyspace/keyspace-events.ts';
import { openSet } from './open-set.ts';

export const srem = defineCommand({
  name: 'srem',
  summary: 'Takes members away from a set, and the set with its last one.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N), where N is the number of members to be removed.',
  history: [['2.4.0', 'Accepts several members.']],
  syntax: 'key member [member ...]',
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey('RW', 'delete'),
  run(context) {
    const { args, database, keyspace, reply } = context;
    const key = args.at(1);
    const set = openSet(context, key);
    let removed = 0;
    let isGone = false;
    for (let i = 2; i < args.count && set !== null && !isGone; i++) {
      if (!set.delete(args.at(i))) continue;
      removed++;
      isGone = set.removeIfEmpty();
    }
    if (removed > 0) {
      database.changed(key, EVENT_SET, 'srem');
      if (isGone) database.notify(key, EVENT_GENERIC, 'del');
      keyspace.dirty += removed - 1;
    }
    reply.integer(removed);
  },
});
