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

/** What the text says before it is given meaning. */
type Raw =
  | { readonly kind: 'word'; readonly text: string }
  | {
      readonly kind: 'optional' | 'required' | 'repeat';
      readonly text: string;
      readonly alternatives: readonly (readonly Raw[])[];
    };

/** A node under construction; `source` is the text that repetitions are compared with. */
type Draft = { -readonly [K in keyof ArgumentNode]: ArgumentNode[K] } & { source: string };

const TYPES_BY_NAME: Readonly<Record<string, ArgumentType>> = {
  bit: 'integer',
  bits: 'integer',
  'client-id': 'integer',
  count: 'integer',
  cursor: 'integer',
  db: 'integer',
  decrement: 'integer',
  destination: 'key',
  'destination-db': 'integer',
  destkey: 'key',
  dst: 'key',
  end: 'integer',
  'entries-added': 'integer',
  'entries-read': 'integer',
  entries_added: 'integer',
  entries_read: 'integer',
  frequency: 'integer',
  height: 'double',
  increment: 'integer',
  index: 'integer',
  index1: 'integer',
  index2: 'integer',
  key: 'key',
  key1: 'key',
  key2: 'key',
  latitude: 'double',
  len: 'integer',
  limit: 'integer',
  longitude: 'double',
  max: 'double',
  milliseconds: 'integer',
  min: 'double',
  'min-match-len': 'integer',
  ms: 'integer',
  newkey: 'key',
  'num-matches': 'integer',
  numkeys: 'integer',
  numlocal: 'integer',
  numreplicas: 'integer',
  offset: 'integer',
  pattern: 'pattern',
  port: 'integer',
  protover: 'integer',
  radius: 'double',
  rank: 'integer',
  score: 'double',
  seconds: 'integer',
  slot: 'integer',
  source: 'key',
  sourcekey: 'key',
  src: 'key',
  start: 'integer',
  'start-slot': 'integer',
  'end-slot': 'integer',
  stop: 'integer',
  timeout: 'double',
  ttl: 'integer',
  'unix-time-milliseconds': 'unix-time',
  'unix-time-seconds': 'unix-time',
  version: 'integer',
  weight: 'integer',
  width: 'double',
};

const ANNOTATED_TYPES: ReadonlySet<string> = new Set(['string', 'integer', 'double', 'key', 'pattern', 'unix-time']);

/** Literal tokens whose name is not the token in lower case. */
const TOKEN_NAMES: Readonly<Record<string, string>> = {
  '""': 'empty_string',
  $: 'new_id',
  '*': 'auto_id',
  '=': 'equal',
  '~': 'approximately',
  ALPHA: 'sorting',
  CH: 'change',
  INCR: 'increment',
};

/** Literal tokens that the reference writes in lower case. */
const LOWER_CASE_TOKENS: ReadonlySet<string> = new Set([
  'm',
  'km',
  'ft',
  'mi',
  'normal',
  'master',
  'slave',
  'replica',
  'pubsub',
]);

/** Upper-case words that are arguments unless an argument follows (`ID [ID ...]`, but `ID client-id`). */
const UPPER_CASE_ARGUMENTS: ReadonlySet<string> = new Set(['ID', 'COMMAND']);

/** Redis's names for groups, by their members' names. */
const GROUP_NAMES: Readonly<Record<string, string>> = {
  'nx|xx': 'condition',
  'nx|xx|gt|lt': 'condition',
  'gt|lt': 'comparison',
  'seconds|milliseconds|unix-time-seconds|unix-time-milliseconds|keepttl': 'expiration',
  'seconds|milliseconds|unix-time-seconds|unix-time-milliseconds|persist': 'expiration',
  'left|right': 'where',
  'min|max': 'where',
  'before|after': 'where',
  'asc|desc': 'order',
  'async|sync': 'async',
  'byscore|bylex': 'sortby',
  'byte|bit': 'index_unit',
  'm|km|ft|mi': 'unit',
  'sum|min|max': 'aggregate',
  'maxlen|minid': 'strategy',
  'equal|approximately': 'operator',
  'on|off': 'enabled',
  'yes|no': 'mode',
  'yes|sync|no': 'mode',
  'write|all': 'mode',
  'auto_id|ID': 'id_or_auto',
  'auto_id|id': 'id_or_auto',
  'ID|new_id': 'id',
  'id|new_id': 'id',
  'flush|append|replace': 'policy',
  'circle|box': 'by',
  'member|longitude_latitude': 'from',
  'module-name|category|pattern': 'filterby',
  'password|username_password': 'authentication',
  'key|empty_string': 'key_or_empty_string',
  'count|reset': 'operation',
  'encoding_offset|write': 'operation',
  'encoding_offset_value|encoding_offset_increment': 'write_operation',
  'host-port|no-one': 'args',
  host_port: 'host-port',
  no_one: 'no-one',
  radius_unit: 'circle',
  width_height_unit: 'box',
  count_any: 'count',
  strategy_operator_threshold_count: 'trim',
  wrap_sat_fail_write_operation: 'write',
  count_withscores: 'options',
  count_withvalues: 'options',
  end_index_unit: 'end_index',
  start_end_index: 'index',
  start_end_index_unit: 'index',
  'min-idle-time_start_end_count_consumer': 'filters',
  protover_username_password_clientname: 'arguments',
  key_ID: 'streams',
  key_id: 'streams',
};

