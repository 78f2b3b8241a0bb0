/**
 * What the commands that pop members of sorted sets have in common.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { EVENT_GENERIC, EVENT_ZSET } from '../../keyspace/keyspace-events.ts';
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

export type PopEnd = 'min' | 'max';

/**
 * Takes away `count` members, which must exist, and answers them with their scores in the order in which they go, each
 * one as an array of its own if `isNested`.
 */
export function answerPopped(
  context: CommandContext,
  zset: ZsetValue,
  key: Slice,
  end: PopEnd,
  count: number,
  isNested: boolean,
): void {
  const { database, keyspace, reply } = context;
  const { length } = zset;
  zset.seek(end === 'min' ? 0 : length - 1);
  for (let left = count; left > 0; left--) {
    if (isNested) reply.array(2);
    reply.bulk(zset.member);
    reply.double(zset.score);
    if (left === 1) break;
    if (end === 'min') zset.next();
    else zset.previous();
  }
  if (count < length) {
    if (count === 1) zset.removeSought(end === 'min' ? 0 : length - 1);
    else zset.removeRange(end === 'min' ? 0 : length - count, count);
  } else {
    zset.remove();
  }
  database.changed(key, EVENT_ZSET, end === 'min' ? 'zpopmin' : 'zpopmax');
  if (count === length) database.notify(key, EVENT_GENERIC, 'del');
  keyspace.dirty += count - 1;
}

/** Logs what a command has popped; `count` is null where ZPOPMIN and ZPOPMAX are to pop one without saying so. */
export function logPop(context: CommandContext, key: Slice, end: PopEnd, count: number | null): void {
  if (!context.server.writeLog.hasSubscribers) return;
  const command = end === 'min' ? 'ZPOPMIN' : 'ZPOPMAX';
  if (count === null) context.propagate(command, key);
  else context.propagate(command, key, String(count));
}

/** What ZMPOP and BZMPOP are to do. */
export interface MultiPop {
  /** The index of the first key, and how many there are. */
  readonly firstKey: number;
  readonly keys: number;
  readonly end: PopEnd;
  readonly count: number;
}

/** Reads the arguments of ZMPOP and BZMPOP, of which the number of keys is at `index`. */
export function readMultiPop(context: CommandContext, index: number): MultiPop {
  const { args } = context;
  const keys = context.position(index, errors.numkeysNotPositive);
  if (keys < 1) throw errors.numkeysNotPositive;
  const endAt = index + keys + 1;
  if (endAt >= args.count) throw errors.syntax;
  const word = args.at(endAt);
  const isMin = word.equalsIgnoreCase('min');
  if (!isMin && !word.equalsIgnoreCase('max')) throw errors.syntax;
  let count = -1;
  for (let i = endAt + 1; i < args.count; i += 2) {
    if (count !== -1 || !args.at(i).equalsIgnoreCase('count') || i + 1 === args.count) throw errors.syntax;
    count = context.position(i + 1, errors.countNotPositive);
    if (count < 1) throw errors.countNotPositive;
  }
  return { firstKey: index + 1, keys, end: isMin ? 'min' : 'max', count: count === -1 ? 1 : count };
}
