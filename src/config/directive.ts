/**
 * One configuration directive: everything the server knows about it, in one object.
 *
 * CONFIG GET, SET and REWRITE, the parser of redis.conf, `redis.conf.example` and the documentation are derived
 * from these rows; nothing else lists directives.
 *
 * A row holds no current value (each {@link Config} does). Three forms of a value are kept apart:
 *
 * - **text**: what a client or a file says. A byte string, one character per byte (latin1), since values need
 *   not be UTF-8.
 * - **stored**: what a Config keeps; printing it loses nothing.
 * - **value**: what the program reads through `config.get`: numbers, booleans, UTF-8 decoded strings, objects.
 */

export type Parsed<Stored> = { readonly value: Stored; readonly error: null } | { readonly error: string };

export function accepted<Stored>(value: Stored): Parsed<Stored> {
  return { value, error: null };
}

/** `error` is Redis's text, as it follows "CONFIG SET failed (…) - ". */
export function refused(error: string): { readonly error: string } {
  return { error };
}

/** A line that CONFIG REWRITE gives the directive, without its name. */
export interface RewrittenLine {
  readonly text: string;
  /** Whether the line is added to a file that doesn't mention the directive. */
  readonly force: boolean;
}

export interface Facts {
  /** What it is for, for `redis.conf.example` and the documentation. */
  readonly summary: string;
  /** The older name, which stands beside the name in CONFIG GET. */
  readonly alias?: string;
  /** Can be set at start only. */
  readonly immutable?: boolean;
  /** Its value is kept out of SLOWLOG and MONITOR. */
  readonly sensitive?: boolean;
  /** CONFIG SET needs `enable-protected-configs`. */
  readonly protected?: boolean;
  /** CONFIG GET shows it only under its full name. */
  readonly hidden?: boolean;
  /** CONFIG SET is refused while the data set is being loaded. */
  readonly denyLoading?: boolean;
  /** Setting it to the value it has counts as a change (a file is read again). */
  readonly volatile?: boolean;
  /** Why the directive is accepted, kept and shown but has no effect; absent when it has one. */
  readonly ignored?: string;
  /** A value for `redis.conf.example` where the default is empty. */
  readonly example?: string;
}

export abstract class Directive<Name extends string, Value, Stored = Value> {
  readonly name: Name;
  readonly facts: Facts;
  /** Takes several arguments, which CONFIG SET receives as one, separated by spaces. */
  readonly multiple: boolean = false;

  constructor(name: Name, facts: Facts) {
    this.name = name;
    this.facts = facts;
  }

  get effect(): 'active' | 'ignored' {
    return this.facts.ignored === undefined ? 'active' : 'ignored';
  }

  /** The stored form of the default. */
  abstract initial(): Stored;

  /**
   * Reads arguments. `current` is what is stored so far; `append` is true in a configuration file from the
   * second mention on, which adds to the first one for a directive that spans several lines.
   */
  abstract parse(args: readonly string[], current: Stored, append: boolean): Parsed<Stored>;

  /** The text of CONFIG GET, which `parse` reads back. */
  abstract print(stored: Stored): string;

  abstract view(stored: Stored): Value;

  /** The inverse of `view`. */
  abstract store(value: Value): Stored;

  /** What may be given, in words. */
  abstract domain(): string;

  /** The lines of CONFIG REWRITE; none takes the directive out of the file. */
  abstract lines(stored: Stored): readonly RewrittenLine[];

  /** The arguments that `parse` would read `stored` from. */
  words(stored: Stored): readonly string[] {
    const text = this.print(stored);
    if (!this.multiple) return [text];
    return text === '' ? [] : text.split(' ');
  }
}

export type AnyDirective = Directive<string, unknown, unknown>;

/** Directives of one topic: a heading in `redis.conf.example` and in the documentation. */
export interface Section<Rows extends readonly AnyDirective[] = readonly AnyDirective[]> {
  readonly title: string;
  readonly directives: Rows;
}

export function section<const Rows extends readonly AnyDirective[]>(title: string, directives: Rows): Section<Rows> {
  return { title, directives };
}
