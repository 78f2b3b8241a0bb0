/**
 * Redis's way of splitting a line into words and of quoting bytes, as the inline protocol, redis.conf, the AOF
 * manifest and the output of MONITOR use it (`sdssplitargs` and `sdscatrepr` of Redis 7.0.15, `src/sds.c`).
 *
 * - Words are separated by blanks. A word, or a part of one, may be in double quotes, with the escapes `\n` `\r`
 *   `\t` `\b` `\a` `\xHH` and any other byte standing for itself after a backslash, or in single quotes, with `\'`
 *   alone. A closing quote ends the word and must be followed by a blank or the end.
 * - A NUL ends the line, as it does in C.
 * - Vertical tab and form feed separate words only where one has just ended or none has begun; inside an unquoted
 *   word they belong to it.
 */

const NUL = 0x00;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const LOWER_X = 0x78;

/** The words of the line in `bytes[start, end)`, or null when quotes are unbalanced. */
export function splitArguments(bytes: Uint8Array, start: number, end: number): Uint8Array[] | null {
  return split(bytes, start, end)?.map((word) => Uint8Array.from(word)) ?? null;
}

/**
 * {@link splitArguments} for a string. Each character counts as one byte, and `\xHH` yields the character of that
 * number: read a file as latin1 to keep its bytes apart.
 */
export function splitArgumentString(line: string): string[] | null {
  const units = Array.from({ length: line.length }, (_, i) => line.charCodeAt(i));
  return split(units, 0, units.length)?.map((word) => word.map((unit) => String.fromCharCode(unit)).join('')) ?? null;
}

function split(line: ArrayLike<number>, start: number, end: number): number[][] | null {
  const words: number[][] = [];
  let at = start;
  for (;;) {
    while (at < end && isSpace(line[at])) at++;
    if (at >= end || line[at] === NUL) return words;
    const word: number[] = [];
    at = scanWord(line, at, end, word);
    if (at < 0) return null;
    words.push(word);
  }
}

/** Scans the word that begins at `start` into `word`. Returns the offset after it, or -1 for unbalanced quotes. */
function scanWord(line: ArrayLike<number>, start: number, end: number, word: number[]): number {
  let at = start;
  while (at < end) {
    const unit = line[at];
    if (unit === SPACE || unit === LF || unit === CR || unit === TAB || unit === NUL) return at;
    if (unit === DOUBLE_QUOTE || unit === SINGLE_QUOTE) {
      at =
        unit === DOUBLE_QUOTE ? scanDoubleQuoted(line, at + 1, end, word) : scanSingleQuoted(line, at + 1, end, word);
      if (at < 0) return -1;
      const closed = at >= end || line[at] === NUL || isSpace(line[at]);
      return closed ? at : -1;
    }
    word.push(unit);
    at++;
  }
  return at;
}

/** Returns the offset after the closing quote, or -1 without one. */
function scanDoubleQuoted(line: ArrayLike<number>, start: number, end: number, word: number[]): number {
  let at = start;
  while (at < end && line[at] !== NUL) {
    const unit = line[at];
    if (unit === DOUBLE_QUOTE) return at + 1;
    if (unit !== BACKSLASH || at + 1 >= end || line[at + 1] === NUL) {
      word.push(unit);
      at++;
      continue;
    }
    const escaped = line[at + 1];
    if (escaped === LOWER_X && at + 3 < end) {
      const upper = hexDigit(line[at + 2]);
      const lower = hexDigit(line[at + 3]);
      if (upper >= 0 && lower >= 0) {
        word.push(upper * 16 + lower);
        at += 4;
        continue;
      }
    }
    word.push(unescaped(escaped));
    at += 2;
  }
  return -1;
}

/** Returns the offset after the closing quote, or -1 without one. */
function scanSingleQuoted(line: ArrayLike<number>, start: number, end: number, word: number[]): number {
  let at = start;
  while (at < end && line[at] !== NUL) {
    const unit = line[at];
    if (unit === SINGLE_QUOTE) return at + 1;
    if (unit === BACKSLASH && at + 1 < end && line[at + 1] === SINGLE_QUOTE) at++;
    word.push(line[at]);
    at++;
  }
  return -1;
}

function unescaped(unit: number): number {
  switch (unit) {
    case 0x6e:
      return LF;
    case 0x72:
      return CR;
    case 0x74:
      return TAB;
    case 0x62:
      return 0x08;
    case 0x61:
      return 0x07;
    default:
      return unit;
  }
}

function isSpace(unit: number): boolean {
  return unit === SPACE || (unit >= TAB && unit <= CR);
}

function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

// What each byte becomes between double quotes.
const quoted: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  switch (byte) {
    case BACKSLASH:
      return '\\\\';
    case DOUBLE_QUOTE:
      return '\\"';
    case LF:
      return '\\n';
    case CR:
      return '\\r';
    case TAB:
      return '\\t';
    case 0x07:
      return '\\a';
    case 0x08:
      return '\\b';
    default:
      return byte >= SPACE && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
});

/** `bytes[start, end)` in double quotes, escaped so that {@link splitArguments} gives them back. Pure ASCII. */
export function quoteBytes(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '"';
  for (let i = start; i < end; i++) text += quoted[bytes[i]];
  return `${text}"`;
}
