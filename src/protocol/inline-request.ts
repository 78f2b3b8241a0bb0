/**
 * Inline requests: a command typed as a line of words, as in telnet. The rules of quoting are those of
 * {@link splitArguments}.
 */
import { splitArguments } from '../lib/quoting.ts';
import type { Args } from './args.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;

/**
 * Makes the words of the line `bytes[start, end)`, which holds no NUL, the content of `args`. Without quotes in it,
 * nothing is copied: the words point into the line.
 *
 * @returns false when the quotes do not balance
 */
export function splitInlineRequest(bytes: Uint8Array, start: number, end: number, args: Args): boolean {
  args.clear();
  let at = start;
  for (;;) {
    while (at < end && (bytes[at] === SPACE || (bytes[at] >= TAB && bytes[at] <= CR))) at++;
    if (at === end) return true;
    const word = at;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === SPACE || byte === TAB || byte === LF || byte === CR) break;
      if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) return splitQuoted(bytes, start, end, args);
    }
    args.push(bytes, word, at);
  }
}

function splitQuoted(bytes: Uint8Array, start: number, end: number, args: Args): boolean {
  args.clear();
  const words = splitArguments(bytes, start, end);
  if (words === null) return false;
  for (const word of words) args.push(word, 0, word.length);
  return true;
}
