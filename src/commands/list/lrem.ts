import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_LIST } from '../../keyspace/keyspace-events.ts';
import type { ListValue } from '../../keyspace/list-value.ts';
import type { Slice } from '../../lib/slice.ts';
import { deleteIfEmpty } from './list-end.ts';
import { openList } from './open-list.ts';

export const lrem = defineCommand({
  name: 'lrem',
  summary:
    'Removes the elements of a list that are equal to another: all with a count of 0, else as many from the head or, with a negative count, from the tail.',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(N+M) where N is the length of the list and M is the number of elements removed.',
  syntax: 'key count element',
  arity: 4,
  flags: ['write'],
  keys: oneKey('RW', 'delete'),
  run(context) {
    const { args, database, keyspace, reply } = context;
    const key = args.at(1);
    const element = args.at(3);
    const count = context.position(2);
    const list = openList(context, key);
    if (list === null) {
      reply.integer(0);
      return;
    }
    const { length } = list;
    const limit = count === 0 ? length : Math.abs(count);
    const start = count < 0 ? startFromTail(list, element, limit) : 0;
    if (start >= 0) list.removeEqual(start, element, limit);
    const removed = length - list.length;
    if (removed > 0) {
      database.changed(key, EVENT_LIST, 'lrem');
      keyspace.dirty += removed - 1;
      deleteIfEmpty(context, list, key);
    }
    reply.integer(removed);
  },
});

/** Where the first one of the last `limit` equal elements is; -1 when there is none. */
function startFromTail(list: ListValue, element: Slice, limit: number): number {
  const { cursor } = list;
  const wanted = list.comparand(element);
  let start = -1;
  let found = list.seek(list.length - 1);
  for (let matches = 0; matches < limit; matches++) {
    found &&= cursor.findBefore(wanted, 0);
    if (!found) break;
    start = cursor.index;
    found = cursor.previous();
  }
  return start;
}
