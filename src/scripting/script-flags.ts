/**
 * What scripts declare about themselves, as bits, and the first line in which they do.
 */
import { splitArguments } from '../lib/quoting.ts';

/** What a script may declare, in the order in which FUNCTION LIST shows it. */
export const SCRIPT_FLAGS = [
  ['no-writes', 1 << 0],
  ['allow-oom', 1 << 1],
  ['allow-stale', 1 << 2],
  ['no-cluster', 1 << 3],
  ['allow-cross-slot-keys', 1 << 5],
] as const;

/** A script of EVAL without a first line: as before there were flags, it may do what it likes. */
const UNDECLARED = 1 << 4;

const LF = 0x0a;

/** The words of a first line that begins with `#!`; null where there is no such line, or it is malformed. */
export interface Shebang {
  /** The words, the first with its `#!`. */
  readonly words: readonly string[] | null;
  /** Where the code begins: at the line's end, so that lines are counted from the script's first. */
  readonly end: number;
}

/** The first line of a script if it begins with `#!`, else null; 'unended' where the script is nothing else. */
export function readShebang(code: Uint8Array): Shebang | 'unended' | null {
  if (code[0] !== 0x23 || code[1] !== 0x21) return null;
  const end = code.indexOf(LF);
  const nul = code.indexOf(0);
  if (end < 0 || (nul >= 0 && nul < end)) return 'unended';
  const words = splitArguments(code, 0, end)?.map((word) => Buffer.from(word).toString('latin1')) ?? null;
  return { words: words === null || words.length === 0 ? null : words, end };
}

/** A flag's bit; null for none that is known. */
export function scriptFlag(name: string): number | null {
  return SCRIPT_FLAGS.find(([known]) => known === name)?.[1] ?? null;
}

/** What a script of EVAL declares and where its code begins, or what is wrong with its first line. */
export function readScriptFlags(body: Uint8Array): { readonly flags: number; readonly codeStart: number } | string {
  const shebang = readShebang(body);
  if (shebang === null) return { flags: UNDECLARED, codeStart: 0 };
  if (shebang === 'unended') return 'Invalid script shebang';
  if (shebang.words === null) return 'Invalid engine in script shebang';
  const [engine, ...options] = shebang.words;
  if (engine !== '#!lua') return `Unexpected engine in script shebang: ${engine}`;
  let flags = 0;
  for (const option of options) {
    if (!option.startsWith('flags=')) return `Unknown lua shebang option: ${option}`;
    const names = option.slice('flags='.length);
    for (const name of names === '' ? [] : names.split(',')) {
      const flag = scriptFlag(name);
      if (flag === null) return `Unexpected flag in script shebang: ${name}`;
      flags |= flag;
    }
  }
  return { flags, codeStart: shebang.end };
}
