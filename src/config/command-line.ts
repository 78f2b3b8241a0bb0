/**
 * The command line of the server: `respd [FILE] [-] [--directive value …]`.
 *
 * As in Redis, directives become lines that are read after the file and standard input. A word after a directive
 * is a value even when it begins with two dashes; `--save` without a value means `save ""`; name and value may be
 * one word (`"--port 6380"`).
 */

import { quoteWord, splitWords, toByteString } from './words.ts';

export interface CommandLine {
  /** The configuration file, when the first argument is one. */
  readonly file: string | null;
  /** A lone dash in first or last place: the configuration goes on on standard input. */
  readonly readsStdin: boolean;
  /** The remaining arguments, for {@link loadConfig}. */
  readonly directives: readonly string[];
}

/** Sorts the arguments of the program (without the program itself). */
export function readCommandLine(args: readonly string[]): CommandLine {
  const file = args.length > 0 && !args[0].startsWith('-') ? args[0] : null;
  let readsStdin = false;
  const directives: string[] = [];
  for (let i = file === null ? 0 : 1; i < args.length; i++) {
    if (args[i] === '-' && (i === 0 || i === args.length - 1)) readsStdin = true;
    else directives.push(args[i]);
  }
  return { file, readsStdin, directives };
}

/** The lines of redis.conf that the directives stand for, as a byte string. */
export function directiveLines(directives: readonly string[]): string {
  let lines = '';
  let complete = true;
  for (const [i, argument] of directives.entries()) {
    if (!complete || !argument.startsWith('--')) {
      lines += `${quoteWord(toByteString(argument))} `;
      complete = true;
      continue;
    }
    if (lines !== '') lines += '\n';
    lines += `${toByteString(argument.slice(2))} `;
    complete = splitWords(toByteString(argument))?.length !== 1;
    if (complete) continue;
    const name = argument.toLowerCase();
    const isLast = i === directives.length - 1;
    if (name === '--save' && (isLast || directives[i + 1].startsWith('--'))) {
      lines += '""';
      complete = !isLast;
    }
  }
  return lines;
}
