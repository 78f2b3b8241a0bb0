/**
 * Paths that match a pattern, for `include`: what `glob(3)` finds, in the order of code units.
 *
 * `*` and `?` don't match a slash, nor a dot at the start of a name; `[a-z]` and `[!a-z]` are sets; a backslash
 * takes the next character as it is.
 */

import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const WILDCARDS = /[*?[]/;

/** True when `path` is a pattern. */
export function isPathPattern(path: string): boolean {
  return WILDCARDS.test(path);
}

/** The existing paths that match, absolute; relative patterns start from `directory`. */
export function expandPathPattern(pattern: string, directory: string): string[] {
  const names = pattern.split('/').filter((name) => name !== '');
  let found = [pattern.startsWith('/') ? '/' : resolve(directory)];
  for (const name of names) {
    if (WILDCARDS.test(name)) {
      const matcher = nameMatcher(name);
      found = found.flatMap((path) =>
        namesIn(path)
          .filter((entry) => matches(matcher, name, entry))
          .map((entry) => join(path, entry)),
      );
    } else {
      found = found.map((path) => join(path, name.replace(/\\(.)/g, '$1'))).filter((path) => existsSync(path));
    }
  }
  return found.sort();
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // Not a directory, or one that may not be read: nothing in it matches.
    return [];
  }
}

function matches(matcher: RegExp, pattern: string, name: string): boolean {
  return (pattern.startsWith('.') || !name.startsWith('.')) && matcher.test(name);
}

function nameMatcher(pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '[') {
      const end = setEnd(pattern, i);
      if (end === -1) {
        source += '\\[';
        continue;
      }
      source += setSource(pattern.slice(i + 1, end));
      i = end;
    } else {
      if (character === '\\' && i + 1 < pattern.length) i++;
      source += pattern[i].replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
    }
  }
  return new RegExp(`^${source}$`, 's');
}

/** The index of the bracket that closes the set opened at `start`, or -1. A bracket in first place is a member. */
function setEnd(pattern: string, start: number): number {
  let i = start + 1;
  if (pattern[i] === '!' || pattern[i] === '^') i++;
  return pattern.indexOf(']', i + 1);
}

function setSource(set: string): string {
  const negated = set.startsWith('!') || set.startsWith('^');
  const members = (negated ? set.slice(1) : set).replace(/[\\\]^[]/g, '\\$&');
  return `[${negated ? '^' : ''}${members}]`;
}
