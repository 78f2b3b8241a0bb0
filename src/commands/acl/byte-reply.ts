/**
 * Replies of names and rules, which are texts of one character a byte.
 */
import { Slice } from '../../lib/slice.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { replyTextOf } from '../../protocol/reply-text.ts';
import type { ReplyWriter } from '../../protocol/reply-writer.ts';

/** Answers a bulk string. */
export function replyBytes(reply: ReplyWriter, text: string): void {
  reply.bulk(Slice.from(Buffer.from(text, 'latin1')));
}

/** The error reply of a text without its code. */
export function errorOfBytes(text: string): ReplyError {
  return new ReplyError(`ERR ${replyTextOf(text)}`);
}
