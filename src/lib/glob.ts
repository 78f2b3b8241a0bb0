/**
 * Glob matching as Redis does it for KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET, byte for byte and with its
 * peculiarities (`stringmatchlen` of Redis 7.0.15, `src/util.c`):
 *
 * - `*` any run, `?` any byte, `[abc]` `[a-z]` `[^a]` sets, `\` takes the next byte literally;
 * - an empty text is matched by an empty pattern only, not by `*`;
 * - a set that is never closed ends with the pattern; a reversed range counts as if written the right way
 *   round; `]` closes a set even in first place, but after a dash it is the end of a range;
 * - bytes from 0x80 on order below the ASCII ones in ranges, as signed characters do on x86;
 * - with case ignored, an escaped byte in a set still minds it, and a range's ends are folded after they were
 *   put in order, so that `[Z-a]` matches nothing;
 * - more than 1000 stars (runs count as one) match nothing, unless the last one ends the pattern.
 *
 * The cost is at most pattern length × text length: when the part after a star matches nowhere, no earlier
 * star needs to be tried again, since a longer run for it leaves only less text for the same remainder.
 */

import type { Slice } from './slice.ts';

const STAR = 0x2a;
const DASH = 0x2d;
const QUESTION = 0x3f;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const CARET = 0x5e;

const MAX_STARS = 1000;

/** True when `pattern` matches all of `text`. */
export function globMatch(pattern: Slice, text: Slice, ignoreCase = false): boolean {
  return globMatchRange(pattern.bytes, pattern.start, pattern.end, text.bytes, text.start, text.end, ignoreCase);
}

/** {@link globMatch} for `pattern[patternStart, patternEnd)` and `text[textStart, textEnd)`. */
export function globMatchRange(
  pattern: Uint8Array,
  patternStart: number,
  patternEnd: number,
  text: Uint8Array,
  textStart: number,
  textEnd: number,
  ignoreCase: boolean,
): boolean {
  if (textStart === textEnd) return patternStart === patternEnd;
  let p = patternStart;
  let t = textStart;
  // Where to resume when the part after the latest star fails: the pattern after it, and the text it tries next.
  let resumeAt = -1;
  let resumeText = 0;
  let stars = 0;

  for (;;) {
    let failed = false;
    if (t === textEnd) {
      while (p < patternEnd && pattern[p] === STAR) p++;
      if (p === patternEnd) return true;
      // Every later start leaves the remainder even less text.
      return false;
    }
    if (p === patternEnd) {
      failed = true;
    } else {
      const code = pattern[p];
      if (code === STAR) {
        do p++;
        while (p < patternEnd && pattern[p] === STAR);
        if (p === patternEnd) return true;
        if (++stars > MAX_STARS) return false;
        resumeAt = p;
        resumeText = t + 1;
      } else if (code === QUESTION) {
        p++;
        t++;
      } else if (code === OPEN_BRACKET) {
        const setEnd = skipSet(pattern, p + 1, patternEnd);
        if (matchSet(pattern, p + 1, setEnd, text[t], ignoreCase)) {
          // Past the closing bracket, if there is one.
          p = setEnd < patternEnd ? setEnd + 1 : setEnd;
          t++;
        } else {
          failed = true;
        }
      } else {
        if (code === BACKSLASH && p + 1 < patternEnd) p++;
        const literal = pattern[p];
        const byte = text[t];
        if (literal === byte || (ignoreCase && lower(literal) === lower(byte))) {
          p++;
          t++;
        } else {
          failed = true;
        }
      }
    }
    if (failed) {
      if (resumeAt < 0 || resumeText >= textEnd) return false;
      p = resumeAt;
      t = resumeText++;
    }
  }
}

/** The index of the bracket that closes the set whose content begins at `p`, or `patternEnd`. */
function skipSet(pattern: Uint8Array, p: number, patternEnd: number): number {
  let at = p;
  if (at < patternEnd && pattern[at] === CARET) at++;
  while (at < patternEnd) {
    const code = pattern[at];
    if (code === BACKSLASH && at + 1 < patternEnd) at += 2;
    else if (code === CLOSE_BRACKET) return at;
    else if (at + 2 < patternEnd && pattern[at + 1] === DASH) at += 3;
    else at++;
  }
  return patternEnd;
}

/** True when the set whose content is `pattern[p, setEnd)` has `byte`. */
function matchSet(pattern: Uint8Array, p: number, setEnd: number, byte: number, ignoreCase: boolean): boolean {
  let at = p;
  const negated = at < setEnd && pattern[at] === CARET;
  if (negated) at++;
  while (at < setEnd) {
    const code = pattern[at];
    if (code === BACKSLASH && at + 1 < setEnd) {
      if (pattern[at + 1] === byte) return !negated;
      at += 2;
    } else if (at + 2 < setEnd && pattern[at + 1] === DASH) {
      if (inRange(code, pattern[at + 2], byte, ignoreCase)) return !negated;
      at += 3;
    } else {
      if (code === byte || (ignoreCase && lower(code) === lower(byte))) return !negated;
      at++;
    }
  }
  return negated;
}

function inRange(first: number, second: number, byte: number, ignoreCase: boolean): boolean {
  const a = signed(first);
  const b = signed(second);
  const start = Math.min(a, b);
  const end = Math.max(a, b);
  if (!ignoreCase) {
    const c = signed(byte);
    return c >= start && c <= end;
  }
  const c = foldSigned(signed(byte));
  return c >= foldSigned(start) && c <= foldSigned(end);
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

/** What tolower() of the C locale in glibc makes of a signed character: below -1 it answers the unsigned byte. */
function foldSigned(code: number): number {
  return code < -1 ? code + 256 : lower(code);
}

function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}
