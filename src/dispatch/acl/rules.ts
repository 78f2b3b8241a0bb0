/**
 * The rules of ACL SETUSER, of `user` lines and of ACL files: words such as `on`, `>password`, `~key:*` or `+@read`.
 *
 * Rules are texts of one character a byte. They are read as Redis 7.0.15 reads them (`ACLSetUser` and `ACLSetSelector` of
 * `src/acl.c`): what it compares as C strings ends at a NUL here too.
 */
import { splitWords } from '../../config/words.ts';
import { bytesOf, hasSpaces, upToNul } from './byte-text.ts';
import type { CommandIndex } from './command-index.ts';
import { READ, WRITE } from './patterns.ts';
import { Selector } from './selector.ts';
import { hashPassword, Rights } from './user.ts';

/** What is wrong with a rule. */
export type RuleProblem = 'unknown' | 'syntax' | 'key' | 'channel' | 'password' | 'hash' | 'first-arg';

/** Redis's texts for them. */
export const PROBLEM_TEXTS: Readonly<Record<RuleProblem, string>> = {
  unknown: 'Unknown command or category name in ACL',
  syntax: 'Syntax error',
  key: "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
  channel:
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
  password: 'The password you are trying to remove from the user does not exist',
  hash: 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
  'first-arg': 'Allowing first-arg of a subcommand is not supported',
};

/** What rules are read with. */
export interface RuleContext {
  readonly commands: CommandIndex;
  /** `acl-pubsub-default`: new users and selectors may use all channels. */
  readonly allChannels: boolean;
  /** Is told of rules that allow a command with a first argument only, which Redis may give up. */
  readonly deprecated: (rule: string) => void;
}

