/**
 * SDIFF and SDIFFSTORE: what a set has and several others have not.
 *
 * There are two ways, as in Redis: to look each member of the first set up in the others, or to go through all sets
 * once. Which one it is shows in how a stored difference is encoded.
 */
import { allKeys } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Slice } from '../../lib/slice.ts';
import { ResultSet, readSets, type SourceSet } from './source-sets.ts';
import { storeKeys } from './store-keys.ts';

/** A set to subtract from, and those to be subtracted. */
interface Difference {
  readonly first: SourceSet;
  readonly others: readonly SourceSet[];
}

export const sdiff = defineCommand({
  name: 'sdiff',
  summary: 'Returns the members of a set that none of several others has.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N), where N is the number of members of all sets together.',
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['readonly'],
  keys: allKeys(1, 'RO', 'access'),
  tips: ['nondeterministic_output_order'],
  run(context) {
    const difference = readDifference(context, 1);
    if (difference === null) context.reply.set(0);
    else if (looksUp(difference)) answerOthers(context, difference.first, largestFirst(difference.others));
    else answerExcluding(context, difference);
  },
});

export const sdiffstore = defineCommand({
  name: 'sdiffstore',
  summary: 'Stores the members of a set that none of several others has under a key.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N), where N is the number of members of all sets together.',
  syntax: 'destination key [key ...]',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: storeKeys('OW'),
  run(context) {
    const difference = readDifference(context, 2);
    const result = new ResultSet(context);
    if (difference !== null) {
      const { first, others } = difference;
      if (looksUp(difference)) {
        const sets = largestFirst(others);
        first.forEach((member) => {
          if (!anyHas(sets, member)) result.add(member);
        });
      } else {
        first.forEach((member) => {
          result.add(member);
        });
        for (const set of others) {
          if (result.length === 0) break;
          set.forEach((member) => {
            result.delete(member);
          });
        }
      }
    }
    result.store('sdiffstore');
  },
});

/** The sets that the arguments from `from` on name; null when nothing can be left, of the first or at all. */
function readDifference(context: CommandContext, from: number): Difference | null {
  const [first, ...rest] = readSets(context, from, context.args.count);
  if (first === null) return null;
  const others = rest.filter((set) => set !== null);
  return others.some((set) => set.pointer === first.pointer) ? null : { first, others };
}

/** True when it costs less to look up each member of the first set than to go through all sets. */
function looksUp({ first, others }: Difference): boolean {
  let members = first.length;
  for (const set of others) members += set.length;
  return Math.floor((first.length * (others.length + 1)) / 2) <= members;
}

/** In the order in which a member is likely to be found early. */
function largestFirst(sets: readonly SourceSet[]): readonly SourceSet[] {
  return [...sets].sort((a, b) => b.length - a.length);
}

function anyHas(sets: readonly { has(member: Slice): boolean }[], member: Slice): boolean {
  for (let i = 0; i < sets.length; i++) if (sets[i].has(member)) return true;
  return false;
}

/** Answers the members of the first set that no other has. */
function answerOthers(
  { reply }: CommandContext,
  first: SourceSet,
  others: readonly { has(member: Slice): boolean }[],
): void {
  const mark = reply.beginDeferred();
  let count = 0;
  first.forEach((member) => {
    if (anyHas(others, member)) return;
    reply.bulk(member);
    count++;
  });
  reply.endDeferred(mark, 'set', count);
}

/** Gathers what the others have, so that each member of the first set is looked up once. */
function answerExcluding(context: CommandContext, { first, others }: Difference): void {
  const excluded = new ResultSet(context);
  for (const set of others)
    set.forEach((member) => {
      excluded.add(member);
    });
  answerOthers(context, first, [excluded]);
  excluded.discard();
}
