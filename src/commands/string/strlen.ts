import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';

export const strlen = defineCommand({
  name: 'strlen',
  summary: 'Returns the length of the string at a key in bytes, 0 if the key does not exist.',
  since: '2.2.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO'),
  run(context) {
    const entry = context.read(context.args.at(1), TYPE_STRING);
    context.reply.integer(entry === NULL ? 0 : context.keyspace.stringValues.length(entry));
  },
});
