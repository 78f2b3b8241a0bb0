/**
 * LMOVE and RPOPLPUSH, and BLMOVE and BRPOPLPUSH, which wait for an element.
 */
import type { KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_LIST } from '../../keyspace/key-entry.ts';
import { EVENT_LIST } from '../../keyspace/keyspace-events.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { replyElement } from './element-reply.ts';
import { deleteIfEmpty, type ListEnd, listEndAt } from './list-end.ts';

const SOURCE_AND_TARGET: readonly KeySpec[] = [
  { flags: ['RW', 'access', 'delete'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
  { flags: ['RW', 'insert'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } },
];

export const lmove = defineCommand({
  name: 'lmove',
  summary: 'Moves an element from one end of a list to one end of another, or the same, and returns it.',
  since: '6.2.0',
  group: 'list',
  complexity: 'O(1)',
  syntax: 'source destination <LEFT | RIGHT> <LEFT | RIGHT>',
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: SOURCE_AND_TARGET,
  run(context) {
    const from = listEndAt(context, 3);
    const to = listEndAt(context, 4);
    if (!moveElement(context, from, to)) context.reply.null();
  },
});

export const rpoplpush = defineCommand({
  name: 'rpoplpush',
  summary: 'Moves the last element of a list to the head of another, or the same, and returns it.',
  since: '1.2.0',
  group: 'list',
  complexity: 'O(1)',
  deprecated: { since: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  syntax: 'source destination',
  arity: 3,
  flags: ['write', 'denyoom'],
  keys: SOURCE_AND_TARGET,
  run(context) {
    if (!moveElement(context, 'right', 'left')) context.reply.null();
  },
});

export const blmove = defineCommand({
  name: 'blmove',
  summary: 'Moves an element as LMOVE does, once there is one.',
  since: '6.2.0',
  group: 'list',
  complexity: 'O(1)',
  syntax: 'source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout',
  arity: 6,
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  keys: SOURCE_AND_TARGET,
  run(context) {
    const { args } = context;
    const from = listEndAt(context, 3);
    const to = listEndAt(context, 4);
    const timeoutMs = context.timeoutMs(5);
    if (!moveElement(context, from, to)) wait(context, timeoutMs);
    else if (context.server.writeLog.hasSubscribers) {
      context.propagate('LMOVE', args.at(1), args.at(2), args.at(3), args.at(4));
    }
  },
});

export const brpoplpush = defineCommand({
  name: 'brpoplpush',
  summary: 'Moves an element as RPOPLPUSH does, once there is one.',
  since: '2.2.0',
  group: 'list',
  complexity: 'O(1)',
  history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']],
  deprecated: { since: '6.2.0', replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
  syntax: 'source destination timeout',
  arity: 4,
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  keys: SOURCE_AND_TARGET,
  run(context) {
    const { args } = context;
    const timeoutMs = context.timeoutMs(3);
    if (!moveElement(context, 'right', 'left')) wait(context, timeoutMs);
    else if (context.server.writeLog.hasSubscribers) context.propagate('RPOPLPUSH', args.at(1), args.at(2));
  },
});

/** A copy of the element on its way. */
const moved = new Slice(new Uint8Array(0), 0, 0);

/** Moves an element from the list at the first argument to that at the second and answers it; false if there is none. */
function moveElement(context: CommandContext, from: ListEnd, to: ListEnd): boolean {
  const { args, database, keyspace } = context;
  const source = args.at(1);
  const target = args.at(2);
  if (context.write(source, TYPE_LIST) === NULL) return false;
  const isNew = context.write(target, TYPE_LIST) === NULL;
  // Looking up the second may have taken out a key whose time is over, and popping may move the table: entries are
  // looked up when they are needed.
  const list = keyspace.list.open(database, source, database.peek(source));
  if (from === 'left') list.readHead();
  else list.readTail();
  if (list.cursor.isPlain && !keyspace.heap.reserve(2 * list.cursor.plainLength)) throw errors.oom;
  replyElement(context, list);
  list.take(moved);
  if (from === 'left') list.popHead();
  else list.popTail();

  let other = list;
  if (isNew) other = keyspace.otherList.create(database, target);
  else if (!source.equals(target)) other = keyspace.otherList.open(database, target, database.peek(target));
  if (to === 'left') other.pushHead(moved);
  else other.pushTail(moved);

  database.changed(target, EVENT_LIST, to === 'left' ? 'lpush' : 'rpush');
  database.changed(source, EVENT_LIST, from === 'left' ? 'lpop' : 'rpop');
  // Both together count as one change.
  keyspace.dirty--;
  deleteIfEmpty(context, list, source);
  return true;
}

function wait(context: CommandContext, timeoutMs: number): void {
  // A client whose time is over is answered a null array, whatever it waited for.
  if (!context.mayBlock) context.reply.null();
  else context.block({ keys: [context.args.at(1)], type: TYPE_LIST, timeoutMs, timeoutReply: 'null-array' });
}
