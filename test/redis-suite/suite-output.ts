/**
 * What a run of the suite says, line by line: `[ok]: name (3 ms)`, `[err]: name in tests/unit/x.tcl` with what was
 * expected on the lines after it, `[skip]: name`, `[ignore]: name: reason` and, at the end of a unit, `[1/1 done]: …`.
 */

export interface Failure {
  readonly name: string;
  /** The first line of what the suite says about it. */
  readonly reason: string;
}

export interface UnitOutcome {
  readonly passed: readonly string[];
  readonly failed: readonly Failure[];
  /** Names, or what the suite says where it leaves out a whole block. */
  readonly skipped: readonly string[];
}

/** How failures are named that no test is responsible for. */
const OUTSIDE = '(outside of tests)';

const STATUS = /^\[([a-z/0-9 ]+|TIMEOUT)\]: ?(.*)$/;

/** What became of the tests of one unit; a unit that did not come to its end has failed in that, too. */
export function readSuiteOutput(output: string): UnitOutcome {
  const passed: string[] = [];
  const failed: Failure[] = [];
  const skipped: string[] = [];
  let isDone = false;
  const lines = output.split('\n');
  for (const [i, line] of lines.entries()) {
    const [, status, text] = STATUS.exec(line) ?? [];
    if (status === undefined) continue;
    if (status === 'ok') passed.push(text.replace(/ \(\d+ ms\)$/, ''));
    else if (status === 'err') failed.push(failure(text, lines.slice(i + 1, i + 3)));
    else if (status === 'skip') skipped.push(text);
    else if (status === 'ignore') skipped.push(text);
    else if (status === 'exception') failed.push({ name: OUTSIDE, reason: text });
    else if (status.endsWith(' done')) isDone = true;
  }
  if (!isDone) failed.push({ name: OUTSIDE, reason: `the unit did not come to its end: ${lastWords(lines)}` });
  return { passed, failed, skipped };
}

function failure(text: string, [first = '', second = '']: readonly string[]): Failure {
  const name = /^(.*) in tests\/\S+\.tcl$/.exec(text)?.[1];
  return name === undefined ? { name: OUTSIDE, reason: whole(text, first) } : { name, reason: whole(first, second) };
}

/**
 * An error other than a failed assertion loses its first letters, and stands whole on the next line. Where in the suite
 * an assertion stands is left out.
 */
function whole(line: string, next: string): string {
  const text = line !== '' && next.endsWith(line) ? next : line;
  return text.replace(/ \(context: .*$/, '').trim();
}

/** Where the suite was when it stopped. */
function lastWords(lines: readonly string[]): string {
  const state = lines.findLast((line) => /^sock\S+ => /.test(line));
  return state?.replace(/^sock\S+ => /, '') ?? lines.findLast((line) => line.trim() !== '') ?? '';
}