/**
 * The arguments that `syntax` describes, in order.
 *
 * @throws when the notation is malformed: an unclosed bracket or a `...` that repeats nothing. That is a defect in
 * a command's declaration.
 */
export function parseSyntax(syntax: string): readonly ArgumentNode[] {
  const words = tokenize(syntax);
  const reader = new RawReader(words);
  const alternatives = reader.alternatives('');
  invariant(alternatives.length === 1, `alternatives outside brackets in the syntax '${syntax}'`);
  const drafts = convertSequence(alternatives[0]);
  nameDirections(drafts);
  numberKeys(drafts, { next: 0, patterns: -1 });
  return drafts.map(finish);
}

function tokenize(syntax: string): readonly string[] {
  return syntax.match(/[[\]<>|]|[^\s[\]<>|]+/g) ?? [];
}

/** Recursive descent over brackets and bars. */
class RawReader {
  private readonly words: readonly string[];
  private position = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  /** Reads up to `close` (the end of the text when empty) and past it. */
  alternatives(close: string): readonly (readonly Raw[])[] {
    const alternatives: Raw[][] = [[]];
    for (;;) {
      const word = this.words[this.position];
      invariant(word !== undefined || close === '', `a bracket is not closed: '${this.words.join(' ')}'`);
      this.position++;
      if (word === undefined || word === close) return alternatives;
      invariant(word !== ']' && word !== '>', `a bracket was not opened: '${this.words.join(' ')}'`);
      if (word === '|') alternatives.push([]);
      else alternatives[alternatives.length - 1].push(this.raw(word));
    }
  }

  private raw(word: string): Raw {
    if (word !== '[' && word !== '<') return { kind: 'word', text: word };
    const begin = this.position;
    const alternatives = this.alternatives(word === '[' ? ']' : '>');
    const inside = this.words.slice(begin, this.position - 1);
    if (word === '<') return { kind: 'required', text: `< ${inside.join(' ')} >`, alternatives };
    if (inside[inside.length - 1] === '...') {
      return { kind: 'repeat', text: inside.slice(0, -1).join(' '), alternatives };
    }
    return { kind: 'optional', text: `[ ${inside.join(' ')} ]`, alternatives };
  }
}

/** One node for a bracket's content: its only member, a block, or a choice. */
function convertGroup(alternatives: readonly (readonly Raw[])[]): Draft {
  if (alternatives.length === 1) {
    const nodes = convertSequence(alternatives[0]);
    return opensOptions(nodes) ? optionsBlock(nodes) : single(nodes);
  }
  // `[a | b [a | b ...]]`: the repetition at the end of the last alternative is of the whole choice.
  const last = alternatives[alternatives.length - 1];
  const tail = last[last.length - 1];
  const body = [...alternatives.slice(0, -1), last.slice(0, -1)];
  const repeated = tail?.kind === 'repeat' && textOfAlternatives(body) === tail.text;
  const members = (repeated ? body : alternatives).map((raws) => single(convertSequence(raws)));
  const choice = draft(groupName(members, '|'), 'oneof');
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

function textOf(raws: readonly Raw[]): string {
  return raws.map((raw) => (raw.kind === 'repeat' ? `[ ${raw.text} ... ]` : raw.text)).join(' ');
}

function textOfAlternatives(alternatives: readonly (readonly Raw[])[]): string {
  return alternatives.map(textOf).join(' | ');
}

function convertSequence(raws: readonly Raw[]): Draft[] {
  const items: Draft[] = [];
  for (let i = 0; i < raws.length; i++) {
    const raw = raws[i];
    switch (raw.kind) {
      case 'word':
        items.push(convertWord(raw.text, raws[i + 1]));
        break;
      case 'required': {
        const node = convertGroup(raw.alternatives);
        node.source = raw.text;
        items.push(node);
        break;
      }
      case 'optional': {
        const node = convertGroup(raw.alternatives);
        node.source = raw.text;
        node.optional = true;
        items.push(node);
        break;
      }
      case 'repeat':
        repeat(items, raw.text);
        break;
    }
  }
  return attachTokens(items);
}

function convertWord(text: string, next: Raw | undefined): Draft {
  const nextIsName = next?.kind === 'word' && /[a-z]/.test(next.text);
  if (UPPER_CASE_ARGUMENTS.has(text) && !nextIsName) {
    const argument = draft(text, 'string');
    argument.source = text;
    return argument;
  }
  if (!/[a-z]/.test(text) || LOWER_CASE_TOKENS.has(text)) {
    const token = draft(TOKEN_NAMES[text] ?? text.toLowerCase(), 'pure-token');
    token.token = text;
    token.source = text;
    return token;
  }
  const colon = text.lastIndexOf(':');
  const annotation = colon < 0 ? '' : text.slice(colon + 1);
  const annotated = ANNOTATED_TYPES.has(annotation);
  const name = annotated ? text.slice(0, colon) : text;
  const argument = draft(name, annotated ? (annotation as ArgumentType) : (TYPES_BY_NAME[name] ?? 'string'));
  argument.source = text;
  return argument;
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
  const block = draft(groupName(nodes, '_'), 'block');
  block.arguments = nodes;
  return block;
}

function groupName(members: readonly Draft[], separator: string): string {
  const joined = members.map((member) => member.name).join(separator);
  return GROUP_NAMES[joined] ?? joined.replaceAll('|', '_');
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
