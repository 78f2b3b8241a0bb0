/**
 * HSET, HMSET and HSETNX: setting fields.
 */
import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_HASH } from '../../keyspace/keyspace-events.ts';
import { errors } from '../../protocol/errors.ts';
import { openOrCreateHash } from './open-hash.ts';

export const hset = defineCommand({
  name: 'hset',
  summary: 'Sets fields of a hash to values, creating the hash if there is none.',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(N), where N is the number of fields set.',
  history: [['4.0.0', 'Accepts several fields and values.']],
  syntax: 'key field value [field value ...]',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'update'),
  run(context) {
    context.reply.integer(setFields(context, 'hset'));
  },
});

export const hmset = defineCommand({
  name: 'hmset',
  summary: 'Sets fields of a hash to values.',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(N), where N is the number of fields set.',
  deprecated: { since: '4.0.0', replacedBy: '`HSET` with multiple field-value pairs' },
  syntax: 'key field value [field value ...]',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'update'),
  run(context) {
    setFields(context, 'hmset');
    context.reply.ok();
  },
});

export const hsetnx = defineCommand({
  name: 'hsetnx',
  summary: 'Sets a field of a hash unless it exists.',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  syntax: 'key field value',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'insert'),
  run(context) {
    const { args, database, reply } = context;
    const key = args.at(1);
    const hash = openOrCreateHash(context, key, args.at(2), args.at(3));
    if (hash.has(args.at(2))) {
      reply.integer(0);
      return;
    }
    hash.set(args.at(2), args.at(3));
    database.changed(key, EVENT_HASH, 'hset');
    reply.integer(1);
  },
});

/** Sets all the fields given; answers how many are new. */
function setFields(context: CommandContext, command: string): number {
  const { args, database, keyspace } = context;
  const { count } = args;
  if ((count & 1) !== 0) throw errors.wrongArity(command);
  const key = args.at(1);
  const hash = openOrCreateHash(context, key, args.at(2), args.at(3));
  let created = 0;
  for (let i = 2; i < count; i += 2) if (hash.set(args.at(i), args.at(i + 1))) created++;
  database.changed(key, EVENT_HASH, 'hset');
  // Each field counts as a change of its own, one of which is counted already.
  keyspace.dirty += (count - 2) / 2 - 1;
  return created;
}
