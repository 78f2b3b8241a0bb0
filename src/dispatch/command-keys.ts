/**
 * Which of a command's arguments are keys, by its key specifications.
 */
import { parseInt64 } from '../lib/integer.ts';
import type { Args } from '../protocol/args.ts';
import type { CommandSpec, FoundKey, KeySpec } from './command.ts';

/** Keys as clients that know no key specifications find them: a range with a step, as COMMAND prints it. */
export interface KeyRange {
  /** 0 where there are no keys, or none in a range. */
  readonly first: number;
  /** Counted from the end where it is negative. */
  readonly last: number;
  readonly step: number;
  /** There are keys, or may be, that the range does not tell. */
  readonly isIncomplete: boolean;
}

const NO_RANGE: KeyRange = { first: 0, last: 0, step: 0, isIncomplete: false };

/** True when the command may have keys. */
export function hasKeys(spec: CommandSpec): boolean {
  return spec.findKeys !== undefined || (spec.keys ?? []).some(({ flags }) => !flags.includes('not_key'));
}

/** The keys of a command line that begins with the command's name; none when its arguments are no good. */
export function keysIn(spec: CommandSpec, args: Args): readonly FoundKey[] {
  const specs = spec.keys ?? [];
  const hasReliableSpecs =
    specs.some(({ flags }) => !flags.includes('not_key')) &&
    !specs.some(({ flags }) => flags.includes('variable_flags') && spec.findKeys !== undefined);
  const found = hasReliableSpecs ? keysBySpecs(specs, args) : null;
  return found ?? spec.findKeys?.(args) ?? [];
}

/** The keys that all specifications find together; null where one of them cannot tell. */
function keysBySpecs(specs: readonly KeySpec[], args: Args): readonly FoundKey[] | null {
  const found: FoundKey[] = [];
  for (const spec of specs) {
    if (spec.flags.includes('not_key')) continue;
    if (!addKeys(found, spec, args)) return null;
  }
  return found;
}

/** Adds the keys of one specification; false where it cannot tell them all. */
function addKeys(found: FoundKey[], { search, find, flags }: KeySpec, args: Args): boolean {
  if (search === 'unknown' || find === 'unknown') return false;
  let first = 'index' in search ? search.index : afterKeyword(args, search.keyword, search.from);
  if (first === 0) return true;
  let last: number;
  if ('countAt' in find) {
    if (first + find.countAt >= args.count) return false;
    const count = parseInt64(args.at(first + find.countAt));
    if (count === null || count < 0) return false;
    first += find.firstAt;
    last = first + Number(count) - 1;
  } else if (find.last >= 0) last = first + find.last;
  else if (find.limit === 0) last = args.count + find.last;
  else last = first + Math.trunc((args.count - first) / find.limit) + find.last;
  if (last >= args.count || last < first || first >= args.count) return false;
  for (let index = first; index <= last; index += find.step) found.push({ index, flags });
  return !flags.includes('incomplete');
}

/** The index behind the keyword, searched from `from` on, or from the end backwards where that is negative; else 0. */
function afterKeyword(args: Args, keyword: string, from: number): number {
  const start = from > 0 ? from : args.count + from;
  const end = from > 0 ? args.count - 1 : 1;
  const step = start <= end ? 1 : -1;
  for (let i = start; i !== end && i >= 1 && i < args.count; i += step) {
    if (args.at(i).equalsIgnoreCase(keyword.toLowerCase())) return i + 1;
  }
  return 0;
}

/** The range that stands for the specifications, as far as one can. */
export function keyRangeOf(spec: CommandSpec): KeyRange {
  const specs = spec.keys ?? [];
  if (specs.length === 0) return NO_RANGE;
  let first = 0;
  let last = 0;
  let step = 1;
  let isIncomplete = false;
  for (const { search, find, flags } of specs) {
    if (flags.includes('incomplete')) isIncomplete = true;
    const isRange = search !== 'unknown' && 'index' in search && find !== 'unknown' && 'last' in find;
    // Ranges that follow one another count as one.
    if (!isRange || (specs.length > 1 && (find.step !== 1 || (last !== 0 && last !== search.index - 1)))) {
      isIncomplete = true;
      continue;
    }
    if (first === 0) first = search.index;
    step = find.step;
    last = find.last >= 0 ? search.index + find.last : find.last;
  }
  return first === 0 ? { ...NO_RANGE, isIncomplete: true } : { first, last, step, isIncomplete };
}
