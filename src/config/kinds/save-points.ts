/** `save`: after how many seconds and changes a snapshot is written. In a file the lines add up. */

import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';
import { parseSaturating } from '../numbers.ts';

export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

interface SavePointsFacts extends Facts {
  readonly default: readonly SavePoint[];
}

class SavePointsDirective<Name extends string> extends Directive<Name, readonly SavePoint[]> {
  declare readonly facts: SavePointsFacts;
  override readonly multiple = true;

  initial(): readonly SavePoint[] {
    return this.facts.default;
  }

  parse(args: readonly string[], current: readonly SavePoint[], append: boolean): Parsed<readonly SavePoint[]> {
    if (args.length === 1 && args[0] === '') return accepted([]);
    if (args.length % 2 === 1) return refused('Invalid save parameters');
    const points: SavePoint[] = append ? [...current] : [];
    for (let i = 0; i < args.length; i += 2) {
      const seconds = parseSaturating(args[i]);
      const changes = parseSaturating(args[i + 1]);
      if (seconds === null || changes === null || seconds < 1n || changes < 0n) {
        return refused('Invalid save parameters');
      }
      points.push({ seconds: Number(seconds), changes: Number(BigInt.asIntN(32, changes)) });
    }
    return accepted(points);
  }

  print(stored: readonly SavePoint[]): string {
    return stored.map(({ seconds, changes }) => `${seconds} ${changes}`).join(' ');
  }

  view(stored: readonly SavePoint[]): readonly SavePoint[] {
    return stored;
  }

  store(value: readonly SavePoint[]): readonly SavePoint[] {
    return value;
  }

  domain(): string {
    return 'pairs of seconds and changes, or "" for none';
  }

  lines(stored: readonly SavePoint[]): readonly RewrittenLine[] {
    if (stored.length === 0) return [{ text: '""', force: true }];
    return stored.map(({ seconds, changes }) => ({ text: `${seconds} ${changes}`, force: true }));
  }
}

export function savePoints<const Name extends string>(
  name: Name,
  facts: SavePointsFacts,
): Directive<Name, readonly SavePoint[]> {
  return new SavePointsDirective(name, facts);
}
