/**
 * ZPOPMIN, ZPOPMAX and ZMPOP: taking away the members with the lowest or highest scores.
 */
import { type CommandSpec, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';
import { openZset } from './open-zset.ts';
import { answerPopped, logPop, type PopEnd, readMultiPop } from './pop.ts';

/** What ZPOPMIN and ZPOPMAX have in common. */
const popping = {
  since: '5.0.0',
  group: 'sorted-set',
  complexity: 'O(log(N)*M) where N is the size of the sorted set and M the number of members removed.',
  syntax: 'key [count]',
  arity: -2,
  flags: ['write', 'fast'],
  keys: oneKey('RW', 'access', 'delete'),
} satisfies Partial<CommandSpec>;

export const zpopmin = defineCommand({
  ...popping,
  name: 'zpopmin',
  summary: 'Takes the members with the lowest scores away from a sorted set and returns them.',
  run(context) {
    popOne(context, 'min');
  },
});

export const zpopmax = defineCommand({
  ...popping,
  name: 'zpopmax',
  summary: 'Takes the members with the highest scores away from a sorted set and returns them.',
  run(context) {
    popOne(context, 'max');
  },
});

export const zmpop = defineCommand({
  name: 'zmpop',
  summary: 'Takes members with the lowest or highest scores away from the first sorted set that exists.',
  since: '7.0.0',
  group: 'sorted-set',
  complexity:
    'O(K) + O(M*log(N)) where K is the number of keys, N the size of the sorted set and M the number of members removed.',
  syntax: 'numkeys key [key ...] <MIN | MAX> [COUNT count]',
  arity: -4,
  flags: ['write'],
  keys: [{ flags: ['RW', 'access', 'delete'], search: { index: 1 }, find: { countAt: 0, firstAt: 1, step: 1 } }],
  run(context) {
    const { args, reply } = context;
    const { firstKey, keys, end, count } = readMultiPop(context, 1);
    for (let i = firstKey; i < firstKey + keys; i++) {
      const key = args.at(i);
      const zset = openZset(context, key);
      if (zset === null) continue;
      const popped = Math.min(count, zset.length);
      reply.array(2);
      reply.bulk(key);
      reply.array(popped);
      answerPopped(context, zset, key, end, popped, true);
      logPop(context, key, end, popped);
      return;
    }
    reply.nullArray();
  },
});

function popOne(context: CommandContext, end: PopEnd): void {
  const { args, reply } = context;
  if (args.count > 3) throw errors.syntax;
  const hasCount = args.count === 3;
  const count = hasCount ? context.position(2, errors.notPositive) : 1;
  if (count < 0) throw errors.notPositive;
  const key = args.at(1);
  const zset = openZset(context, key);
  if (zset === null || count === 0) {
    reply.array(0);
    return;
  }
  const popped = Math.min(count, zset.length);
  const isNested = hasCount && reply.version === 3;
  reply.array(isNested ? popped : popped * 2);
  answerPopped(context, zset, key, end, popped, isNested);
}
