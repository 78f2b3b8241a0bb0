/**
 * ZCOUNT and ZLEXCOUNT: how many members are in a range.
 */
import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { MemberRange } from './member-range.ts';
import { readZset } from './open-zset.ts';
import { ScoreRange } from './score-range.ts';

const scores = new ScoreRange();
const members = new MemberRange();

export const zcount = defineCommand({
  name: 'zcount',
  summary: 'Returns how many members of a sorted set have scores in a range.',
  since: '2.0.0',
  group: 'sorted-set',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  syntax: 'key min max',
  arity: 4,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    answerCount(context, scores.parse(context.args.at(2), context.args.at(3)));
  },
});

export const zlexcount = defineCommand({
  name: 'zlexcount',
  summary: 'Returns how many members of a sorted set of equal scores are in a range.',
  since: '2.8.9',
  group: 'sorted-set',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  syntax: 'key min:string max:string',
  arity: 4,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    answerCount(context, members.parse(context.args.at(2), context.args.at(3)));
  },
});

function answerCount(context: CommandContext, range: ScoreRange | MemberRange): void {
  const zset = readZset(context, context.args.at(1));
  if (zset !== null) range.resolve(zset, false);
  context.reply.integer(zset === null ? 0 : range.to - range.from);
}
