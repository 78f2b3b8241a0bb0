/**
 * BZPOPMIN, BZPOPMAX and BZMPOP: popping from the first sorted set that exists, and waiting while none does.
 */
import type { CommandSpec, KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { TYPE_ZSET } from '../../keyspace/key-entry.ts';
import type { Slice } from '../../lib/slice.ts';
import { openZset } from './open-zset.ts';
import { answerPopped, logPop, type PopEnd, readMultiPop } from './pop.ts';

/** All arguments but the last are keys. */
const keysBeforeTimeout: readonly KeySpec[] = [
  { flags: ['RW', 'access', 'delete'], search: { index: 1 }, find: { last: -2, step: 1, limit: 0 } },
];

/** What BZPOPMIN and BZPOPMAX have in common. */
const waiting = {
  since: '5.0.0',
  group: 'sorted-set',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  history: [['6.0.0', '`timeout` is a floating-point number.']],
  syntax: 'key [key ...] timeout',
  arity: -3,
  flags: ['write', 'noscript', 'fast', 'blocking'],
  keys: keysBeforeTimeout,
} satisfies Partial<CommandSpec>;

export const bzpopmin = defineCommand({
  ...waiting,
  name: 'bzpopmin',
  summary: 'Takes the member with the lowest score away from the first sorted set that exists, or waits for one.',
  run(context) {
    popOrWait(context, 'min');
  },
});

export const bzpopmax = defineCommand({
  ...waiting,
  name: 'bzpopmax',
  summary: 'Takes the member with the highest score away from the first sorted set that exists, or waits for one.',
  run(context) {
    popOrWait(context, 'max');
  },
});

export const bzmpop = defineCommand({
  name: 'bzmpop',
  summary:
    'Takes members with the lowest or highest scores away from the first sorted set that exists, or waits for one.',
  since: '7.0.0',
  group: 'sorted-set',
  complexity:
    'O(K) + O(M*log(N)) where K is the number of keys, N the size of the sorted set and M the number of members removed.',
  syntax: 'timeout numkeys key [key ...] <MIN | MAX> [COUNT count]',
  arity: -5,
  flags: ['write', 'blocking'],
  keys: [{ flags: ['RW', 'access', 'delete'], search: { index: 2 }, find: { countAt: 0, firstAt: 1, step: 1 } }],
  run(context) {
    const { firstKey, keys, end, count } = readMultiPop(context, 2);
    const timeoutMs = context.timeoutMs(1);
    popFirst(context, firstKey, keys, timeoutMs, (key) => {
      const zset = openZset(context, key);
      if (zset === null) return false;
      const { reply } = context;
      const popped = Math.min(count, zset.length);
      reply.array(2);
      reply.bulk(key);
      reply.array(popped);
      answerPopped(context, zset, key, end, popped, true);
      logPop(context, key, end, popped);
      return true;
    });
  },
});

function popOrWait(context: CommandContext, end: PopEnd): void {
  const { args } = context;
  const timeoutMs = context.timeoutMs(args.count - 1);
  popFirst(context, 1, args.count - 2, timeoutMs, (key) => {
    const zset = openZset(context, key);
    if (zset === null) return false;
    context.reply.array(3);
    context.reply.bulk(key);
    answerPopped(context, zset, key, end, 1, false);
    logPop(context, key, end, null);
    return true;
  });
}

/**
 * Pops from the first key from which `pop` can, or waits until one of them comes into being: then only from that one.
 */
function popFirst(
  context: CommandContext,
  firstKey: number,
  count: number,
  timeoutMs: number,
  pop: (key: Slice) => boolean,
): void {
  const { args, readyKey } = context;
  if (readyKey !== null && pop(readyKey)) return;
  const keys: Slice[] = [];
  for (let i = firstKey; i < firstKey + count; i++) {
    const key = args.at(i);
    if (readyKey === null && pop(key)) return;
    keys.push(key);
  }
  context.block({ keys, type: TYPE_ZSET, timeoutMs, timeoutReply: 'null-array' });
}
