/**
 * Ranges of bytes or bits as arguments: `start end [BYTE | BIT]`, counted from the end where negative.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { errors } from '../../protocol/errors.ts';

/** The argument at `index` as a unit: true for bits. */
export function readsBits(context: CommandContext, index: number): boolean {
  const unit = context.args.at(index);
  if (unit.equalsIgnoreCase('bit')) return true;
  if (unit.equalsIgnoreCase('byte')) return false;
  throw errors.syntax;
}

/** A position counted from the beginning, not below 0. What is beyond 2^53 lies far outside of any string. */
export function fromStart(position: number | bigint, length: number): number {
  const index = Number(position);
  return Math.max(0, index < 0 ? length + index : index);
}
