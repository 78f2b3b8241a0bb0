import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { ZSET_LISTPACK } from '../../keyspace/zset-value.ts';
import { formatDouble } from '../../lib/double.ts';
import { Slice } from '../../lib/slice.ts';
import { MAX_INTEGER_SCORE } from '../../structures/scored-listpack.ts';
import { matchesPattern, readCursor, readScanOptions } from '../keys/scan-options.ts';
import { readZset } from './open-zset.ts';

/** Empty buckets are passed over, but not more than so many times COUNT in one call. */
const BUCKETS_PER_COUNT = 10;

export const zscan = defineCommand({
  name: 'zscan',
  summary: 'Goes through the members and scores of a sorted set, some at a time.',
  since: '2.8.0',
  group: 'sorted-set',
  complexity: 'O(1) for every call; O(N) for a whole iteration, where N is the size of the sorted set.',
  syntax: 'key cursor [MATCH pattern] [COUNT count]',
  arity: -3,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output'],
  run(context) {
    const { args, reply } = context;
    let cursor = readCursor(context, 2);
    const zset = readZset(context, args.at(1));
    if (zset === null) {
      reply.array(2);
      reply.integerBulk(0);
      reply.array(0);
      return;
    }
    const options = readScanOptions(context, 3, false);
    const isSmall = zset.encoding === ZSET_LISTPACK;
    const members: Uint8Array[] = [];
    const scores: number[] = [];
    let visited = 0;
    let bucketsLeft = options.count * BUCKETS_PER_COUNT;
    do {
      cursor = zset.scan(cursor, (member, score) => {
        visited++;
        if (!matchesPattern(options, member)) return;
        members.push(member.copy());
        scores.push(score);
      });
    } while (cursor !== 0 && bucketsLeft-- > 0 && visited < options.count);
    reply.array(2);
    reply.integerBulk(cursor);
    reply.array(members.length * 2);
    members.forEach((member, i) => {
      reply.bulk(Slice.from(member));
      reply.text(scoreText(scores[i], isSmall));
    });
  },
});

/** Redis shows scores here as a small sorted set has them: large integers with all their digits. */
function scoreText(score: number, isSmall: boolean): string {
  const isDigits = isSmall && Number.isInteger(score) && Math.abs(score) <= MAX_INTEGER_SCORE;
  return isDigits ? String(BigInt(score)) : formatDouble(score);
}
