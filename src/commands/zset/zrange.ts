/**
 * ZRANGE, ZRANGESTORE and the older commands that ZRANGE has taken the place of.
 */
import { type CommandSpec, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import { answerStored } from './answer-stored.ts';
import { readZset } from './open-zset.ts';
import { type RangeBy, RangeQuery } from './range-query.ts';
import { addToResult } from './result.ts';

const query = new RangeQuery();

/** What those that answer what they find have in common. */
const ranging = {
  group: 'sorted-set',
  complexity: 'O(log(N)+M) where N is the size of the sorted set and M the number of members returned.',
  arity: -4,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
} satisfies Partial<CommandSpec>;

export const zrange = defineCommand({
  ...ranging,
  name: 'zrange',
  summary: 'Returns the members of a sorted set within a range of ranks, scores or members.',
  since: '1.2.0',
  history: [['6.2.0', 'Added `REV`, `BYSCORE`, `BYLEX` and `LIMIT`.']],
  syntax: 'key start:string stop:string [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]',
  run(context) {
    answerRange(context, null, null);
  },
});

export const zrevrange = defineCommand({
  ...ranging,
  name: 'zrevrange',
  summary: 'Returns the members of a sorted set within a range of ranks, the highest score first.',
  since: '1.2.0',
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` argument' },
  syntax: 'key start stop [WITHSCORES]',
  run(context) {
    answerRange(context, 'rank', true);
  },
});

export const zrangebyscore = defineCommand({
  ...ranging,
  name: 'zrangebyscore',
  summary: 'Returns the members of a sorted set within a range of scores.',
  since: '1.0.5',
  history: [['2.0.0', 'Added the `WITHSCORES` modifier.']],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYSCORE` argument' },
  syntax: 'key min max [WITHSCORES] [LIMIT offset count]',
  run(context) {
    answerRange(context, 'score', false);
  },
});

export const zrevrangebyscore = defineCommand({
  ...ranging,
  name: 'zrevrangebyscore',
  summary: 'Returns the members of a sorted set within a range of scores, the highest score first.',
  since: '2.2.0',
  history: [['2.1.6', '`min` and `max` can be exclusive.']],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments' },
  syntax: 'key max min [WITHSCORES] [LIMIT offset count]',
  run(context) {
    answerRange(context, 'score', true);
  },
});

export const zrangebylex = defineCommand({
  ...ranging,
  name: 'zrangebylex',
  summary: 'Returns the members of a sorted set of equal scores within a range of members.',
  since: '2.8.9',
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYLEX` argument' },
  syntax: 'key min:string max:string [LIMIT offset count]',
  run(context) {
    answerRange(context, 'member', false);
  },
});

export const zrevrangebylex = defineCommand({
  ...ranging,
  name: 'zrevrangebylex',
  summary: 'Returns the members of a sorted set of equal scores within a range of members, the last one first.',
  since: '2.8.9',
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
  syntax: 'key max:string min:string [LIMIT offset count]',
  run(context) {
    answerRange(context, 'member', true);
  },
});

export const zrangestore = defineCommand({
  name: 'zrangestore',
  summary: 'Stores the members of a sorted set within a range of ranks, scores or members in another key.',
  since: '6.2.0',
  group: 'sorted-set',
  complexity: 'O(log(N)+M) where N is the size of the sorted set and M the number of members stored.',
  syntax: 'dst src min:string max:string [BYSCORE | BYLEX] [REV] [LIMIT offset count]',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: [
    { flags: ['OW', 'update'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
    { flags: ['RO', 'access'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } },
  ],
  run(context) {
    query.parse(context, 2, null, null, true);
    const { limits, zsetBuilder: result } = context.keyspace;
    const zset = readZset(context, context.args.at(2));
    if (zset !== null) query.resolve(zset);
    // Redis knows the length of ranges by rank beforehand, and then begins with the form that fits it.
    result.begin(zset !== null && query.by === 'rank' && query.count > limits.zset.entries);
    if (zset !== null && query.count > 0) {
      forEachInRange(zset, () => addToResult(result, zset.member, zset.score));
    }
    answerStored(context, result, 'zrangestore');
  },
});

function answerRange(context: CommandContext, by: RangeBy | null, reverse: boolean | null): void {
  query.parse(context, 1, by, reverse, false);
  const { reply } = context;
  const zset = readZset(context, context.args.at(1));
  if (zset === null) {
    reply.array(0);
    return;
  }
  query.resolve(zset);
  const { rank, count, withScores, reverse: isReverse } = query;
  const isNested = withScores && reply.version === 3;
  reply.array(withScores && !isNested ? count * 2 : count);
  if (count === 0) return;
  zset.seek(rank);
  for (let left = count; left > 0; left--) {
    if (isNested) reply.array(2);
    reply.bulk(zset.member);
    if (withScores) reply.double(zset.score);
    if (isReverse) zset.previous();
    else zset.next();
  }
}

/** Moves the cursor through what the query has found, and calls `visit` at each member. */
function forEachInRange(zset: ZsetValue, visit: () => void): void {
  zset.seek(query.rank);
  for (let left = query.count; left > 0; left--) {
    visit();
    if (query.reverse) zset.previous();
    else zset.next();
  }
}
