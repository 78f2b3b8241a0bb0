import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { type Pointer, TYPE_NAMES, typeOf } from '../../keyspace/key-entry.ts';
import { Slice } from '../../lib/slice.ts';
import { matchesPattern, readCursor, readScanOptions, type ScanOptions } from './scan-options.ts';

/** Empty buckets are passed over, but not more than so many times COUNT in one call. */
const BUCKETS_PER_COUNT = 10;

export const scan = defineCommand({
  name: 'scan',
  summary: 'Goes through the keys of the database, some at a time.',
  since: '2.8.0',
  group: 'generic',
  complexity: 'O(1) for every call; O(N) for a whole iteration, where N is the number of keys.',
  history: [['6.0.0', 'Added the TYPE option.']],
  syntax: 'cursor [MATCH pattern] [COUNT count] [TYPE type]',
  arity: -2,
  flags: ['readonly'],
  acl: ['keyspace'],
  tips: ['nondeterministic_output', 'request_policy:special'],
  run(context) {
    const { database } = context;
    let cursor = readCursor(context, 1);
    const options = readScanOptions(context, 2, true);
    const entries: Pointer[] = [];
    const collect = (entry: Pointer): void => {
      entries.push(entry);
    };
    let bucketsLeft = options.count * BUCKETS_PER_COUNT;
    do {
      cursor = database.table.scan(database.root, cursor, collect);
    } while (cursor !== 0 && bucketsLeft-- > 0 && entries.length < options.count);
    replyKeys(context, cursor, entries, options);
  },
});

/** Answers the keys that fit, and deletes those whose time is over, which moves entries, when all are answered. */
function replyKeys(context: CommandContext, cursor: number, entries: readonly Pointer[], options: ScanOptions): void {
  const { database, keyspace, reply } = context;
  const { heap } = keyspace;
  const key = new Slice(new Uint8Array(0), 0, 0);
  const over: Uint8Array[] = [];
  reply.array(2);
  reply.integerBulk(cursor);
  let found = 0;
  const mark = reply.beginDeferred();
  for (const entry of entries) {
    if (!matchesPattern(options, keyspace.entries.key(entry, key))) continue;
    if (database.isOver(entry)) {
      over.push(key.copy());
    } else if (options.type === null || options.type.equalsIgnoreCase(TYPE_NAMES[typeOf(heap, entry)])) {
      reply.bulk(key);
      found++;
    }
  }
  reply.endDeferred(mark, 'array', found);
  for (const name of over) database.find(Slice.from(name));
}
