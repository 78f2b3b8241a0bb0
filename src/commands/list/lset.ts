import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_LIST } from '../../keyspace/keyspace-events.ts';
import { errors } from '../../protocol/errors.ts';
import { openList } from './open-list.ts';

export const lset = defineCommand({
  name: 'lset',
  summary: 'Replaces the element at a position of a list; negative positions count from the end.',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(log(N)) where N is the length of the list.',
  syntax: 'key index element',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', 'update'),
  run(context) {
    const { args, database, reply } = context;
    const key = args.at(1);
    const list = openList(context, key);
    if (list === null) throw errors.noKey;
    const position = context.position(2);
    const { length } = list;
    const index = position < 0 ? length + position : position;
    if (index < 0 || index >= length) throw errors.outOfRange;
    list.set(index, args.at(3));
    reply.ok();
    database.changed(key, EVENT_LIST, 'lset');
  },
});
