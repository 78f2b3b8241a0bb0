/**
 * ZSCORE, ZMSCORE and ZCARD: asking for scores and for the size.
 */
import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { readZset } from './open-zset.ts';

export const zscore = defineCommand({
  name: 'zscore',
  summary: 'Returns the score of a member of a sorted set.',
  since: '1.2.0',
  group: 'sorted-set',
  complexity: 'O(1)',
  syntax: 'key member',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const zset = readZset(context, context.args.at(1));
    if (zset?.find(context.args.at(2))) context.reply.double(zset.foundScore);
    else context.reply.null();
  },
});

export const zmscore = defineCommand({
  name: 'zmscore',
  summary: 'Returns the scores of several members of a sorted set.',
  since: '6.2.0',
  group: 'sorted-set',
  complexity: 'O(N) where N is the number of members asked for.',
  syntax: 'key member [member ...]',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const { args, reply } = context;
    const zset = readZset(context, args.at(1));
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      if (zset?.find(args.at(i))) reply.double(zset.foundScore);
      else reply.null();
    }
  },
});

export const zcard = defineCommand({
  name: 'zcard',
  summary: 'Returns the number of members of a sorted set.',
  since: '1.2.0',
  group: 'sorted-set',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO'),
  run(context) {
    context.reply.integer(readZset(context, context.args.at(1))?.length ?? 0);
  },
});
