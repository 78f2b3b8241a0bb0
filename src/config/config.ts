/**
 * The configuration of one server: a value for every directive, and who wants to know when one changes.
 *
 * There is no global: several Configs in one process are independent. A change at run time (CONFIG SET) is all or
 * nothing: either every pair is accepted by its directive and by the subsystems concerned, or nothing has changed.
 *
 * Invariant: whatever is stored can be printed and read back to the same.
 */

import { globMatch } from '../lib/glob.ts';
import { Slice } from '../lib/slice.ts';
import { ConfigError } from './config-error.ts';
import type { AnyDirective } from './directive.ts';
import {
  type ConfigValues,
  type DirectiveName,
  directives,
  findDirective,
  namedDirectives,
} from './directives/index.ts';
import { fromByteString, toByteString } from './words.ts';

/** Why a CONFIG SET was refused. */
export interface Refusal {
  /** The argument to blame, as the reply names it. */
  readonly name: string;
  readonly error: string;
  /** The whole reply, with its code. */
  readonly reply: string;
  /** Errors of subsystems that could not go back to their former values; for the log. */
  readonly undoErrors: readonly string[];
}

export interface SetContext {
  /** The data set is being loaded. */
  readonly loading?: boolean;
  /** The client is on the same host. */
  readonly local?: boolean;
}

/** Null, or why the change is impossible, in which case the applier has left everything as it was. */
export type Verdict = string | null;

type Applier = (value: unknown, previous: unknown) => Verdict | Promise<Verdict>;
type Listener = (value: unknown, previous: unknown) => void;

interface Slot {
  readonly directive: AnyDirective;
  stored: unknown;
  value: unknown;
  given: boolean;
  readonly appliers: Set<Applier>;
  readonly listeners: Set<Listener>;
}

interface Change {
  /** The name that was used. */
  readonly name: string;
  readonly slot: Slot;
  readonly stored: unknown;
  readonly previous: unknown;
  readonly value: unknown;
  readonly previousValue: unknown;
}

interface Step {
  readonly applier: Applier;
  readonly change: Change;
}

/** A directive that was given and has no effect here. */
export interface IgnoredSetting {
  readonly name: DirectiveName;
  readonly reason: string;
}

export class Config {
  /** The absolute path of the file the server was started with, which CONFIG REWRITE writes; null without one. */
  filePath: string | null = null;

  private readonly slots = new Map<string, Slot>();
  private pending: Promise<unknown> | null = null;

  private constructor() {
    for (const directive of directives) {
      const stored = directive.initial();
      this.slots.set(directive.name, {
        directive,
        stored,
        value: directive.view(stored),
        given: false,
        appliers: new Set(),
        listeners: new Set(),
      });
    }
  }

  /** A configuration in which every directive has its default. */
  static defaults(): Config {
    return new Config();
  }

  /** The current value. What runs per command keeps it in a field of its own through {@link Config.watch}. */
  get<N extends DirectiveName>(name: N): ConfigValues[N] {
    return this.slot(name).value as ConfigValues[N];
  }

  /** The text of CONFIG GET, as a byte string. */
  print(name: DirectiveName): string {
    const { directive, stored } = this.slot(name);
    return directive.print(stored);
  }

  /** What the directive has stored; for code that goes through the rows of the table. */
  stored(directive: AnyDirective): unknown {
    return this.slot(directive.name).stored;
  }

  /** True for names, in any case, of directives whose value is a secret. */
  isSensitive(name: string): boolean {
    return findDirective(name)?.directive.facts.sensitive === true;
  }

  /** True when a file, the command line or a client has set it, be it to its default. */
  isGiven(name: DirectiveName): boolean {
    return this.slot(name).given;
  }

  /** Directives that were given and have no effect, in the order of the table. */
  ignoredSettings(): IgnoredSetting[] {
    const ignored: IgnoredSetting[] = [];
    for (const { directive, given } of this.slots.values()) {
      const reason = directive.facts.ignored;
      if (given && reason !== undefined) ignored.push({ name: directive.name as DirectiveName, reason });
    }
    return ignored;
  }

