import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_LIST } from '../../keyspace/keyspace-events.ts';
import { deleteList } from './list-end.ts';
import { openList } from './open-list.ts';

export const ltrim = defineCommand({
  name: 'ltrim',
  summary: 'Removes all elements of a list but those from one position through another.',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(N) where N is the number of elements to be removed by the operation.',
  syntax: 'key start stop',
  arity: 4,
  flags: ['write'],
  keys: oneKey('RW', 'delete'),
  run(context) {
    const { args, database, keyspace, reply } = context;
    const start = context.position(2);
    const stop = context.position(3);
    const key = args.at(1);
    const list = openList(context, key);
    if (list === null) {
      reply.ok();
      return;
    }
    const { length } = list;
    const first = start < 0 ? Math.max(0, length + start) : start;
    const last = Math.min(stop < 0 ? length + stop : stop, length - 1);
    const kept = Math.max(0, last - first + 1);
    if (kept > 0) {
      if (last < length - 1) list.removeRange(last + 1, length - 1 - last);
      if (first > 0) list.removeRange(0, first);
    }
    database.changed(key, EVENT_LIST, 'ltrim');
    // It counts as many changes as elements went, which may be none.
    keyspace.dirty += length - kept - 1;
    if (kept === 0) deleteList(context, list, key);
    reply.ok();
  },
});
