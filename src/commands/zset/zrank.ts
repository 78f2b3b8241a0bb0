/**
 * ZRANK and ZREVRANK: where a member stands in the order.
 */
import { type CommandSpec, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';
import { readZset } from './open-zset.ts';

/** What the two have in common. */
const ranking = {
  since: '2.0.0',
  group: 'sorted-set',
  complexity: 'O(log(N))',
  history: [['7.2.0', 'Added the optional `WITHSCORE` argument.']],
  syntax: 'key member [WITHSCORE]',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
} satisfies Partial<CommandSpec>;

export const zrank = defineCommand({
  ...ranking,
  name: 'zrank',
  summary: 'Returns how many members of a sorted set are before a member in the order of scores.',
  run(context) {
    answerRank(context, 'zrank', false);
  },
});

export const zrevrank = defineCommand({
  ...ranking,
  name: 'zrevrank',
  summary: 'Returns how many members of a sorted set are behind a member in the order of scores.',
  run(context) {
    answerRank(context, 'zrevrank', true);
  },
});

function answerRank(context: CommandContext, command: string, reverse: boolean): void {
  const { args, reply } = context;
  const withScore = args.count > 3;
  if (args.count > 4) throw errors.wrongArity(command);
  if (withScore && !args.at(3).equalsIgnoreCase('withscore')) throw errors.syntax;
  const zset = readZset(context, args.at(1));
  const rank = zset === null ? -1 : zset.rank(args.at(2));
  if (zset === null || rank < 0) {
    if (withScore) reply.nullArray();
    else reply.null();
    return;
  }
  if (withScore) reply.array(2);
  reply.integer(reverse ? zset.length - 1 - rank : rank);
  if (withScore) reply.double(zset.foundScore);
}
