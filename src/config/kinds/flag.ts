/** A directive that is yes or no. */

import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';

interface FlagFacts extends Facts {
  readonly default: boolean;
}

class FlagDirective<Name extends string> extends Directive<Name, boolean> {
  declare readonly facts: FlagFacts;

  initial(): boolean {
    return this.facts.default;
  }

  parse(args: readonly string[]): Parsed<boolean> {
    const word = args[0].toLowerCase();
    if (word === 'yes') return accepted(true);
    if (word === 'no') return accepted(false);
    return refused("argument must be 'yes' or 'no'");
  }

  print(stored: boolean): string {
    return stored ? 'yes' : 'no';
  }

  view(stored: boolean): boolean {
    return stored;
  }

  store(value: boolean): boolean {
    return value;
  }

  domain(): string {
    return 'yes or no';
  }

  lines(stored: boolean): readonly RewrittenLine[] {
    return [{ text: this.print(stored), force: stored !== this.facts.default }];
  }
}

export function flag<const Name extends string>(name: Name, facts: FlagFacts): Directive<Name, boolean> {
  return new FlagDirective(name, facts);
}
