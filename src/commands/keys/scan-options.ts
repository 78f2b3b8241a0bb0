/**
 * The arguments that SCAN shares with SSCAN, HSCAN and ZSCAN.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { globMatch } from '../../lib/glob.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

/** Entries that a scan answers at a time, more or less, where the client does not say. */
const DEFAULT_COUNT = 10;
const MAX_UINT64 = 2n ** 64n - 1n;

export interface ScanOptions {
  /** Null where everything matches. */
  pattern: Slice | null;
  count: number;
  /** The name of a type, as the client wrote it. */
  type: Slice | null;
}

/**
 * The cursor that the argument at `index` gives, a boundary in hash order of 32 bits. Whatever `strtoul` takes is
 * accepted, as in Redis: a sign, leading zeros, nothing at all, and anything behind a NUL.
 *
 * @throws ReplyError `ERR invalid cursor`.
 */
export function readCursor(context: CommandContext, index: number): number {
  const text = context.args.at(index).toLatin1().split('\0', 1)[0];
  const match = /^([+-]?)(\d+)$/.exec(text);
  if (match === null) {
    if (text === '') return 0;
    throw errors.invalidCursor;
  }
  const magnitude = BigInt(match[2]);
  if (magnitude > MAX_UINT64) throw errors.invalidCursor;
  return Number(BigInt.asUintN(32, match[1] === '-' ? -magnitude : magnitude));
}

/** Reads the options from the argument at `from` on; `takesType` is true for SCAN alone. */
export function readScanOptions(context: CommandContext, from: number, takesType: boolean): ScanOptions {
  const { args } = context;
  const options: ScanOptions = { pattern: null, count: DEFAULT_COUNT, type: null };
  for (let i = from; i < args.count; i += 2) {
    const word = args.at(i);
    if (i + 1 === args.count) throw errors.syntax;
    if (word.equalsIgnoreCase('count')) {
      options.count = context.position(i + 1);
      if (options.count < 1) throw errors.syntax;
    } else if (word.equalsIgnoreCase('match')) {
      const pattern = args.at(i + 1);
      options.pattern = pattern.equalsIgnoreCase('*') ? null : pattern;
    } else if (takesType && word.equalsIgnoreCase('type')) {
      options.type = args.at(i + 1);
    } else {
      throw errors.syntax;
    }
  }
  return options;
}

/** True when the pattern of the options, if there is one, matches. */
export function matchesPattern(options: ScanOptions, text: Slice): boolean {
  return options.pattern === null || globMatch(options.pattern, text);
}
