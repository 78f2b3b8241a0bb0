/**
 * Answering elements of lists: their bytes go from the leaf that holds them straight into the reply.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import type { ListValue } from '../../keyspace/list-value.ts';
import { Slice } from '../../lib/slice.ts';

/** Elements that are answered in one go. */
const MAX_STRINGS = 128;

const text = new Slice(new Uint8Array(0), 0, 0);
const starts = new Int32Array(MAX_STRINGS);
const ends = new Int32Array(MAX_STRINGS);

/** Answers the element at the list's cursor as a bulk string. */
export function replyElement(context: CommandContext, list: ListValue): void {
  const { cursor } = list;
  if (cursor.isPlain) replyPlain(context, list);
  else context.reply.bulk(cursor.element.toSlice(text));
}

/** Answers `count` elements, which must exist, from `start` on as an array. */
export function replyRange(context: CommandContext, list: ListValue, start: number, count: number): void {
  const { reply } = context;
  reply.array(count);
  if (count === 0) return;
  const { cursor } = list;
  list.seek(start);
  for (let left = count; ; ) {
    const strings = cursor.readStrings(starts, ends, left);
    if (strings > 0) {
      reply.bulks(cursor.leafBytes, starts, ends, strings);
      left -= strings;
    } else {
      replyElement(context, list);
      left--;
    }
    if (left === 0) return;
    cursor.next();
  }
}

/** A long element is answered piece by piece. */
function replyPlain(context: CommandContext, list: ListValue): void {
  const { reply } = context;
  const { strings } = context.keyspace;
  const { plain, plainLength } = list.cursor;
  reply.beginBulk(plainLength);
  for (let at = 0; at < plainLength; ) {
    at += strings.seek(plain, plainLength, at, plainLength);
    reply.run(strings.bytes, strings.start, strings.end);
  }
  reply.endBulk();
}
