/**
 * SUNION and SUNIONSTORE: what at least one of several sets has.
 */
import { allKeys } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { ResultSet, readSets, type SourceSet } from './source-sets.ts';
import { storeKeys } from './store-keys.ts';

/** Of so many sets it costs less to look a member up in those before its own than to gather all members. */
const FEW_SETS = 4;

export const sunion = defineCommand({
  name: 'sunion',
  summary: 'Returns the members that at least one of several sets has.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N), where N is the number of members of all sets together.',
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['readonly'],
  keys: allKeys(1, 'RO', 'access'),
  tips: ['nondeterministic_output_order'],
  run(context) {
    const sets = differentSets(readSets(context, 1, context.args.count));
    if (sets.length > FEW_SETS) united(context, sets).answer();
    else answerUnion(context, sets);
  },
});

export const sunionstore = defineCommand({
  name: 'sunionstore',
  summary: 'Stores the members that at least one of several sets has under a key.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N), where N is the number of members of all sets together.',
  syntax: 'destination key [key ...]',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: storeKeys('OW'),
  run(context) {
    united(context, differentSets(readSets(context, 2, context.args.count))).store('sunionstore');
  },
});

/** The sets that exist, each once. */
function differentSets(sets: readonly (SourceSet | null)[]): readonly SourceSet[] {
  const byPointer = new Map<number, SourceSet>();
  for (const set of sets) if (set !== null) byPointer.set(set.pointer, set);
  return [...byPointer.values()];
}

function united(context: CommandContext, sets: readonly SourceSet[]): ResultSet {
  const result = new ResultSet(context);
  for (const set of sets)
    set.forEach((member) => {
      result.add(member);
    });
  return result;
}

/** Answers each member where it is met first. */
function answerUnion({ reply }: CommandContext, sets: readonly SourceSet[]): void {
  const mark = reply.beginDeferred();
  let count = 0;
  sets.forEach((set, index) => {
    set.forEach((member) => {
      for (let i = 0; i < index; i++) if (sets[i].has(member)) return;
      reply.bulk(member);
      count++;
    });
  });
  reply.endDeferred(mark, 'set', count);
}
