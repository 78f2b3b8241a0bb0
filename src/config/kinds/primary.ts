/** `replicaof`: the server to replicate, or null for a primary. */

import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';
import { parseSaturating } from '../numbers.ts';

export interface PrimaryAddress {
  readonly host: string;
  readonly port: number;
}

class PrimaryDirective<Name extends string> extends Directive<Name, PrimaryAddress | null> {
  override readonly multiple = true;

  initial(): PrimaryAddress | null {
    return null;
  }

  parse(args: readonly string[]): Parsed<PrimaryAddress | null> {
    if (args.length !== 2) return refused('wrong number of arguments');
    const [host, word] = args;
    if (host.toLowerCase() === 'no' && word.toLowerCase() === 'one') return accepted(null);
    const port = parseSaturating(word);
    if (port === null || port < 0n || port > 65535n) return refused('Invalid master port');
    return accepted({ host, port: Number(port) });
  }

  print(stored: PrimaryAddress | null): string {
    return stored === null ? '' : `${stored.host} ${stored.port}`;
  }

  view(stored: PrimaryAddress | null): PrimaryAddress | null {
    return stored;
  }

  store(value: PrimaryAddress | null): PrimaryAddress | null {
    return value;
  }

  domain(): string {
    return 'a host and a port';
  }

  lines(stored: PrimaryAddress | null): readonly RewrittenLine[] {
    return stored === null ? [] : [{ text: this.print(stored), force: true }];
  }

  override words(stored: PrimaryAddress | null): readonly string[] {
    return stored === null ? ['no', 'one'] : [stored.host, String(stored.port)];
  }
}

export function primary<const Name extends string>(name: Name, facts: Facts): Directive<Name, PrimaryAddress | null> {
  return new PrimaryDirective(name, facts);
}
