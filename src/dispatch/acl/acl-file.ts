/**
 * The lines of an ACL file: `user NAME RULE…`, one for each user. There are no comments, since ACL SAVE would lose them.
 *
 * A file with a mistake is refused as a whole, with all that is wrong with it, in the words of Redis 7.0.15
 * (`ACLLoadFromFile` of `src/acl.c`). Words are separated by single spaces; quotes mean nothing.
 */
import { hasSpaces } from './byte-text.ts';
import { applyRule, mergeSelectors, PROBLEM_TEXTS, type RuleContext } from './rules.ts';
import { Rights } from './user.ts';

/** What a file says of its users, or what is wrong with it; all texts one character a byte. */
export type AclFileContent = { readonly users: ReadonlyMap<string, Rights> } | { readonly errors: string };

/** @param path the file's name, as messages show it */
export function readAclFile(text: string, path: string, context: RuleContext): AclFileContent {
  const users = new Map<string, Rights>();
  let errors = '';
  for (const [i, raw] of text.split('\n').entries()) {
    const line = trim(raw);
    if (line !== '') errors += readLine(line, `${path}:${i + 1}`, users, context);
  }
  if (errors === '') return { users };
  return {
    errors: `${errors}WARNING: ACL errors detected, no change to the previously active ACL rules was performed`,
  };
}

/** Adds the user of a line; answers what is wrong with it. */
function readLine(line: string, place: string, users: Map<string, Rights>, context: RuleContext): string {
  const [word, name, ...words] = line.split(' ');
  if (word !== 'user' || name === undefined) {
    return `${place} should start with user keyword followed by the username. `;
  }
  if (hasSpaces(name)) return `'${place}: username '${name}' contains invalid characters. `;
  if (users.has(name)) {
    return `WARNING: Duplicate user '${name}' found on line ${place.slice(place.lastIndexOf(':') + 1)}. `;
  }
  const rights = Rights.none(context.commands, context.allChannels);
  users.set(name, rights);
  const merged = mergeSelectors(words);
  if ('unmatched' in merged) return `${place}: Unmatched parenthesis in selector definition. `;
  let errors = '';
  let isMalformed = false;
  for (const each of merged.rules) {
    const rule = trim(each);
    const problem = applyRule(rights, rule, context);
    if (problem === null) continue;
    if (problem === 'unknown') {
      errors += `${place}: Error in applying operation '${rule}': ${PROBLEM_TEXTS[problem]}. `;
    } else if (!isMalformed) {
      // Only the first, since others may follow from it; without the rule, which may hold a password.
      isMalformed = true;
      errors += `${place}: ${PROBLEM_TEXTS[problem]}. `;
    }
  }
  return errors;
}

function trim(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}
