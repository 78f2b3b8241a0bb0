import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_SET } from '../../keyspace/key-entry.ts';
import { EVENT_GENERIC, EVENT_SET } from '../../keyspace/keyspace-events.ts';
import { openSet } from './open-set.ts';

export const smove = defineCommand({
  name: 'smove',
  summary: 'Moves a member from one set to another.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1)',
  syntax: 'source destination member',
  arity: 4,
  flags: ['write', 'fast'],
  keys: [
    { flags: ['RW', 'access', 'delete'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
    { flags: ['RW', 'insert'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } },
  ],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const [from, to, member] = [args.at(1), args.at(2), args.at(3)];
    // The destination is looked at before the source is opened, since it may be deleted because its time is over.
    const exists = database.find(from) !== NULL && context.write(to, TYPE_SET) !== NULL;
    const source = openSet(context, from);
    if (source !== null && from.equals(to)) {
      reply.integer(source.has(member) ? 1 : 0);
      return;
    }
    if (!source?.delete(member)) {
      reply.integer(0);
      return;
    }
    const isGone = source.removeIfEmpty();
    database.changed(from, EVENT_SET, 'srem');
    if (isGone) database.notify(from, EVENT_GENERIC, 'del');
    const other = keyspace.otherSet;
    if (exists) other.open(database, to, database.peek(to));
    else other.createFor(database, to, member);
    if (other.add(member)) database.changed(to, EVENT_SET, 'sadd');
    reply.integer(1);
  },
});
