import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { replyRange } from './element-reply.ts';
import { readList } from './open-list.ts';

export const lrange = defineCommand({
  name: 'lrange',
  summary: 'Returns the elements of a list from one position through another; negative positions count from the end.',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(log(N)+M) where N is the length of the list and M is the number of elements returned.',
  syntax: 'key start stop',
  arity: 4,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const start = context.position(2);
    const stop = context.position(3);
    const list = readList(context, context.args.at(1));
    if (list === null) {
      context.reply.array(0);
      return;
    }
    const { length } = list;
    const first = start < 0 ? Math.max(0, length + start) : start;
    const last = Math.min(stop < 0 ? length + stop : stop, length - 1);
    if (first > last) context.reply.array(0);
    else replyRange(context, list, first, last - first + 1);
  },
});
