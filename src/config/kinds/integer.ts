/**
 * Directives that are whole numbers: counts, sizes in bytes, percentages, permission bits.
 *
 * Stored is exact to 64 bits; the value read by the program is a plain number, so beyond 2^53 it is the nearest
 * one. Where a percentage is allowed beside a size, it is stored as a negative number: -5 is 5 %.
 */

import { normalizeInt64, parseInt64 } from '../../lib/integer.ts';
import { formatMemorySize, parseMemorySize } from '../../lib/memory-size.ts';
import { Slice } from '../../lib/slice.ts';
import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';
import { INT_MAX, parseOctal } from '../numbers.ts';

interface IntegerFacts extends Facts {
  readonly default: number;
  readonly min: number | bigint;
  readonly max: number | bigint;
  /** Without a sign in Redis: a negative number is a large one, above `max`. */
  readonly unsigned?: boolean;
  /** Values from `min` to `max` are accepted and then brought into this range. */
  readonly clamp?: readonly [least: number, most: number];
}

type Format = 'number' | 'bytes' | 'bytes or percent' | 'octal';

const UNREADABLE: Readonly<Record<Format, string>> = {
  number: "argument couldn't be parsed into an integer",
  bytes: 'argument must be a memory value',
  'bytes or percent': 'argument must be a memory or percent value',
  octal: "argument couldn't be parsed as an octal number",
};

class IntegerDirective<Name extends string> extends Directive<Name, number, number | bigint> {
  declare readonly facts: IntegerFacts;
  private readonly format: Format;

  constructor(name: Name, facts: IntegerFacts, format: Format) {
    super(name, facts);
    this.format = format;
  }

  initial(): number | bigint {
    return this.facts.default;
  }

  parse(args: readonly string[]): Parsed<number | bigint> {
    const { min, max, unsigned, clamp } = this.facts;
    const read = this.read(args[0]);
    if (read === null) return refused(UNREADABLE[this.format]);
    const value = normalizeInt64(unsigned ? BigInt.asUintN(64, read) : BigInt.asIntN(64, read));
    if (this.format === 'bytes or percent' && value < 0) {
      if (value < min) return refused(`percentage argument must be less or equal to ${-BigInt(min)}`);
    } else if (value < min || value > max) {
      const base = this.format === 'octal' ? 8 : 10;
      return refused(`argument must be between ${min.toString(base)} and ${max.toString(base)} inclusive`);
    }
    if (clamp !== undefined) return accepted(Math.min(Math.max(Number(value), clamp[0]), clamp[1]));
    return accepted(value);
  }

  print(stored: number | bigint): string {
    if (this.format === 'bytes or percent' && stored < 0) return `${-stored}%`;
    return stored.toString(this.format === 'octal' ? 8 : 10);
  }

  view(stored: number | bigint): number {
    return Number(stored);
  }

  store(value: number): number | bigint {
    return Number.isSafeInteger(value) ? value : normalizeInt64(BigInt(Math.trunc(value)));
  }

  domain(): string {
    const { min, max } = this.facts;
    switch (this.format) {
      case 'bytes':
        return BigInt(min) > 0n
          ? `a size such as 1048576, 1mb or 2gb, at least ${formatMemorySize(min)}`
          : 'a size such as 1048576, 1mb or 2gb';
      case 'bytes or percent':
        return 'a size such as 512mb, or a percentage such as 5%';
      case 'octal':
        return `an octal number from ${min.toString(8)} to ${max.toString(8)}`;
      default:
        return max >= INT_MAX ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`;
    }
  }

  lines(stored: number | bigint): readonly RewrittenLine[] {
    const inBytes = this.format === 'bytes' || (this.format === 'bytes or percent' && stored >= 0);
    return [{ text: inBytes ? formatMemorySize(stored) : this.print(stored), force: stored !== this.facts.default }];
  }

  private read(text: string): bigint | null {
    switch (this.format) {
      case 'bytes':
        return parseMemorySize(text);
      case 'octal':
        return parseOctal(text);
      case 'number':
        return decimal(text);
      default: {
        const bytes = parseMemorySize(text);
        if (bytes !== null || !text.endsWith('%')) return bytes;
        const percent = decimal(text.slice(0, -1));
        return percent === null || percent < 0n ? null : -percent;
      }
    }
  }
}

function decimal(text: string): bigint | null {
  const value = parseInt64(Slice.from(text));
  return value === null ? null : BigInt(value);
}

/** A plain number. */
export function integer<const Name extends string>(
  name: Name,
  facts: IntegerFacts,
): Directive<Name, number, number | bigint> {
  return new IntegerDirective(name, facts, 'number');
}

/** A number of bytes, with units in the file. */
export function bytes<const Name extends string>(
  name: Name,
  facts: IntegerFacts,
): Directive<Name, number, number | bigint> {
  return new IntegerDirective(name, facts, 'bytes');
}

/** A number of bytes, or a percentage, which is stored as its negative. */
export function bytesOrPercent<const Name extends string>(
  name: Name,
  facts: IntegerFacts,
): Directive<Name, number, number | bigint> {
  return new IntegerDirective(name, facts, 'bytes or percent');
}

/** Permission bits. */
export function octal<const Name extends string>(
  name: Name,
  facts: IntegerFacts,
): Directive<Name, number, number | bigint> {
  return new IntegerDirective(name, facts, 'octal');
}