  /**
   * CONFIG GET: names and values that match any of the patterns, each once. Patterns, names and values are byte
   * strings. A name in full is answered as it was written.
   */
  match(patterns: readonly string[]): Array<[name: string, value: string]> {
    const found = new Map<string, [name: string, value: string]>();
    for (const pattern of patterns) {
      if (!/[[*?]/.test(pattern)) {
        const named = findDirective(pattern);
        if (named !== undefined && !found.has(named.name)) {
          found.set(named.name, [pattern, this.printed(named.directive)]);
        }
        continue;
      }
      const glob = Slice.from(Buffer.from(pattern, 'latin1'));
      for (const { name, directive } of namedDirectives) {
        if (directive.facts.hidden || found.has(name)) continue;
        if (globMatch(glob, Slice.from(name), true)) found.set(name, [name, this.printed(directive)]);
      }
    }
    return [...found.values()];
  }

  /**
   * CONFIG SET. Names and values are byte strings. Answers null when everything is set, or why nothing was.
   *
   * The answer is a promise when an applier needs time, or when an earlier change is still under way: changes are
   * made one after the other.
   */
  set(
    pairs: ReadonlyArray<readonly [name: string, value: string]>,
    context: SetContext = {},
  ): Refusal | null | Promise<Refusal | null> {
    if (this.pending !== null) return this.queue(this.pending.then(() => this.attempt(pairs, context)));
    const outcome = this.attempt(pairs, context);
    return outcome instanceof Promise ? this.queue(outcome) : outcome;
  }

  /**
   * Sets a value from within the program: an option of the embedded API, REPLICAOF, a port chosen by the system.
   * Takes the value, or its text as a JavaScript string (also for passwords: its UTF-8 bytes are meant). May set what CONFIG SET may not, asks no applier, and
   * tells the listeners. Throws {@link ConfigError} for a value that the directive doesn't accept.
   */
  override<N extends DirectiveName>(name: N, value: ConfigValues[N] | string): void {
    const slot = this.slot(name);
    const { directive } = slot;
    let words: readonly string[];
    if (typeof value === 'string' && !directive.multiple) words = [toByteString(value)];
    else if (typeof value === 'string') words = value === '' ? [] : toByteString(value).split(' ');
    else words = directive.words(directive.store(value));
    const parsed = directive.parse(words, slot.stored, false);
    if (parsed.error !== null) {
      throw new ConfigError('CONFIG_BAD_DIRECTIVE', `${name}: ${parsed.error}`, {
        text: fromByteString(words.join(' ')),
      });
    }
    const change = changeOf(name, slot, parsed.value);
    slot.given = true;
    commit(change);
    if (hasChanged(change)) notify([change]);
  }

  /**
   * Sets a value while the configuration is being read. Answers the error text, or null. `append` as in
   * {@link Directive.parse}.
   */
  load(directive: AnyDirective, args: readonly string[], append: boolean): Verdict {
    const slot = this.slot(directive.name);
    const parsed = directive.parse(args, slot.stored, append);
    if (parsed.error !== null) return parsed.error;
    commit(changeOf(directive.name, slot, parsed.value));
    slot.given = true;
    return null;
  }

  /**
   * Has a say in changes by CONFIG SET: the applier runs when all values are set, may act on them, and refuses by
   * answering a text. When a later one refuses, those that ran are called again with the former values.
   * Returns what ends it.
   */
  beforeChange<N extends DirectiveName>(
    name: N,
    applier: (value: ConfigValues[N], previous: ConfigValues[N]) => Verdict | Promise<Verdict>,
  ): () => void {
    return added(this.slot(name).appliers, applier as Applier);
  }

  /** {@link Config.beforeChange} for values that belong together: the applier runs once for all of them. */
  beforeChangeOfAny(names: readonly DirectiveName[], applier: () => Verdict | Promise<Verdict>): () => void {
    const ends = names.map((name) => added(this.slot(name).appliers, applier));
    return () => {
      for (const end of ends) end();
    };
  }

  /** Is told of changes that are final. Returns what ends it. */
  onChange<N extends DirectiveName>(
    name: N,
    listener: (value: ConfigValues[N], previous: ConfigValues[N]) => void,
  ): () => void {
    return added(this.slot(name).listeners, listener as Listener);
  }

  /** {@link Config.onChange} for values that belong together: called once per CONFIG SET. */
  onChangeOfAny(names: readonly DirectiveName[], listener: () => void): () => void {
    const ends = names.map((name) => added(this.slot(name).listeners, listener));
    return () => {
      for (const end of ends) end();
    };
  }

  /** Is told the value now and at every change. Returns what ends it. */
  watch<N extends DirectiveName>(name: N, listener: (value: ConfigValues[N]) => void): () => void {
    listener(this.get(name));
    return this.onChange(name, (value) => listener(value));
  }

  private slot(name: string): Slot {
    return this.slots.get(name)!;
  }

  private printed(directive: AnyDirective): string {
    return directive.print(this.slot(directive.name).stored);
  }

  private queue(outcome: Promise<Refusal | null>): Promise<Refusal | null> {
    // Cleared before the caller goes on, so that its next change need not wait.
    const result = outcome.finally(() => {
      if (this.pending === settled) this.pending = null;
    });
    const settled = result.catch(() => null);
    this.pending = settled;
    return result;
  }

  private attempt(
    pairs: ReadonlyArray<readonly [name: string, value: string]>,
    context: SetContext,
  ): Refusal | null | Promise<Refusal | null> {
    const seen = new Set<string>();
    for (const [given] of pairs) {
      const refusal = this.guard(given, seen, context);
      if (refusal !== null) return refusal;
    }
    const changes: Change[] = [];
    for (const [given, text] of pairs) {
      const { name, directive } = findDirective(given)!;
      const slot = this.slot(directive.name);
      // A name and its alias in one command are two settings of one value: the second builds on the first.
      const args = !directive.multiple ? [text] : text === '' ? [] : text.split(' ');
      const parsed = directive.parse(args, slot.stored, false);
      if (parsed.error !== null) {
        rollBack(changes);
        return failure(name, parsed.error);
      }
      const change = changeOf(name, slot, parsed.value);
      commit(change);
      changes.push(change);
    }
    return this.apply(changes, stepsOf(changes), 0);
  }

  /** What forbids setting the directive at all. */
  private guard(given: string, seen: Set<string>, context: SetContext): Refusal | null {
    const named = findDirective(given);
    if (named === undefined) {
      const error = `Unknown option or number of arguments for CONFIG SET - '${given}'`;
      return { name: given, error, reply: `ERR ${error}`, undoErrors: [] };
    }
    const { facts } = named.directive;
    if (facts.immutable) return failure(given, "can't set immutable config");
    if (facts.protected && !this.allowsProtected(context)) return failure(given, "can't set protected config");
    if (facts.denyLoading && context.loading) {
      const error = 'Redis is loading the dataset in memory';
      return { name: given, error, reply: `LOADING ${error}`, undoErrors: [] };
    }
    if (seen.has(named.name)) return failure(given, 'duplicate parameter');
    seen.add(named.name);
    return null;
  }

  private allowsProtected(context: SetContext): boolean {
    const allowed = this.get('enable-protected-configs');
    return allowed === 'yes' || (allowed === 'local' && context.local === true);
  }

  private apply(
    changes: readonly Change[],
    steps: readonly Step[],
    from: number,
  ): Refusal | null | Promise<Refusal | null> {
    for (let i = from; i < steps.length; i++) {
      const { applier, change } = steps[i];
      const verdict = applier(change.value, change.previousValue);
      if (verdict instanceof Promise) {
        return verdict.then((error) =>
          error === null ? this.apply(changes, steps, i + 1) : undo(changes, steps, i, error),
        );
      }
      if (verdict !== null) return undo(changes, steps, i, verdict);
    }
    for (const { slot } of changes) slot.given = true;
    notify(changes.filter(hasChanged));
    return null;
  }
}

function changeOf(name: string, slot: Slot, stored: unknown): Change {
  return { name, slot, stored, previous: slot.stored, value: slot.directive.view(stored), previousValue: slot.value };
}

function commit({ slot, stored, value }: Change): void {
  slot.stored = stored;
  slot.value = value;
}

function rollBack(changes: readonly Change[]): void {
  for (const { slot, previous, previousValue } of changes.toReversed()) {
    slot.stored = previous;
    slot.value = previousValue;
  }
}

function hasChanged({ slot: { directive }, stored, previous }: Change): boolean {
  return directive.facts.volatile === true || directive.print(stored) !== directive.print(previous);
}

/** Each applier once, with the first of the changes it is concerned with. */
function stepsOf(changes: readonly Change[]): Step[] {
  const steps = new Map<Applier, Step>();
  for (const change of changes.filter(hasChanged)) {
    for (const applier of change.slot.appliers) {
      if (!steps.has(applier)) steps.set(applier, { applier, change });
    }
  }
  return [...steps.values()];
}

function notify(changes: readonly Change[]): void {
  const told = new Set<Listener>();
  for (const { slot, value, previousValue } of changes) {
    for (const listener of slot.listeners) {
      if (told.has(listener)) continue;
      told.add(listener);
      listener(value, previousValue);
    }
  }
}

function undo(
  changes: readonly Change[],
  steps: readonly Step[],
  refusedAt: number,
  error: string,
): Refusal | Promise<Refusal> {
  rollBack(changes);
  return undoSteps(steps, refusedAt - 1, failure(steps[refusedAt].change.name, error), []);
}

/** Calls the appliers that ran, the last one first, with the former values. */
function undoSteps(
  steps: readonly Step[],
  from: number,
  refusal: Refusal,
  undoErrors: string[],
): Refusal | Promise<Refusal> {
  for (let i = from; i >= 0; i--) {
    const { applier, change } = steps[i];
    const verdict = applier(change.previousValue, change.value);
    if (verdict instanceof Promise) {
      return verdict.then((error) => {
        if (error !== null) undoErrors.push(`${change.name}: ${error}`);
        return undoSteps(steps, i - 1, refusal, undoErrors);
      });
    }
    if (verdict !== null) undoErrors.push(`${change.name}: ${verdict}`);
  }
  return { ...refusal, undoErrors };
}

function failure(name: string, error: string): Refusal {
  const reply = `ERR CONFIG SET failed (possibly related to argument '${name}') - ${error}`;
  return { name, error, reply, undoErrors: [] };
}

function added<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => {
    set.delete(item);
  };
}
