/**
 * ZREMRANGEBYRANK, ZREMRANGEBYSCORE and ZREMRANGEBYLEX: taking away all members in a range.
 */
import { type CommandSpec, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_GENERIC, EVENT_ZSET } from '../../keyspace/keyspace-events.ts';
import { openZset } from './open-zset.ts';
import { type RangeBy, RangeQuery } from './range-query.ts';

const query = new RangeQuery();

const COMPLEXITY = 'O(log(N)+M) where N is the size of the sorted set and M the number of members removed.';

/** What the three have in common. */
const removing = {
  group: 'sorted-set',
  complexity: COMPLEXITY,
  arity: 4,
  flags: ['write'],
  keys: oneKey('RW', 'delete'),
} satisfies Partial<CommandSpec>;

export const zremrangebyrank = defineCommand({
  ...removing,
  name: 'zremrangebyrank',
  summary: 'Takes the members within a range of ranks away from a sorted set.',
  since: '2.0.0',
  syntax: 'key start stop',
  run(context) {
    removeRange(context, 'rank', 'zremrangebyrank');
  },
});

export const zremrangebyscore = defineCommand({
  ...removing,
  name: 'zremrangebyscore',
  summary: 'Takes the members within a range of scores away from a sorted set.',
  since: '1.2.0',
  syntax: 'key min max',
  run(context) {
    removeRange(context, 'score', 'zremrangebyscore');
  },
});

export const zremrangebylex = defineCommand({
  ...removing,
  name: 'zremrangebylex',
  summary: 'Takes the members within a range of members away from a sorted set of equal scores.',
  since: '2.8.9',
  syntax: 'key min:string max:string',
  run(context) {
    removeRange(context, 'member', 'zremrangebylex');
  },
});

function removeRange(context: CommandContext, by: RangeBy, event: string): void {
  const { args, database, keyspace, reply } = context;
  query.parse(context, 1, by, false, false);
  const key = args.at(1);
  const zset = openZset(context, key);
  if (zset !== null) query.resolve(zset);
  if (zset === null || query.count === 0) {
    reply.integer(0);
    return;
  }
  const { rank, count } = query;
  zset.removeRange(rank, count);
  const isGone = zset.removeIfEmpty();
  database.changed(key, EVENT_ZSET, event);
  if (isGone) database.notify(key, EVENT_GENERIC, 'del');
  keyspace.dirty += count - 1;
  reply.integer(count);
}
