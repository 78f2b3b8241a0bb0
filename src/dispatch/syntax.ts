/**
 * Reads the `syntax` notation of a command into the tree of arguments that COMMAND DOCS prints.
 *
 * The notation is that of Redis's command reference: upper case for literal tokens, lower case for the names of
 * arguments, `[…]` for what may be left out, `a | b` for alternatives, `<…>` to group required alternatives,
 * `x [x ...]` for what may be repeated. Types follow from names; where a name means different things in different
 * commands, `name:type` says which (`increment:double`).
 *
 * The notation has no names for groups, and Redis's reference has: well-known groups get theirs from a table, the
 * others are named after their members. Every node's `token` comes before its value or, for a block, before its
 * first member. The parser runs once per command at start or on demand, never per request.
 */
import { invariant } from '../lib/invariant.ts';
import { type Alternatives, type Item, readBrackets, textOf } from './syntax-brackets.ts';
import { groupName, isToken, mayBeArgument, nameAndType, tokenName } from './syntax-vocabulary.ts';

/** The types of COMMAND DOCS. */
export type ArgumentType =
  | 'string'
  | 'integer'
  | 'double'
  | 'key'
  | 'pattern'
  | 'unix-time'
  | 'pure-token'
  | 'oneof'
  | 'block';

/** One argument, one literal token (`pure-token`), or a group of arguments (`oneof`, `block`). */
export interface ArgumentNode {
  readonly name: string;
  readonly type: ArgumentType;
  /** The literal word before the value; the word itself for a `pure-token`. */
  readonly token: string | null;
  readonly optional: boolean;
  readonly multiple: boolean;
  /** With `multiple`: the token is repeated too. */
  readonly multipleToken: boolean;
  /** Of keys, which of the command's key specifications they belong to. */
  readonly keySpecIndex: number | null;
  /** The members of a `oneof` or `block`; empty otherwise. */
  readonly arguments: readonly ArgumentNode[];
}

/** A node under construction; `source` is the text that repetitions are compared with. */
type Draft = { -readonly [K in keyof ArgumentNode]: ArgumentNode[K] } & { source: string };

/**
 * The arguments that `syntax` describes, in order.
 *
 * @throws when the notation is malformed: an unclosed bracket or a `...` that repeats nothing. That is a defect in
 * a command's declaration.
 */
export function parseSyntax(syntax: string): readonly ArgumentNode[] {
  const alternatives = readBrackets(syntax);
  invariant(alternatives.length === 1, `alternatives outside brackets in the syntax '${syntax}'`);
  const drafts = convertSequence(alternatives[0]);
  nameDirections(drafts);
  numberKeys(drafts, { next: 0, patterns: -1 });
  return drafts.map(finish);
}

/** One node for a bracket's content: its only member, a block, or a choice. */
function convertGroup(alternatives: Alternatives): Draft {
  if (alternatives.length === 1) {
    const nodes = convertSequence(alternatives[0]);
    return opensOptions(nodes) ? optionsBlock(nodes) : single(nodes);
  }
  // `[a | b [a | b ...]]`: the repetition at the end of the last alternative is of the whole choice.
  const last = alternatives[alternatives.length - 1];
  const tail = last[last.length - 1];
  const body = [...alternatives.slice(0, -1), last.slice(0, -1)];
  const repeated = tail?.kind === 'repeat' && textOf(body) === tail.text;
  const members = (repeated ? body : alternatives).map((each) => single(convertSequence(each)));
  const choice = draft(groupName(namesOf(members), '|'), 'oneof');
  choice.arguments = members;
  choice.multiple = repeated;
  return choice;
}

/** `FULL [COUNT count]`: a token that only options follow is the token of their block. */
function opensOptions(nodes: readonly Draft[]): boolean {
  const [first, ...rest] = nodes;
  return first?.type === 'pure-token' && rest.length > 0 && rest.every((node) => node.optional);
}

function optionsBlock(nodes: readonly Draft[]): Draft {
  const block = draft(nodes[0].name, 'block');
  block.token = nodes[0].token;
  block.arguments = nodes.slice(1);
  return block;
}

function convertSequence(items: readonly Item[]): Draft[] {
  const nodes: Draft[] = [];
  for (const [index, item] of items.entries()) {
    switch (item.kind) {
      case 'word':
        nodes.push(convertWord(item.text, items[index + 1]));
        break;
      case 'repeat':
        repeat(nodes, item.text);
        break;
      default: {
        const node = convertGroup(item.alternatives);
        node.source = item.text;
        node.optional ||= item.kind === 'optional';
        nodes.push(node);
      }
    }
  }
  return attachTokens(nodes);
}

