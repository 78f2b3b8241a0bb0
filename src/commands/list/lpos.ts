import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { ListValue } from '../../keyspace/list-value.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { readList } from './open-list.ts';

const INT64_MIN = -(2n ** 63n);

const rankZero = new ReplyError(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
);
const countNegative = new ReplyError("ERR COUNT can't be negative");
const maxLengthNegative = new ReplyError("ERR MAXLEN can't be negative");

interface Search {
  /** Which match is the first one that counts; from the tail where it is negative. */
  rank: number;
  /** How many matches are wanted, 0 for all; -1 where only one is, as an integer. */
  count: number;
  /** How many elements are compared at most; 0 for all. */
  maxLength: number;
}

export const lpos = defineCommand({
  name: 'lpos',
  summary: 'Returns where in a list elements are that are equal to another.',
  since: '6.0.6',
  group: 'list',
  complexity:
    'O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.',
  syntax: 'key element [RANK rank] [COUNT num-matches] [MAXLEN len]',
  arity: -3,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const { args, reply } = context;
    const search = readOptions(context);
    const list = readList(context, args.at(1));
    if (list !== null) replyMatches(context, list, search);
    else if (search.count >= 0) reply.array(0);
    else reply.null();
  },
});

function readOptions(context: CommandContext): Search {
  const { args } = context;
  const search: Search = { rank: 1, count: -1, maxLength: 0 };
  for (let i = 3; i < args.count; i += 2) {
    const option = args.at(i);
    if (i + 1 === args.count) throw errors.syntax;
    if (option.equalsIgnoreCase('rank')) {
      // Negated, the least integer is itself in Redis, and so no match is skipped.
      search.rank = context.integer(i + 1) === INT64_MIN ? -1 : context.position(i + 1);
      if (search.rank === 0) throw rankZero;
    } else if (option.equalsIgnoreCase('count')) {
      search.count = context.position(i + 1, countNegative);
      if (search.count < 0) throw countNegative;
    } else if (option.equalsIgnoreCase('maxlen')) {
      search.maxLength = context.position(i + 1, maxLengthNegative);
      if (search.maxLength < 0) throw maxLengthNegative;
    } else {
      throw errors.syntax;
    }
  }
  return search;
}

function replyMatches({ args, reply }: CommandContext, list: ListValue, search: Search): void {
  const { rank, count } = search;
  const single = count < 0;
  const limit = single ? 1 : count;
  const mark = single ? 0 : reply.beginDeferred();
  const { cursor, length } = list;
  const wanted = list.comparand(args.at(2));
  const compared = search.maxLength === 0 ? length : Math.min(search.maxLength, length);
  let skipped = Math.abs(rank) - 1;
  let matches = 0;
  let found = list.seek(rank < 0 ? length - 1 : 0);
  for (;;) {
    found &&= rank < 0 ? cursor.findBefore(wanted, length - compared) : cursor.find(wanted, compared);
    if (!found) break;
    if (skipped-- <= 0) {
      reply.integer(cursor.index);
      if (++matches === limit) break;
    }
    found = rank < 0 ? cursor.previous() : cursor.next();
  }
  if (!single) reply.endDeferred(mark, 'array', matches);
  else if (matches === 0) reply.null();
}
