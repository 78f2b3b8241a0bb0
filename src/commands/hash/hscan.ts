import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { Slice } from '../../lib/slice.ts';
import { matchesPattern, readCursor, readScanOptions } from '../keys/scan-options.ts';
import { readHash } from './open-hash.ts';

/** Empty buckets are passed over, but not more than so many times COUNT in one call. */
const BUCKETS_PER_COUNT = 10;

export const hscan = defineCommand({
  name: 'hscan',
  summary: 'Goes through the fields and values of a hash, some at a time.',
  since: '2.8.0',
  group: 'hash',
  complexity: 'O(1) for every call; O(N) for a whole iteration, where N is the size of the hash.',
  syntax: 'key cursor [MATCH pattern] [COUNT count]',
  arity: -3,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output'],
  run(context) {
    const { args, reply } = context;
    let cursor = readCursor(context, 2);
    const hash = readHash(context, args.at(1));
    if (hash === null) {
      reply.array(2);
      reply.integerBulk(0);
      reply.array(0);
      return;
    }
    const options = readScanOptions(context, 3, false);
    const pairs: Uint8Array[] = [];
    let visited = 0;
    let bucketsLeft = options.count * BUCKETS_PER_COUNT;
    do {
      cursor = hash.scan(cursor, (field, value) => {
        visited++;
        if (matchesPattern(options, field)) pairs.push(field.copy(), value.copy());
      });
    } while (cursor !== 0 && bucketsLeft-- > 0 && visited < options.count);
    reply.array(2);
    reply.integerBulk(cursor);
    reply.array(pairs.length);
    for (const bytes of pairs) reply.bulk(Slice.from(bytes));
  },
});