function convertWord(text: string, next: Item | undefined): Draft {
  const nextIsName = next?.kind === 'word' && /[a-z]/.test(next.text);
  const node = draftOfWord(text, mayBeArgument(text) && !nextIsName);
  node.source = text;
  return node;
}

function draftOfWord(text: string, isArgument: boolean): Draft {
  if (isArgument) return draft(text, 'string');
  if (!isToken(text)) {
    const { name, type } = nameAndType(text);
    return draft(name, type);
  }
  const token = draft(tokenName(text), 'pure-token');
  token.token = text;
  return token;
}

/** Makes the last items, as many as `text` spells, one repeated node. */
function repeat(items: Draft[], text: string): void {
  let first = items.length;
  let source = '';
  while (first > 0 && source.length < text.length) {
    first--;
    source = source === '' ? items[first].source : `${items[first].source} ${source}`;
  }
  invariant(source === text && source !== '', `'${text} ...' repeats nothing that stands before it`);
  const repeated = items.splice(first);
  const withToken = repeated.length > 1 && repeated[0].type === 'pure-token';
  const node = single(attachTokens(repeated));
  node.multiple = true;
  node.multipleToken = withToken && node.token !== null;
  // What a repetition around this one is compared with: `a [a ...]`.
  node.source = `${source} [ ${text} ... ]`;
  items.push(node);
}

/** Joins tokens with the values that follow them. */
function attachTokens(items: readonly Draft[]): Draft[] {
  const joined: Draft[] = [];
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    let end = i + 1;
    if (item.type === 'pure-token') while (end < items.length && takesToken(items[end])) end++;
    const values = items.slice(i + 1, end);
    if (item.type !== 'pure-token' || item.optional || item.multiple || values.length === 0) {
      joined.push(item);
      continue;
    }
    // `BYBOX width height <unit>` gives its token to the first value, `LIMIT offset count` to the pair.
    if (values.length === 1 || values.some((value) => value.type === 'oneof')) {
      values[0].token = item.token;
      joined.push(...values);
    } else {
      const block = single(values);
      block.token = item.token;
      joined.push(block);
    }
    i = end - 1;
  }
  return joined;
}

function takesToken(item: Draft): boolean {
  return item.type !== 'pure-token' && item.token === null && !item.optional;
}

function single(nodes: readonly Draft[]): Draft {
  if (nodes.length === 1) return nodes[0];
  const block = draft(groupName(namesOf(nodes), '_'), 'block');
  block.arguments = nodes;
  return block;
}

function namesOf(nodes: readonly Draft[]): readonly string[] {
  return nodes.map(({ name }) => name);
}

function draft(name: string, type: ArgumentType): Draft {
  return {
    name,
    type,
    token: null,
    optional: false,
    multiple: false,
    multipleToken: false,
    keySpecIndex: null,
    arguments: [],
    source: '',
  };
}

/** Where both ends of a list are chosen, the choices are told apart as Redis does. */
function nameDirections(drafts: readonly Draft[]): void {
  const directions = drafts.filter((node) => node.type === 'oneof' && node.name === 'where');
  if (directions.length === 2) {
    directions[0].name = 'wherefrom';
    directions[1].name = 'whereto';
  }
}

/** Keys belong to key specifications in their order; `key1 key2` share one, and so do the patterns of SORT. */
function numberKeys(drafts: readonly ArgumentNode[], counter: { next: number; patterns: number }): void {
  for (const node of drafts as readonly Draft[]) {
    if (node.type === 'key') node.keySpecIndex = node.name === 'key2' ? counter.next - 1 : counter.next++;
    else if (node.type === 'pattern' && (node.token === 'BY' || node.token === 'GET')) {
      if (counter.patterns < 0) counter.patterns = counter.next++;
      node.keySpecIndex = counter.patterns;
    }
    numberKeys(node.arguments, counter);
  }
}

function finish(node: ArgumentNode): ArgumentNode {
  const { name, type, token, optional, multiple, multipleToken, keySpecIndex } = node;
  return {
    name,
    type,
    token,
    optional,
    multiple,
    multipleToken,
    keySpecIndex,
    arguments: node.arguments.map(finish),
  };
}
