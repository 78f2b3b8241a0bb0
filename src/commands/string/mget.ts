import { allKeys } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';

export const mget = defineCommand({
  name: 'mget',
  summary: 'Returns the string values of several keys; null for a key that does not exist or holds no string.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(N) where N is the number of keys',
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: allKeys(1, 'RO', 'access'),
  tips: ['request_policy:multi_shard'],
  run(context) {
    const { args, database, reply } = context;
    reply.array(args.count - 1);
    for (let i = 1; i < args.count; i++) {
      const entry = database.lookup(args.at(i));
      context.replyString(entry !== NULL && context.isString(entry) ? entry : NULL);
    }
  },
});
