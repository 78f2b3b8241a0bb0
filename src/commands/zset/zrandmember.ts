import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { ELEMENTS_PER_LOOK } from '../random-sample.ts';
import { readZset } from './open-zset.ts';

/** Asked for more than a third of the members, picking them one by one would mostly meet those it has. */
const SPARSE = 3;

const MAX_COUNT = 2n ** 63n - 1n;
const countOutOfRange = new ReplyError(`ERR value is out of range, value must between -${MAX_COUNT} and ${MAX_COUNT}`);

export const zrandmember = defineCommand({
  name: 'zrandmember',
  summary: 'Returns members of a sorted set chosen at random.',
  since: '6.2.0',
  group: 'sorted-set',
  complexity: 'O(N*log(M)) where N is the number of members returned and M the size of the sorted set.',
  syntax: 'key [count [WITHSCORES]]',
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
    const zset = readZset(context, args.at(1));
    if (zset === null) {
      reply.null();
      return;
    }
    zset.random();
    reply.bulk(zset.member);
  },
});

function answerSeveral(context: CommandContext): void {
  const { args, reply } = context;
  const exact = context.integer(2);
  if (exact < -MAX_COUNT) throw countOutOfRange;
  const withScores = args.count === 4 && args.at(3).equalsIgnoreCase('withscores');
  if (args.count > 4 || (args.count === 4 && !withScores)) throw errors.syntax;
  if (withScores && (exact < -(MAX_COUNT / 2n) || exact > MAX_COUNT / 2n)) throw errors.valueOutOfRange;
  const count = context.position(2);
  const zset = readZset(context, args.at(1));
  if (zset === null || count === 0) {
    reply.array(0);
    return;
  }
  const { length } = zset;
  const answered = count < 0 ? -count : Math.min(count, length);
  reply.array(withScores && reply.version === 2 ? answered * 2 : answered);
  if (count < 0) {
    for (let left = answered; left > 0; left--) {
      if (left % ELEMENTS_PER_LOOK === 0 && context.session.transport.isOverLimit) return;
      answerRank(context, zset, null, withScores);
    }
  } else if (count >= length) {
    for (let rank = length - 1; rank >= 0; rank--) answerRank(context, zset, rank, withScores);
  } else {
    for (const rank of drawRanks(context, length, count)) answerRank(context, zset, rank, withScores);
  }
}

/** Distinct ranks chosen at random, `count` of them. */
function drawRanks(context: CommandContext, length: number, count: number): Iterable<number> {
  const { random } = context.keyspace;
  if (count * SPARSE <= length) {
    const drawn = new Set<number>();
    while (drawn.size < count) drawn.add(random.below(length));
    return drawn;
  }
  const ranks = Uint32Array.from({ length }, (_, rank) => rank);
  for (let i = 0; i < count; i++) {
    const other = i + random.below(length - i);
    const rank = ranks[other];
    ranks[other] = ranks[i];
    ranks[i] = rank;
  }
  return ranks.subarray(0, count);
}

/** Answers the member of a rank, or one chosen at random. */
function answerRank({ reply }: CommandContext, zset: ZsetValue, rank: number | null, withScores: boolean): void {
  if (rank === null) zset.random();
  else zset.seek(rank);
  if (withScores && reply.version === 3) reply.array(2);
  reply.bulk(zset.member);
  if (withScores) reply.double(zset.score);
}
