import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_HASH } from '../../keyspace/keyspace-events.ts';
import { removeElements } from '../remove-elements.ts';
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
    removeElements(context, openHash(context, context.args.at(1)), EVENT_HASH, 'hdel');
  },
});
