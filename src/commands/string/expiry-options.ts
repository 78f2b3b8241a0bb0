/**
 * The expiry options that SET, GETEX, SETEX and PSETEX share.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { errors } from '../../protocol/errors.ts';

/** The latest deadline that Redis accepts: the end of a signed 64-bit number of milliseconds. */
const MAX_MS = 2n ** 63n - 1n;

/** How an expiry argument is to be read. */
export interface ExpiryUnit {
  /** In seconds; else in milliseconds. */
  readonly seconds: boolean;
  /** Unix time; else counted from now. */
  readonly absolute: boolean;
}

export const EX: ExpiryUnit = { seconds: true, absolute: false };
export const PX: ExpiryUnit = { seconds: false, absolute: false };
export const EXAT: ExpiryUnit = { seconds: true, absolute: true };
export const PXAT: ExpiryUnit = { seconds: false, absolute: true };

/**
 * The deadline in Unix milliseconds that the argument at `index` gives.
 *
 * @throws ReplyError unless it is a positive integer whose milliseconds fit into 63 bits; `command` is in the text.
 */
export function readDeadline(context: CommandContext, index: number, unit: ExpiryUnit, command: string): number {
  const given = context.integer(index);
  if (given <= 0) throw errors.invalidExpire(command);
  const milliseconds = BigInt(given) * (unit.seconds ? 1000n : 1n);
  const deadline = unit.absolute ? milliseconds : milliseconds + BigInt(context.keyspace.nowMs());
  if (deadline > MAX_MS) throw errors.invalidExpire(command);
  // Beyond 2^53 a deadline is 285,000 years away, and rounding it is of no matter.
  return Number(deadline);
}
