/**
 * Replies of names and rules, which are texts of one character a byte.
 */
import { Slice } from '../../lib/slice.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { decodeReplyText } from '../../protocol/reply-text.ts';
import type { ReplyWriter } from '../../protocol/reply-writer.ts';

/** Answers a bulk string. */
export function replyBytes(reply: ReplyWriter, text: string): void {
  reply.bulk(Slice.from(Buffer.from(text, 'latin1')));
}

/** The error reply of a text without its code. */
export function errorOfBytes(text: string): ReplyError {
  const bytes = Buffer.from(text, 'latin1');
  return new ReplyError(`ERR ${decodeReplyText(bytes, 0, bytes.length)}`);
}
