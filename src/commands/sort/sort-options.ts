import type { CommandContext } from '../../dispatch/command-context.ts';
import { RESTRICTED } from '../../dispatch/session.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { asteriskOf, KeyPattern } from './key-pattern.ts';

const BY_DENIED = new ReplyError('ERR BY option of SORT denied due to insufficient ACL permissions.');
const GET_DENIED = new ReplyError('ERR GET option of SORT denied due to insufficient ACL permissions.');

export interface SortOptions {
  descending: boolean;
  alpha: boolean;
  /** What elements are ordered by; null for themselves. */
  by: KeyPattern | null;
  /** BY named something that is the same for all elements: they stay in the order they have. */
  unsorted: boolean;
  /** What is answered of each element; nothing here means the element. */
  readonly get: KeyPattern[];
  offset: number;
  /** Negative for all. */
  count: number;
  store: Slice | null;
}

/** @throws ReplyError when the arguments are no good. */
export function readSortOptions(context: CommandContext, mayStore: boolean): SortOptions {
  const { args } = context;
  const options: SortOptions = {
    descending: false,
    alpha: false,
    by: null,
    unsorted: false,
    get: [],
    offset: 0,
    count: -1,
    store: null,
  };
  for (let i = 2; i < args.count; i++) {
    const word = args.at(i);
    const left = args.count - i - 1;
    if (word.equalsIgnoreCase('asc')) options.descending = false;
    else if (word.equalsIgnoreCase('desc')) options.descending = true;
    else if (word.equalsIgnoreCase('alpha')) options.alpha = true;
    else if (word.equalsIgnoreCase('limit') && left >= 2) {
      options.offset = context.position(++i);
      options.count = context.position(++i);
    } else if (mayStore && word.equalsIgnoreCase('store') && left >= 1) {
      options.store = args.at(++i);
    } else if (word.equalsIgnoreCase('by') && left >= 1) {
      const pattern = args.at(++i);
      options.by = new KeyPattern(pattern);
      if (asteriskOf(pattern) < 0) options.unsorted = true;
      else if (!mayFollowPatterns(context)) throw BY_DENIED;
    } else if (word.equalsIgnoreCase('get') && left >= 1) {
      if (!mayFollowPatterns(context)) throw GET_DENIED;
      options.get.push(new KeyPattern(args.at(++i)));
    } else {
      throw errors.syntax;
    }
  }
  return options;
}

/** Patterns lead to keys that no argument names: only who may read all keys may follow them. */
function mayFollowPatterns({ args, server, session }: CommandContext): boolean {
  if (!session.is(RESTRICTED)) return true;
  const command = server.registry.find(args);
  return command !== null && server.acl.allowsReadingEverything(session, command, args);
}
