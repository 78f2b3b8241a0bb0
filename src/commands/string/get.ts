import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { TYPE_STRING } from '../../keyspace/key-entry.ts';

export const get = defineCommand({
  name: 'get',
  summary: 'Returns the string value of a key.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    context.replyString(context.read(context.args.at(1), TYPE_STRING));
  },
});
