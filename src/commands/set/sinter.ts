/**
 * SINTER, SINTERSTORE and SINTERCARD: what several sets have in common.
 */
import { allKeys, type KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { ResultSet, readSets, type SourceSet } from './source-sets.ts';
import { storeKeys } from './store-keys.ts';

const COUNTED_KEYS: readonly KeySpec[] = [
  { flags: ['RO', 'access'], search: { index: 1 }, find: { countAt: 0, firstAt: 1, step: 1 } },
];

export const sinter = defineCommand({
  name: 'sinter',
  summary: 'Returns the members that several sets have in common.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets.',
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['readonly'],
  keys: allKeys(1, 'RO', 'access'),
  tips: ['nondeterministic_output_order'],
  run(context) {
    const { args, reply } = context;
    const sets = smallestFirst(readSets(context, 1, args.count));
    const mark = reply.beginDeferred();
    let count = 0;
    sets[0]?.forEach((member) => {
      if (!haveAll(sets, member)) return;
      reply.bulk(member);
      count++;
    });
    reply.endDeferred(mark, 'set', count);
  },
});

export const sinterstore = defineCommand({
  name: 'sinterstore',
  summary: 'Stores the members that several sets have in common under a key.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets.',
  syntax: 'destination key [key ...]',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: storeKeys('RW'),
  run(context) {
    const sets = smallestFirst(readSets(context, 2, context.args.count));
    const result = new ResultSet(context);
    sets[0]?.forEach((member) => {
      if (haveAll(sets, member)) result.add(member);
    });
    result.store('sinterstore');
  },
});

export const sintercard = defineCommand({
  name: 'sintercard',
  summary: 'Returns how many members several sets have in common.',
  since: '7.0.0',
  group: 'set',
  complexity: 'O(N*M) at worst, where N is the size of the smallest set and M the number of sets.',
  syntax: 'numkeys key [key ...] [LIMIT limit]',
  arity: -3,
  flags: ['readonly'],
  keys: COUNTED_KEYS,
  run(context) {
    const keys = context.position(1, errors.numkeysNotPositive);
    if (keys < 1) throw errors.numkeysNotPositive;
    if (keys > context.args.count - 2) throw errors.numkeysTooBig;
    const limit = readLimit(context, 2 + keys);
    const sets = smallestFirst(readSets(context, 2, 2 + keys));
    context.reply.integer(sets.length === 0 ? 0 : countCommon(sets, limit));
  },
});

/** The LIMIT given from the argument at `from` on; infinity for none. */
function readLimit(context: CommandContext, from: number): number {
  const { args } = context;
  let limit = 0;
  for (let i = from; i < args.count; i += 2) {
    if (!args.at(i).equalsIgnoreCase('limit') || i + 1 === args.count) throw errors.syntax;
    limit = context.position(i + 1, errors.negativeLimit);
    if (limit < 0) throw errors.negativeLimit;
  }
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

/** The sets in ascending order of size; none if one of them does not exist. */
function smallestFirst(sets: readonly (SourceSet | null)[]): readonly SourceSet[] {
  const existing = sets.filter((set) => set !== null);
  return existing.length < sets.length ? [] : existing.sort((a, b) => a.length - b.length);
}

/** True when all sets behind the first have the member. */
function haveAll(sets: readonly SourceSet[], member: Slice): boolean {
  for (let i = 1; i < sets.length; i++) {
    if (sets[i].pointer !== sets[0].pointer && !sets[i].has(member)) return false;
  }
  return true;
}

/** Counts the common members, step by step, so that it can stop at the limit. */
function countCommon(sets: readonly SourceSet[], limit: number): number {
  let count = 0;
  let cursor = 0;
  do {
    cursor = sets[0].scan(cursor, (member) => {
      if (count < limit && haveAll(sets, member)) count++;
    });
  } while (cursor !== 0 && count < limit);
  return count;
}
