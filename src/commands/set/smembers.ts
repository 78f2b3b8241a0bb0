import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { readSet } from './open-set.ts';

export const smembers = defineCommand({
  name: 'smembers',
  summary: 'Returns all members of a set.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N), where N is the number of members.',
  syntax: 'key',
  arity: 2,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output_order'],
  run(context) {
    const { reply } = context;
    const set = readSet(context, context.args.at(1));
    reply.set(set?.length ?? 0);
    set?.forEach((member) => {
      reply.bulk(member);
    });
  },
});