/** Applies a rule to a user's rights; answers what is wrong with it, and then has changed nothing. */
export function applyRule(rights: Rights, rule: string, context: RuleContext): RuleProblem | null {
  if (rule === '') return null;
  switch (upToNul(rule).toLowerCase()) {
    case 'on':
      rights.enabled = true;
      return null;
    case 'off':
      rights.enabled = false;
      return null;
    case 'skip-sanitize-payload':
      rights.sanitize = 'skip-sanitize-payload';
      return null;
    case 'sanitize-payload':
      rights.sanitize = 'sanitize-payload';
      return null;
    case 'nopass':
      rights.noPassword = true;
      rights.passwords = [];
      return null;
    case 'resetpass':
      rights.noPassword = false;
      rights.passwords = [];
      return null;
    case 'clearselectors':
      rights.selectors = [];
      return null;
    case 'reset':
      reset(rights, context);
      return null;
  }
  if (/^[>#<!]/.test(rule)) return applyPassword(rights, rule);
  if (rule.startsWith('(') && rule.endsWith(')')) return addSelector(rights, rule.slice(1, -1), context);
  return applySelectorRule(rights.root, rule, context);
}

/** Back to the rights of a new user, which is asked for the checking of payloads too. */
function reset(rights: Rights, { commands, allChannels }: RuleContext): void {
  const fresh = Rights.none(commands, allChannels);
  rights.enabled = fresh.enabled;
  rights.noPassword = fresh.noPassword;
  rights.passwords = fresh.passwords;
  rights.sanitize = 'sanitize-payload';
  rights.selectors = fresh.selectors;
  rights.root = fresh.root;
}

/** `>password` and `#hash` add one, `<password` and `!hash` take one away. */
function applyPassword(rights: Rights, rule: string): RuleProblem | null {
  const sign = rule[0];
  const given = rule.slice(1);
  const isHash = sign === '#' || sign === '!';
  if (isHash && !/^[0-9a-f]{64}$/.test(given)) return 'hash';
  const hash = isHash ? given : hashPassword(bytesOf(given));
  const isKnown = rights.passwords.includes(hash);
  if (sign === '<' || sign === '!') {
    if (!isKnown) return 'password';
    rights.passwords = rights.passwords.filter((each) => each !== hash);
  } else {
    if (!isKnown) rights.passwords = [...rights.passwords, hash];
    rights.noPassword = false;
  }
  return null;
}

/** What is in parentheses; with quotes that don't match it is as if nothing were. */
function addSelector(rights: Rights, content: string, context: RuleContext): RuleProblem | null {
  const selector = Selector.empty(context.commands, context.allChannels);
  for (const rule of splitWords(content) ?? []) {
    const problem = applySelectorRule(selector, rule, context);
    if (problem !== null) return problem;
  }
  rights.selectors = [...rights.selectors, selector];
  return null;
}

function applySelectorRule(selector: Selector, rule: string, context: RuleContext): RuleProblem | null {
  const { commands, keys, channels } = selector;
  switch (upToNul(rule).toLowerCase()) {
    case 'allkeys':
    case '~*':
      keys.setAll(true);
      return null;
    case 'resetkeys':
      keys.setAll(false);
      return null;
    case 'allchannels':
    case '&*':
      channels.setAll(true);
      return null;
    case 'resetchannels':
      channels.setAll(false);
      return null;
    case 'allcommands':
    case '+@all':
      commands.setAll(true);
      return null;
    case 'nocommands':
    case '-@all':
      commands.setAll(false);
      return null;
  }
  switch (rule[0]) {
    case '~':
    case '%':
      return addKeys(selector, rule);
    case '&':
      return addChannels(selector, rule.slice(1));
    case '+':
    case '-':
      return applyCommandRule(selector, upToNul(rule), context);
    default:
      return 'syntax';
  }
}

/** `~pattern`, and `%R~pattern` and the like, of which the tilde and what follows may be missing. */
function addKeys({ keys }: Selector, rule: string): RuleProblem | null {
  if (keys.allowsAll) return 'key';
  const parts = /^(?:~|%(R|W|RW|WR)(?:~|$))(.*)$/is.exec(rule);
  if (parts === null) return 'syntax';
  const [, letters = 'RW', pattern] = parts;
  if (hasSpaces(pattern)) return 'syntax';
  keys.add(pattern, (/r/i.test(letters) ? READ : 0) | (/w/i.test(letters) ? WRITE : 0));
  return null;
}

function addChannels({ channels }: Selector, pattern: string): RuleProblem | null {
  if (channels.allowsAll) return 'channel';
  if (hasSpaces(pattern)) return 'syntax';
  channels.add(pattern);
  return null;
}

/** `+` or `-` and a command, a subcommand or a category, or `+` and a command with its first argument. */
function applyCommandRule({ commands }: Selector, rule: string, context: RuleContext): RuleProblem | null {
  const allowed = rule[0] === '+';
  const name = rule.slice(1);
  const index = context.commands;
  if (name.startsWith('@')) {
    const category = index.category(name.slice(1));
    if (category === undefined) return 'unknown';
    commands.setCategory(category, allowed);
    return null;
  }
  const bar = name.lastIndexOf('|');
  if (allowed && bar >= 0) {
    const command = index.find(name.slice(0, bar));
    const first = name.slice(bar + 1);
    if (command === undefined) return 'unknown';
    if (command.parent !== null) return 'first-arg';
    if (first === '') return 'syntax';
    if (command.subcommands.size === 0) {
      commands.allowFirstArg(command, first);
      context.deprecated(rule);
      return null;
    }
  }
  const command = index.find(name);
  if (command === undefined) return 'unknown';
  commands.set(command, allowed);
  return null;
}

/** Words put together, or the word at which a selector begins that does not end. */
export type Merged = { readonly rules: readonly string[] } | { readonly unmatched: string };

/** Puts selectors together that are spread over several words: `(~key` and `+get)`. */
export function mergeSelectors(words: readonly string[]): Merged {
  const rules: string[] = [];
  let open: string | null = null;
  let begin = '';
  for (const word of words) {
    if (word.startsWith('(') && !word.endsWith(')')) {
      open = word;
      begin = word;
    } else if (open === null) {
      rules.push(word);
    } else {
      open += ` ${upToNul(word)}`;
      if (!word.endsWith(')')) continue;
      rules.push(open);
      open = null;
    }
  }
  return open === null ? { rules } : { unmatched: begin };
}
