import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { replyElement } from './element-reply.ts';
import { readList } from './open-list.ts';

export const lindex = defineCommand({
  name: 'lindex',
  summary: 'Returns the element at a position of a list; negative positions count from the end.',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(log(N)) where N is the length of the list.',
  syntax: 'key index',
  arity: 3,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const { reply } = context;
    const list = readList(context, context.args.at(1));
    if (list === null) {
      reply.null();
      return;
    }
    const position = context.position(2);
    const index = position < 0 ? list.length + position : position;
    if (index >= 0 && list.seek(index)) replyElement(context, list);
    else reply.null();
  },
});
