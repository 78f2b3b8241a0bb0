import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';
import { answerSample, readSampleCount } from '../random-sample.ts';
import { readSet } from './open-set.ts';

export const srandmember = defineCommand({
  name: 'srandmember',
  summary: 'Returns members of a set chosen at random.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1) without a count, otherwise O(N), where N is the absolute value of the count.',
  history: [['2.6.0', 'Added the optional `count` argument.']],
  syntax: 'key [count]',
  arity: -2,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output'],
  run(context) {
    const { args, reply } = context;
    if (args.count > 3) throw errors.syntax;
    if (args.count === 3) {
      const count = readSampleCount(context, 2);
      answerSample(
        context,
        readSet(context, args.at(1)),
        count,
        (members) => reply.array(members),
        (member) => reply.bulk(member),
      );
      return;
    }
    const set = readSet(context, args.at(1));
    if (set === null) reply.null();
    else reply.bulk(set.pick());
  },
});
