/**
 * `notify-keyspace-events`: which events are published, one letter per class. The value is a bit mask of the
 * constants below.
 */

import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';
import { quoteWord } from '../words.ts';

export const EVENT_KEYSPACE = 1 << 0;
export const EVENT_KEYEVENT = 1 << 1;
export const EVENT_GENERIC = 1 << 2;
export const EVENT_STRING = 1 << 3;
export const EVENT_LIST = 1 << 4;
export const EVENT_SET = 1 << 5;
export const EVENT_HASH = 1 << 6;
export const EVENT_ZSET = 1 << 7;
export const EVENT_EXPIRED = 1 << 8;
export const EVENT_EVICTED = 1 << 9;
const EVENT_STREAM = 1 << 10;
export const EVENT_KEY_MISS = 1 << 11;
const EVENT_MODULE = 1 << 13;
export const EVENT_NEW = 1 << 14;

const ALL =
  EVENT_GENERIC |
  EVENT_STRING |
  EVENT_LIST |
  EVENT_SET |
  EVENT_HASH |
  EVENT_ZSET |
  EVENT_EXPIRED |
  EVENT_EVICTED |
  EVENT_STREAM |
  EVENT_MODULE;

/** Letters that A stands for, or that are left out beside A, in the order they are printed. */
const KINDS: ReadonlyArray<readonly [letter: string, flag: number]> = [
  ['g', EVENT_GENERIC],
  ['$', EVENT_STRING],
  ['l', EVENT_LIST],
  ['s', EVENT_SET],
  ['h', EVENT_HASH],
  ['z', EVENT_ZSET],
  ['x', EVENT_EXPIRED],
  ['e', EVENT_EVICTED],
  ['t', EVENT_STREAM],
  ['d', EVENT_MODULE],
  ['n', EVENT_NEW],
];

const OTHERS: ReadonlyArray<readonly [letter: string, flag: number]> = [
  ['K', EVENT_KEYSPACE],
  ['E', EVENT_KEYEVENT],
  ['m', EVENT_KEY_MISS],
];

const FLAGS = new Map([['A', ALL], ...KINDS, ...OTHERS]);

class EventClassesDirective<Name extends string> extends Directive<Name, number> {
  initial(): number {
    return 0;
  }

  parse(args: readonly string[]): Parsed<number> {
    let flags = 0;
    for (const letter of args[0]) {
      const flag = FLAGS.get(letter);
      if (flag === undefined) return refused("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
      flags |= flag;
    }
    return accepted(flags);
  }

  print(stored: number): string {
    const letters = (stored & ALL) === ALL ? 'A' : lettersOf(KINDS, stored);
    return letters + lettersOf(OTHERS, stored);
  }

  view(stored: number): number {
    return stored;
  }

  store(value: number): number {
    return value;
  }

  domain(): string {
    return 'letters of Ag$lshzxeKEtmdn, or "" for none';
  }

  lines(stored: number): readonly RewrittenLine[] {
    return [{ text: quoteWord(this.print(stored)), force: stored !== 0 }];
  }
}

function lettersOf(classes: typeof KINDS, flags: number): string {
  return classes.map(([letter, flag]) => (flags & flag ? letter : '')).join('');
}

export function eventClasses<const Name extends string>(name: Name, facts: Facts): Directive<Name, number> {
  return new EventClassesDirective(name, facts);
}
