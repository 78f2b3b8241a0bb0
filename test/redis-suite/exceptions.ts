/**
 * Tests that can't apply to respd, from `exceptions.txt`: a heading is the reason for the lines below it, each of which
 * is `unit: name of a test`, `unit: /regular expression`, `unit: *` for the whole of it, or `tag: a tag of the
 * suite's`. They count neither way.
 */
import { readFileSync } from 'node:fs';

const WHOLE = '*';

interface Exception {
  /** Null for a tag. */
  readonly unit: string | null;
  /** As the suite takes it: a name, a regular expression after a slash, a tag; or an asterisk. */
  readonly test: string;
  readonly reason: string;
}

export class Exceptions {
  readonly list: readonly Exception[];

  private constructor(list: readonly Exception[]) {
    this.list = list;
  }

  static read(file = new URL('exceptions.txt', import.meta.url)): Exceptions {
    return Exceptions.parse(readFileSync(file, 'utf8'));
  }

  /** @throws {Error} for a line that is neither heading nor exception */
  static parse(text: string): Exceptions {
    const list: Exception[] = [];
    let reason = '';
    for (const line of text.split('\n')) {
      if (line.startsWith('# ')) reason = line.slice(2);
      else if (line.trim() !== '') list.push(exception(line, reason));
    }
    return new Exceptions(list);
  }

  get tags(): readonly string[] {
    return this.list.filter(({ unit }) => unit === null).map(({ test }) => test);
  }

  /** True if nothing of a unit is run. */
  excludes(unit: string): boolean {
    return this.of(unit).includes(WHOLE);
  }

  /** The patterns for the tests of a unit. */
  of(unit: string): readonly string[] {
    return this.list.filter((item) => item.unit === unit).map(({ test }) => test);
  }

  /** Why a test of a unit is left out; null if it isn't, or only by its tags. */
  reason(unit: string, name: string): string | null {
    const matches = ({ test }: Exception): boolean =>
      test.startsWith('/') ? new RegExp(test.slice(1)).test(name) : test === name || test === WHOLE;
    return this.list.find((item) => item.unit === unit && matches(item))?.reason ?? null;
  }
}

function exception(line: string, reason: string): Exception {
  const [, unit, test] = /^(\S+): (.+)$/.exec(line) ?? [];
  if (unit === undefined) throw new Error(`neither a reason nor an exception: ${line}`);
  if (reason === '') throw new Error(`an exception without a reason: ${line}`);
  return { unit: unit === 'tag' ? null : unit, test, reason };
}
