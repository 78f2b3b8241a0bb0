import { allKeys } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';

export const exists = defineCommand({
  name: 'exists',
  summary: 'Counts how many of the given keys exist; one that is named twice counts twice.',
  since: '1.0.0',
  group: 'generic',
  complexity: 'O(N) where N is the number of keys.',
  history: [['3.0.3', 'Accepts several keys.']],
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['readonly', 'fast'],
  acl: ['keyspace'],
  keys: allKeys(1, 'RO'),
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  run({ args, database, reply }) {
    let found = 0;
    for (let i = 1; i < args.count; i++) if (database.lookupUntouched(args.at(i)) !== NULL) found++;
    reply.integer(found);
  },
});
