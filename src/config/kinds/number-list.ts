/** Directives that are several numbers: `oom-score-adj-values` and `latency-tracking-info-percentiles`. */

import { parseDouble } from '../../lib/double.ts';
import { Slice } from '../../lib/slice.ts';
import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';
import { parseSaturating } from '../numbers.ts';

interface NumberListFacts extends Facts {
  readonly default: readonly number[];
}

abstract class NumberListDirective<Name extends string> extends Directive<Name, readonly number[]> {
  declare readonly facts: NumberListFacts;
  override readonly multiple = true;

  initial(): readonly number[] {
    return this.facts.default;
  }

  view(stored: readonly number[]): readonly number[] {
    return stored;
  }

  store(value: readonly number[]): readonly number[] {
    return value;
  }
}

class ScoresDirective<Name extends string> extends NumberListDirective<Name> {
  parse(args: readonly string[]): Parsed<readonly number[]> {
    if (args.length !== 3) return refused('wrong number of arguments');
    const scores: number[] = [];
    for (const word of args) {
      const score = parseSaturating(word);
      if (score === null || score < -2000n || score > 2000n) {
        return refused('Invalid oom-score-adj-values, elements must be between -2000 and 2000.');
      }
      scores.push(Number(score));
    }
    return accepted(scores);
  }

  print(stored: readonly number[]): string {
    return stored.join(' ');
  }

  domain(): string {
    return 'three numbers from -2000 to 2000';
  }

  lines(stored: readonly number[]): readonly RewrittenLine[] {
    return [{ text: this.print(stored), force: stored.join() !== this.facts.default.join() }];
  }
}

class PercentilesDirective<Name extends string> extends NumberListDirective<Name> {
  parse(args: readonly string[]): Parsed<readonly number[]> {
    if (args.length === 1 && args[0] === '') return accepted([]);
    const percentiles: number[] = [];
    for (const word of args) {
      const percentile = parseDouble(Slice.from(word));
      if (percentile === null) return refused('Invalid latency-tracking-info-percentiles parameters');
      if (percentile > 100 || percentile < 0) {
        return refused('latency-tracking-info-percentiles parameters should sit between [0.0,100.0]');
      }
      percentiles.push(percentile);
    }
    return accepted(percentiles);
  }

  print(stored: readonly number[]): string {
    return stored.map((percentile) => percentile.toFixed(6).replace(/\.?0+$/, '')).join(' ');
  }

  domain(): string {
    return 'numbers from 0 to 100, or "" for none';
  }

  lines(stored: readonly number[]): readonly RewrittenLine[] {
    return [{ text: stored.length === 0 ? '""' : this.print(stored), force: true }];
  }
}

/** Three scores: of a primary, of a replica and of a background worker. */
export function scores<const Name extends string>(
  name: Name,
  facts: NumberListFacts,
): Directive<Name, readonly number[]> {
  return new ScoresDirective(name, facts);
}

export function percentiles<const Name extends string>(
  name: Name,
  facts: NumberListFacts,
): Directive<Name, readonly number[]> {
  return new PercentilesDirective(name, facts);
}
