/**
 * Directives that are a text.
 *
 * {@link text} is read as UTF-8 by the program (names, paths, addresses). {@link secret} stays a byte string, one
 * character per byte, because passwords are compared as bytes. Redis's C strings end at a zero byte; so do these.
 */

import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';
import { fromByteString, quoteWord, toByteString } from '../words.ts';

interface TextFacts extends Facts {
  /** ASCII. Absent: none, which is the empty text, and CONFIG REWRITE then takes the line out of the file. */
  readonly default?: string;
  /** The error of a text that can't be accepted, or null. */
  readonly check?: (text: string) => string | null;
  /** What may be given, in words; otherwise "a text". */
  readonly form?: string;
}

class TextDirective<Name extends string> extends Directive<Name, string> {
  declare readonly facts: TextFacts;
  private readonly binary: boolean;

  constructor(name: Name, facts: TextFacts, binary: boolean) {
    super(name, facts);
    this.binary = binary;
  }

  initial(): string {
    return this.facts.default ?? '';
  }

  parse(args: readonly string[]): Parsed<string> {
    const given = this.binary ? args[0] : untilZero(args[0]);
    const error = this.facts.check?.(given) ?? null;
    return error === null ? accepted(given) : refused(error);
  }

  print(stored: string): string {
    return stored;
  }

  view(stored: string): string {
    return this.binary ? stored : fromByteString(stored);
  }

  store(value: string): string {
    return this.binary ? value : toByteString(value);
  }

  domain(): string {
    return this.facts.form ?? 'a text';
  }

  lines(stored: string): readonly RewrittenLine[] {
    if (this.facts.default === undefined && stored === '') return [];
    return [{ text: quoteWord(stored), force: stored !== this.facts.default }];
  }
}

function untilZero(given: string): string {
  const zero = given.indexOf('\0');
  return zero === -1 ? given : given.slice(0, zero);
}

/** A name, a path or an address, read as UTF-8. */
export function text<const Name extends string>(name: Name, facts: TextFacts): Directive<Name, string> {
  return new TextDirective(name, facts, false);
}

/** A password or a user name: bytes, one character each. */
export function secret<const Name extends string>(name: Name, facts: TextFacts): Directive<Name, string> {
  return new TextDirective(name, facts, true);
}
