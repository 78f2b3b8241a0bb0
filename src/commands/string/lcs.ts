import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { CommonSubsequence } from './common-subsequence.ts';

interface LcsOptions {
  length: boolean;
  indexes: boolean;
  minMatchLength: number;
  withMatchLength: boolean;
}

const NO_STRINGS = new ReplyError('ERR The specified keys must contain string values');
const LENGTH_AND_INDEXES = new ReplyError('ERR If you want both the length and indexes, please just use IDX.');
const TOO_LARGE = new ReplyError('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');
/** What Redis takes for a pair of bytes, which is what its limit is about. */
const CELL_BYTES = 4;
const NOTHING = new Uint8Array(0);

export const lcs = defineCommand({
  name: 'lcs',
  summary: 'Returns the longest common subsequence of two strings, its length, or where it lies in both.',
  since: '7.0.0',
  group: 'string',
  complexity: 'O(N*M) where N and M are the lengths of the two strings',
  syntax: 'key1 key2 [LEN] [IDX] [MINMATCHLEN len:integer] [WITHMATCHLEN]',
  arity: -3,
  flags: ['readonly'],
  keys: [{ flags: ['RO', 'access'], search: { index: 1 }, find: { last: 1, step: 1, limit: 0 } }],
  run(context) {
    const { args } = context;
    const lengthA = stringLength(context, args.at(1));
    const lengthB = stringLength(context, args.at(2));
    if (lengthA < 0 || lengthB < 0) throw NO_STRINGS;
    const options = readOptions(context);
    if (options.length && options.indexes) throw LENGTH_AND_INDEXES;
    const limit = context.server.config.get('proto-max-bulk-len');
    if ((lengthA + 1) * (lengthB + 1) * CELL_BYTES > limit) throw TOO_LARGE;

    const a = copyString(context, args.at(1));
    const b = copyString(context, args.at(2));
    const common = new CommonSubsequence(a, b, !options.length);
    if (options.indexes) replyMatches(context, common, options);
    else if (options.length) context.reply.integer(common.length);
    else context.reply.bulk(Slice.from(common.bytes()));
  },
});

/** The length of the string at a key, 0 if there is none; negative if the key holds something else. */
function stringLength(context: CommandContext, key: Slice): number {
  const entry = context.database.lookup(key);
  if (entry === NULL) return 0;
  return context.isString(entry) ? context.keyspace.stringValues.length(entry) : -1;
}

/** A copy, because an entry may not outlive the next look-up. */
function copyString(context: CommandContext, key: Slice): Uint8Array {
  const entry = context.database.find(key);
  if (entry === NULL) return NOTHING;
  const values = context.keyspace.stringValues;
  return values.copy(entry, 0, values.length(entry));
}

function readOptions(context: CommandContext): LcsOptions {
  const { args } = context;
  const options: LcsOptions = { length: false, indexes: false, minMatchLength: 0, withMatchLength: false };
  for (let i = 3; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('idx')) options.indexes = true;
    else if (word.equalsIgnoreCase('len')) options.length = true;
    else if (word.equalsIgnoreCase('withmatchlen')) options.withMatchLength = true;
    else if (word.equalsIgnoreCase('minmatchlen') && i + 1 < args.count) {
      options.minMatchLength = context.position(++i);
    } else throw errors.syntax;
  }
  return options;
}

function replyMatches({ reply }: CommandContext, common: CommonSubsequence, options: LcsOptions): void {
  reply.map(2);
  reply.text('matches');
  const mark = reply.beginDeferred();
  let count = 0;
  common.matches((aStart, bStart, length) => {
    if (length < options.minMatchLength) return;
    count++;
    reply.array(options.withMatchLength ? 3 : 2);
    reply.array(2);
    reply.integer(aStart);
    reply.integer(aStart + length - 1);
    reply.array(2);
    reply.integer(bStart);
    reply.integer(bStart + length - 1);
    if (options.withMatchLength) reply.integer(length);
  });
  reply.endDeferred(mark, 'array', count);
  reply.text('len');
  reply.integer(common.length);
}
