/**
 * Offsets of bits as arguments: `100`, and where fields have a width also `#3`, the third field of that width.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { LOADING } from '../../dispatch/server-state.ts';
import { parseInt64, parseInt64Range } from '../../lib/integer.ts';
import { ReplyError } from '../../protocol/reply-error.ts';

const BAD_OFFSET = new ReplyError('ERR bit offset is not an integer or out of range');
const HASH = 0x23;

/** No string is longer than 2^32 - 1 bytes, and a field of 64 bits ends within eight bytes after the one it begins in. */
const MAX_BYTES = 2 ** 32 - 9;

/**
 * The argument at `index` as the offset of a bit whose byte lies within `proto-max-bulk-len`. What a master or the
 * append-only file says has happened is not questioned.
 *
 * @throws ReplyError when it is no such offset.
 */
export function readBitOffset(context: CommandContext, index: number): number {
  return checkOffset(context, parseInt64(context.args.at(index)));
}

/** As {@link readBitOffset}, where the offset may count fields of `width` bits. */
export function readFieldOffset(context: CommandContext, index: number, width: number): number {
  const arg = context.args.at(index);
  if (arg.length === 0 || arg.byteAt(0) !== HASH) return checkOffset(context, parseInt64(arg));
  const fields = parseInt64Range(arg.bytes, arg.start + 1, arg.end);
  if (fields === null) throw BAD_OFFSET;
  const bits = Number(fields) * width;
  // Redis multiplies in 64 bits and lets the product wrap around.
  return checkOffset(
    context,
    Number.isSafeInteger(bits) ? bits : Number(BigInt.asIntN(64, BigInt(fields) * BigInt(width))),
  );
}

function checkOffset(context: CommandContext, offset: number | bigint | null): number {
  if (typeof offset !== 'number' || offset < 0) throw BAD_OFFSET;
  const byte = Math.floor(offset / 8);
  const { server } = context;
  const obeyed = context.session.role === 'master' || server.state.is(LOADING);
  if (byte >= MAX_BYTES || (!obeyed && byte >= server.config.get('proto-max-bulk-len'))) throw BAD_OFFSET;
  return offset;
}
