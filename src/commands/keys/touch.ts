import { allKeys } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';

export const touch = defineCommand({
  name: 'touch',
  summary: 'Marks keys as accessed now, and counts how many of them exist.',
  since: '3.2.1',
  group: 'generic',
  complexity: 'O(N) where N is the number of keys.',
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['readonly', 'fast'],
  acl: ['keyspace'],
  keys: allKeys(1, 'RO'),
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  run({ args, database, keyspace, reply }) {
    const { touches } = keyspace;
    // The one command that marks accesses for clients with CLIENT NO-TOUCH too.
    keyspace.touches = true;
    let found = 0;
    for (let i = 1; i < args.count; i++) if (database.lookup(args.at(i)) !== NULL) found++;
    keyspace.touches = touches;
    reply.integer(found);
  },
});
