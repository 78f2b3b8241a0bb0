/**
 * The expiry options that SET, GETEX, SETEX and PSETEX share.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

/** The latest deadline that Redis accepts: the end of a signed 64-bit number of milliseconds. */
const MAX_MS = 2n ** 63n - 1n;
/** The last number before that: deadlines are printed, and must then be read again. */
const MAX_DEADLINE = 2 ** 63 - 1024;
/** Up to so many seconds or milliseconds, sums and products are safe integers. */
const MAX_SAFE_GIVEN = 1e12;

/** How an expiry argument is to be read. */
export interface ExpiryUnit {
  /** In seconds; else in milliseconds. */
  readonly seconds: boolean;
  /** Unix time; else counted from now. */
  readonly absolute: boolean;
}

export const EX: ExpiryUnit = { seconds: true, absolute: false };
export const PX: ExpiryUnit = { seconds: false, absolute: false };
const EXAT: ExpiryUnit = { seconds: true, absolute: true };
const PXAT: ExpiryUnit = { seconds: false, absolute: true };

/** The unit that an option's word stands for; null when it is no expiry option. */
export function expiryUnitOf(word: Slice): ExpiryUnit | null {
  if (word.equalsIgnoreCase('ex')) return EX;
  if (word.equalsIgnoreCase('px')) return PX;
  if (word.equalsIgnoreCase('exat')) return EXAT;
  if (word.equalsIgnoreCase('pxat')) return PXAT;
  return null;
}

/**
 * The deadline in Unix milliseconds that the argument at `index` gives.
 *
 * @throws ReplyError unless it is a positive integer whose milliseconds fit into 63 bits; `command` is in the text.
 */
export function readDeadline(context: CommandContext, index: number, unit: ExpiryUnit, command: string): number {
  const given = context.integer(index);
  if (given <= 0) throw errors.invalidExpire(command);
  if (typeof given === 'number' && given <= MAX_SAFE_GIVEN) {
    const span = unit.seconds ? given * 1000 : given;
    return unit.absolute ? span : span + context.keyspace.nowMs();
  }
  const milliseconds = BigInt(given) * (unit.seconds ? 1000n : 1n);
  const deadline = unit.absolute ? milliseconds : milliseconds + BigInt(context.keyspace.nowMs());
  if (deadline > MAX_MS) throw errors.invalidExpire(command);
  // Beyond 2^53 a deadline is 285,000 years away, and rounding it is of no matter.
  return Math.min(Number(deadline), MAX_DEADLINE);
}
