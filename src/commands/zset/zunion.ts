/**
 * ZUNION, ZINTER, ZDIFF, the forms of these that store their result, and ZINTERCARD.
 */
import type { CommandSpec, KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { answerStored } from './answer-stored.ts';
import { countCommon, readOperation, runOperation, type SetOperation } from './set-operation.ts';

const sourceKeys: readonly KeySpec[] = [
  { flags: ['RO', 'access'], search: { index: 1 }, find: { countAt: 0, firstAt: 1, step: 1 } },
];
const storeKeys: readonly KeySpec[] = [
  { flags: ['OW', 'update'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
  { flags: ['RO', 'access'], search: { index: 2 }, find: { countAt: 0, firstAt: 1, step: 1 } },
];

const UNION_COMPLEXITY =
  'O(N*log(M)) where N is the sum of the sizes of the sources and M the number of members of the result.';
const INTERSECTION_COMPLEXITY =
  'O(N*K)+O(M*log(M)) where N is the size of the smallest source, K the number of sources and M the number of members of the result.';
const DIFFERENCE_COMPLEXITY =
  'O(L + (N-K)log(N)) at the worst, where L is the sum of the sizes of the sources, N the size of the first one and K the number of members of the result.';

/** What those that answer their result have in common, … */
const reading = {
  group: 'sorted-set',
  arity: -3,
  flags: ['readonly'],
  keys: sourceKeys,
} satisfies Partial<CommandSpec>;

export const zunion = defineCommand({
  ...reading,
  name: 'zunion',
  summary: 'Returns the members of all of several sorted sets, with combined scores.',
  since: '6.2.0',
  complexity: UNION_COMPLEXITY,
  syntax: 'numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]',
  run(context) {
    answer(context, 'union', 'zunion');
  },
});

export const zinter = defineCommand({
  ...reading,
  name: 'zinter',
  summary: 'Returns the members that several sorted sets have in common, with combined scores.',
  since: '6.2.0',
  complexity: INTERSECTION_COMPLEXITY,
  syntax: 'numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]',
  run(context) {
    answer(context, 'intersection', 'zinter');
  },
});

export const zdiff = defineCommand({
  ...reading,
  name: 'zdiff',
  summary: 'Returns the members of the first of several sorted sets that the others lack.',
  since: '6.2.0',
  complexity: DIFFERENCE_COMPLEXITY,
  syntax: 'numkeys key [key ...] [WITHSCORES]',
  run(context) {
    answer(context, 'difference', 'zdiff');
  },
});

export const zintercard = defineCommand({
  ...reading,
  name: 'zintercard',
  summary: 'Returns how many members several sorted sets have in common.',
  since: '7.0.0',
  complexity: 'O(N*K) where N is the size of the smallest source and K the number of sources.',
  syntax: 'numkeys key [key ...] [LIMIT limit]',
  run(context) {
    const request = readOperation(context, {
      operation: 'intersection',
      command: 'zintercard',
      countAt: 1,
      takesWeights: false,
      takesScores: false,
      takesLimit: true,
    });
    context.reply.integer(countCommon(request));
  },
});

/** … and those that store it. */
const storing = {
  group: 'sorted-set',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: storeKeys,
} satisfies Partial<CommandSpec>;

export const zunionstore = defineCommand({
  ...storing,
  name: 'zunionstore',
  summary: 'Stores the members of all of several sorted sets, with combined scores, in another key.',
  since: '2.0.0',
  complexity: UNION_COMPLEXITY,
  syntax: 'destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]',
  run(context) {
    store(context, 'union', 'zunionstore');
  },
});

export const zinterstore = defineCommand({
  ...storing,
  name: 'zinterstore',
  summary: 'Stores the members that several sorted sets have in common, with combined scores, in another key.',
  since: '2.0.0',
  complexity: INTERSECTION_COMPLEXITY,
  syntax: 'destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]',
  run(context) {
    store(context, 'intersection', 'zinterstore');
  },
});

export const zdiffstore = defineCommand({
  ...storing,
  name: 'zdiffstore',
  summary: 'Stores the members of the first of several sorted sets that the others lack in another key.',
  since: '6.2.0',
  complexity: DIFFERENCE_COMPLEXITY,
  syntax: 'destination numkeys key [key ...]',
  run(context) {
    store(context, 'difference', 'zdiffstore');
  },
});

function answer(context: CommandContext, operation: SetOperation, command: string): void {
  const { reply } = context;
  const request = readOperation(context, {
    operation,
    command,
    countAt: 1,
    takesWeights: operation !== 'difference',
    takesScores: true,
    takesLimit: false,
  });
  const { withScores } = request;
  const result = context.keyspace.zsetBuilder;
  runOperation(operation, request, result);
  const isNested = withScores && reply.version === 3;
  reply.array(withScores && !isNested ? result.length * 2 : result.length);
  for (let more = result.seek(0); more; more = result.next()) {
    if (isNested) reply.array(2);
    reply.bulk(result.member);
    if (withScores) reply.double(result.score);
  }
  result.discard();
}

function store(context: CommandContext, operation: SetOperation, command: string): void {
  const request = readOperation(context, {
    operation,
    command,
    countAt: 2,
    takesWeights: operation !== 'difference',
    takesScores: false,
    takesLimit: false,
  });
  const result = context.keyspace.zsetBuilder;
  runOperation(operation, request, result);
  result.compact();
  answerStored(context, result, command);
}
