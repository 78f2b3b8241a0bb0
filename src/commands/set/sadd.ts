import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_SET } from '../../keyspace/keyspace-events.ts';
import { openSet } from './open-set.ts';

export const sadd = defineCommand({
  name: 'sadd',
  summary: 'Adds members to a set, creating the set if there is none.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1) for each member, so O(N) to add N members.',
  history: [['2.4.0', 'Accepts several members.']],
  syntax: 'key member [member ...]',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'insert'),
  run(context) {
    const { args, database, keyspace, reply } = context;
    const key = args.at(1);
    const set = openSet(context, key) ?? keyspace.set.createFor(database, key, args.at(2));
    let added = 0;
    for (let i = 2; i < args.count; i++) if (set.add(args.at(i))) added++;
    if (added > 0) {
      database.changed(key, EVENT_SET, 'sadd');
      keyspace.dirty += added - 1;
    }
    reply.integer(added);
  },
});
