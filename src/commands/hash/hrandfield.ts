import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';
import { answerSample, readSampleCount, requirePairCount } from '../random-sample.ts';
import { readHash } from './open-hash.ts';

export const hrandfield = defineCommand({
  name: 'hrandfield',
  summary: 'Returns fields of a hash chosen at random.',
  since: '6.2.0',
  group: 'hash',
  complexity: 'O(N), where N is the number of fields returned',
  syntax: 'key [count [WITHVALUES]]',
  arity: -2,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output'],
  run(context) {
    const { args, reply } = context;
    if (args.count > 2) {
      answerSeveral(context);
      return;
    }
    const hash = readHash(context, args.at(1));
    if (hash === null) reply.null();
    else hash.random((field) => reply.bulk(field));
  },
});

function answerSeveral(context: CommandContext): void {
  const { args, reply } = context;
  const count = readSampleCount(context, 2);
  const withValues = args.count === 4 && args.at(3).equalsIgnoreCase('withvalues');
  if (args.count > 4 || (args.count === 4 && !withValues)) throw errors.syntax;
  if (withValues) requirePairCount(context, 2);
  // In RESP3 a field and its value are an array of two, in RESP2 two elements.
  const nests = withValues && reply.version === 3;
  answerSample(
    context,
    readHash(context, args.at(1)),
    count,
    (fields) => reply.array(withValues && !nests ? fields * 2 : fields),
    (field, value) => {
      if (nests) reply.array(2);
      reply.bulk(field);
      if (withValues) reply.bulk(value);
    },
  );
}
