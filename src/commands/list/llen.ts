import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { readList } from './open-list.ts';

export const llen = defineCommand({
  name: 'llen',
  summary: 'Returns how many elements a list has.',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO'),
  run(context) {
    context.reply.integer(readList(context, context.args.at(1))?.length ?? 0);
  },
});
