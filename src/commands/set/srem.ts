import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_SET } from '../../keyspace/keyspace-events.ts';
import { removeElements } from '../remove-elements.ts';
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
    removeElements(context, openSet(context, context.args.at(1)), EVENT_SET, 'srem');
  },
});
