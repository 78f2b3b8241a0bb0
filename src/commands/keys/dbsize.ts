import { defineCommand } from '../../dispatch/define-command.ts';

export const dbsize = defineCommand({
  name: 'dbsize',
  summary: 'Answers how many keys the database holds.',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['readonly', 'fast'],
  acl: ['keyspace'],
  tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
  run({ database, reply }) {
    reply.integer(database.size);
  },
});
