/**
 * Which of a command's keys a selector refuses, by the command's key specifications.
 *
 * Most commands have their keys in ranges of arguments, which are gone through without making anything; the others'
 * keys are found as COMMAND GETKEYS finds them.
 */
import type { Args } from '../../protocol/args.ts';
import type { CommandSpec, KeyFlag, KeySpec } from '../command.ts';
import { hasKeys, keysIn } from '../command-keys.ts';
import { type KeyPatterns, READ, WRITE } from './patterns.ts';

interface Range {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly access: number;
}

export class KeyAccess {
  private readonly spec: CommandSpec;
  /** Null where the specifications are not all ranges. */
  private readonly ranges: readonly Range[] | null;
  /** What {@link keysIn} would ask in the end, as of SET, whose options decide on what is done with the key. */
  private readonly finder: NonNullable<CommandSpec['findKeys']> | null;

  private constructor(spec: CommandSpec) {
    this.spec = spec;
    this.ranges = rangesOf(spec);
    this.finder = spec.keys?.some(({ flags }) => flags.includes('variable_flags')) ? (spec.findKeys ?? null) : null;
  }

  /** Null for a command that has no keys. */
  static of(spec: CommandSpec): KeyAccess | null {
    return hasKeys(spec) ? new KeyAccess(spec) : null;
  }

  /** The index of the first key that the patterns refuse, 0 for none. Arguments that are no good have no keys. */
  firstRefused(patterns: KeyPatterns, args: Args): number {
    const { ranges } = this;
    if (ranges === null) return this.firstRefusedOfOthers(patterns, args);
    for (let i = 0; i < ranges.length; i++) {
      const { first, last } = ranges[i];
      const end = last < 0 ? args.count + last : first + last;
      if (end >= args.count || end < first) return this.firstRefusedOfOthers(patterns, args);
    }
    for (let i = 0; i < ranges.length; i++) {
      const { first, last, step, access } = ranges[i];
      const end = last < 0 ? args.count + last : first + last;
      for (let at = first; at <= end; at += step) if (!patterns.allows(args.at(at), access)) return at;
    }
    return 0;
  }

  private firstRefusedOfOthers(patterns: KeyPatterns, args: Args): number {
    const keys = this.finder === null ? keysIn(this.spec, args) : this.finder(args);
    for (let i = 0; i < keys.length; i++) {
      const { index, flags } = keys[i];
      if (!patterns.allows(args.at(index), accessOf(flags))) return index;
    }
    return 0;
  }
}

/** What a command that uses a key in this way needs of it. */
function accessOf(flags: readonly KeyFlag[]): number {
  const reads = flags.includes('access');
  const writes = flags.includes('insert') || flags.includes('delete') || flags.includes('update');
  return (reads ? READ : 0) | (writes ? WRITE : 0);
}

function rangesOf({ keys = [], findKeys }: CommandSpec): readonly Range[] | null {
  const ranges: Range[] = [];
  for (const spec of keys) {
    if (spec.flags.includes('not_key')) continue;
    const range = rangeOf(spec);
    if (range === null || (spec.flags.includes('variable_flags') && findKeys !== undefined)) return null;
    ranges.push(range);
  }
  return ranges.length === 0 ? null : ranges;
}

function rangeOf({ search, find, flags }: KeySpec): Range | null {
  if (search === 'unknown' || !('index' in search) || find === 'unknown' || !('last' in find)) return null;
  if (find.limit !== 0 || flags.includes('incomplete')) return null;
  return { first: search.index, last: find.last, step: find.step, access: accessOf(flags) };
}
