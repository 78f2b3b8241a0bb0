/**
 * Names that clients give themselves. They stand in CLIENT LIST, whose fields are parted by spaces.
 */
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import type { ReplyError } from '../../protocol/reply-error.ts';

/** The name, which may be empty; `error` is thrown unless all of it is visible ASCII. */
export function readClientName(value: Slice, error: ReplyError = errors.clientName): string {
  for (let i = 0; i < value.length; i++) {
    const byte = value.byteAt(i);
    if (byte < 0x21 || byte > 0x7e) throw error;
  }
  return value.toLatin1();
}
