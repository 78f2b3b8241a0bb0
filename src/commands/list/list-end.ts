/**
 * The two ends of a list, as the words LEFT and RIGHT name them, and taking elements away there.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { EVENT_GENERIC, EVENT_LIST } from '../../keyspace/keyspace-events.ts';
import type { ListValue } from '../../keyspace/list-value.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

import { replyElement, replyRange } from './element-reply.ts';

export type ListEnd = 'left' | 'right';

/** The end that the argument at `index` names. */
export function listEndAt(context: CommandContext, index: number): ListEnd {
  const word = context.args.at(index);
  if (word.equalsIgnoreCase('left')) return 'left';
  if (word.equalsIgnoreCase('right')) return 'right';
  throw errors.syntax;
}

/** Answers the element at one end of the list under `key`, and takes it away. */
export function popElement(context: CommandContext, list: ListValue, key: Slice, end: ListEnd): void {
  if (end === 'left') {
    list.readHead();
    replyElement(context, list);
    list.popHead();
  } else {
    list.readTail();
    replyElement(context, list);
    list.popTail();
  }
  popped(context, list, key, end, 1);
}

/** Answers up to `count` elements at one end of the list under `key`, from that end on, and takes them away. */
export function popElements(context: CommandContext, list: ListValue, key: Slice, end: ListEnd, count: number): void {
  const { length } = list;
  const taken = Math.min(count, length);
  const start = end === 'left' ? 0 : length - taken;
  if (end === 'left') replyRange(context, list, 0, taken);
  else replyReversed(context, list, taken);
  // All together they are freed with the key, in slices if they are many.
  if (taken < length) {
    list.removeRange(start, taken);
    popped(context, list, key, end, taken);
  } else {
    changedByPop(context, key, end, taken);
    deleteList(context, list, key);
  }
}

/** Deletes the list under `key` if it has become empty. */
export function deleteIfEmpty(context: CommandContext, list: ListValue, key: Slice): void {
  if (list.removeIfEmpty()) context.database.notify(key, EVENT_GENERIC, 'del');
}

/** Deletes the list under `key` with all that is left in it. */
export function deleteList(context: CommandContext, list: ListValue, key: Slice): void {
  list.remove();
  context.database.notify(key, EVENT_GENERIC, 'del');
}

/** Tells that an element, or `count` of them, have been taken from one end. */
function popped(context: CommandContext, list: ListValue, key: Slice, end: ListEnd, count: number): void {
  changedByPop(context, key, end, count);
  deleteIfEmpty(context, list, key);
}

function changedByPop(context: CommandContext, key: Slice, end: ListEnd, count: number): void {
  context.database.changed(key, EVENT_LIST, end === 'left' ? 'lpop' : 'rpop');
  context.keyspace.dirty += count - 1;
}

function replyReversed(context: CommandContext, list: ListValue, count: number): void {
  context.reply.array(count);
  list.seek(list.length - 1);
  for (let left = count; ; ) {
    replyElement(context, list);
    if (--left === 0) return;
    list.cursor.previous();
  }
}
