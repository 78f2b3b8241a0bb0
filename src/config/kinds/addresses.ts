/** `bind`: the addresses to listen on. "-" before an address makes it optional, "*" is every one. */

import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';

const MOST_ADDRESSES = 16;

interface AddressesFacts extends Facts {
  readonly default: readonly string[];
}

class AddressesDirective<Name extends string> extends Directive<Name, readonly string[]> {
  declare readonly facts: AddressesFacts;
  override readonly multiple = true;

  initial(): readonly string[] {
    return this.facts.default;
  }

  parse(args: readonly string[]): Parsed<readonly string[]> {
    if (args.length > MOST_ADDRESSES) return refused('Too many bind addresses specified.');
    return accepted(args.length === 1 && args[0] === '' ? [] : [...args]);
  }

  print(stored: readonly string[]): string {
    return stored.join(' ');
  }

  view(stored: readonly string[]): readonly string[] {
    return stored;
  }

  store(value: readonly string[]): readonly string[] {
    return value;
  }

  domain(): string {
    return `up to ${MOST_ADDRESSES} addresses, or "" for none`;
  }

  lines(stored: readonly string[]): readonly RewrittenLine[] {
    if (this.print(stored) === this.print(this.facts.default)) return [];
    return [{ text: stored.length === 0 ? '""' : this.print(stored), force: true }];
  }
}

export function addresses<const Name extends string>(
  name: Name,
  facts: AddressesFacts,
): Directive<Name, readonly string[]> {
  return new AddressesDirective(name, facts);
}
