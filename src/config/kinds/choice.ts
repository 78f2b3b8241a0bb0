/** Directives that are one word, or several words, of a fixed list. Case doesn't matter. */

import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';

interface ChoiceFacts<Option extends string> extends Facts {
  /** In the order of the error message. */
  readonly options: readonly Option[];
  readonly default: NoInfer<Option>;
  /** Options that mean another one, which CONFIG GET then shows. */
  readonly synonyms?: Readonly<Partial<Record<NoInfer<Option>, NoInfer<Option>>>>;
}

function outsideList(options: readonly string[]): { readonly error: string } {
  return refused(`argument(s) must be one of the following: ${options.join(', ')}`);
}

class ChoiceDirective<Name extends string, Option extends string> extends Directive<Name, Option> {
  declare readonly facts: ChoiceFacts<Option>;

  initial(): Option {
    return this.facts.default;
  }

  parse(args: readonly string[]): Parsed<Option> {
    const { options, synonyms } = this.facts;
    const word = args[0].toLowerCase();
    const option = options.find((candidate) => candidate === word);
    if (option === undefined) return outsideList(options);
    return accepted(synonyms?.[option] ?? option);
  }

  print(stored: Option): string {
    return stored;
  }

  view(stored: Option): Option {
    return stored;
  }

  store(value: Option): Option {
    return value;
  }

  domain(): string {
    return `one of ${this.facts.options.join(', ')}`;
  }

  lines(stored: Option): readonly RewrittenLine[] {
    return [{ text: stored, force: stored !== this.facts.default }];
  }
}

export function choice<const Name extends string, const Option extends string>(
  name: Name,
  facts: ChoiceFacts<Option>,
): Directive<Name, Option> {
  return new ChoiceDirective(name, facts);
}

interface ChoicesFacts<Option extends string> extends Facts {
  /** The word for none of the options; also the default. */
  readonly none: string;
  readonly options: readonly Option[];
  /** The error of a combination that makes no sense, or null. */
  readonly check: (chosen: ReadonlySet<string>) => string | null;
}

class ChoicesDirective<Name extends string, Option extends string> extends Directive<Name, readonly Option[]> {
  declare readonly facts: ChoicesFacts<Option>;
  override readonly multiple = true;

  initial(): readonly Option[] {
    return [];
  }

  parse(args: readonly string[]): Parsed<readonly Option[]> {
    const { none, options, check } = this.facts;
    const words = new Set(args.map((word) => word.toLowerCase()));
    const known = new Set<string>([none, ...options]);
    if (words.size === 0 || [...words].some((word) => !known.has(word))) return outsideList([none, ...options]);
    const error = check(words);
    return error === null ? accepted(options.filter((option) => words.has(option))) : refused(error);
  }

  print(stored: readonly Option[]): string {
    return stored.length === 0 ? this.facts.none : stored.join(' ');
  }

  view(stored: readonly Option[]): readonly Option[] {
    return stored;
  }

  store(value: readonly Option[]): readonly Option[] {
    return value;
  }

  domain(): string {
    return `${this.facts.none}, or any of ${this.facts.options.join(', ')}`;
  }

  lines(stored: readonly Option[]): readonly RewrittenLine[] {
    return [{ text: this.print(stored), force: stored.length > 0 }];
  }
}

/** Several options at once; the value lists them in the order of `options`. */
export function choices<const Name extends string, const Option extends string>(
  name: Name,
  facts: ChoicesFacts<Option>,
): Directive<Name, readonly Option[]> {
  return new ChoicesDirective(name, facts);
}
