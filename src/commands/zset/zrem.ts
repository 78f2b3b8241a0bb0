import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_ZSET } from '../../keyspace/keyspace-events.ts';
import { removeElements } from '../remove-elements.ts';
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
    removeElements(context, openZset(context, context.args.at(1)), EVENT_ZSET, 'zrem');
  },
});
