import { defineCommand } from '../../dispatch/define-command.ts';
import { globMatch } from '../../lib/glob.ts';
import { Slice } from '../../lib/slice.ts';

/** How many keys are answered between two looks at whether anybody will read them. */
const KEYS_PER_LOOK = 1024;

export const keys = defineCommand({
  name: 'keys',
  summary: 'Answers all keys that match a pattern.',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(N) where N is the number of keys in the database.',
  syntax: 'pattern',
  arity: 2,
  flags: ['readonly'],
  acl: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
  run({ args, database, keyspace, reply, session }) {
    const pattern = args.at(1);
    // Unlike the pattern, the shortcut also matches the empty key.
    const isAll = pattern.equalsIgnoreCase('*');
    const { entries } = keyspace;
    const key = new Slice(new Uint8Array(0), 0, 0);
    let found = 0;
    let isRead = true;
    const mark = reply.beginDeferred();
    database.table.forEach(database.root, (entry) => {
      entries.key(entry, key);
      if (!isRead || (!isAll && !globMatch(pattern, key)) || database.isOver(entry)) return;
      reply.bulk(key);
      if (++found % KEYS_PER_LOOK === 0) isRead = !session.transport.isOverLimit;
    });
    reply.endDeferred(mark, 'array', found);
  },
});
