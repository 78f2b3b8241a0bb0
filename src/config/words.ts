/** Words of redis.conf as byte strings, one character per byte. */

import { quoteBytes, splitArgumentString } from '../lib/quoting.ts';

/** The words of a line, or null when its quotes don't match. */
export function splitWords(line: string): string[] | null {
  return splitArgumentString(line);
}

/** `word` in double quotes, pure ASCII. */
export function quoteWord(word: string): string {
  return quoteBytes(new Uint8Array(Buffer.from(word, 'latin1')));
}

/** The byte string of a JavaScript string: its UTF-8 bytes, one character each. */
export function toByteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Reads a byte string as UTF-8. */
export function fromByteString(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
