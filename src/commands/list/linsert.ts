import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_LIST } from '../../keyspace/keyspace-events.ts';
import { errors } from '../../protocol/errors.ts';
import { openList } from './open-list.ts';

export const linsert = defineCommand({
  name: 'linsert',
  summary: 'Inserts an element into a list before or after the first element that is equal to another.',
  since: '2.2.0',
  group: 'list',
  complexity:
    'O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).',
  syntax: 'key <BEFORE | AFTER> pivot element',
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', 'insert'),
  run(context) {
    const { args, database, reply } = context;
    const key = args.at(1);
    const after = args.at(2).equalsIgnoreCase('after');
    if (!after && !args.at(2).equalsIgnoreCase('before')) throw errors.syntax;
    const list = openList(context, key);
    if (list === null) {
      reply.integer(0);
      return;
    }
    const { cursor } = list;
    list.seek(0);
    if (!cursor.find(list.comparand(args.at(3)), list.length)) {
      reply.integer(-1);
      return;
    }
    list.insert(cursor.index + (after ? 1 : 0), args.at(4));
    database.changed(key, EVENT_LIST, 'linsert');
    reply.integer(list.length);
  },
});
