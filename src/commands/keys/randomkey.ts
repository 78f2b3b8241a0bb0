import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { Slice } from '../../lib/slice.ts';

/** Where all keys may be past their deadline and none is deleted, so many are drawn before one is answered anyway. */
const MAX_DRAWS = 100;

export const randomkey = defineCommand({
  name: 'randomkey',
  summary: 'Answers a key chosen at random.',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['readonly'],
  acl: ['keyspace'],
  tips: ['request_policy:all_shards', 'nondeterministic_output'],
  run({ database, keyspace, reply }) {
    const key = new Slice(new Uint8Array(0), 0, 0);
    const mayAllBeOver = keyspace.keepsExpired && database.expiring === database.size;
    for (let draws = 1; ; draws++) {
      const entry = database.table.random(database.root, keyspace.random);
      if (entry === NULL) {
        reply.null();
        return;
      }
      keyspace.entries.key(entry, key);
      if (!database.isOver(entry) || (mayAllBeOver && draws === MAX_DRAWS)) {
        reply.bulk(key);
        return;
      }
      database.find(Slice.from(key.copy()));
    }
  },
});
