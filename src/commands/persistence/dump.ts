import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { Slice } from '../../lib/slice.ts';

export const dump = defineCommand({
  name: 'dump',
  summary: 'Returns the value of a key as bytes that RESTORE reads, on this server or another.',
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(N) where N is the length of the value.',
  syntax: 'key',
  arity: 2,
  flags: ['readonly'],
  acl: ['keyspace'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output'],
  run({ args, database, reply, server }) {
    const entry = database.lookup(args.at(1));
    if (entry === NULL) reply.null();
    else reply.bulk(Slice.from(server.payloads.dump(entry)));
  },
});
