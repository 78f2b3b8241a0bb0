/**
 * The words of the `syntax` notation: which are literal tokens, what types arguments have by their names, and how Redis's
 * command reference calls tokens and groups.
 */

import type { ArgumentType } from './syntax.ts';

/** The types of arguments that are no strings. */
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

/** Those that may be written behind a name. */
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

/** True for words that stand for themselves. */
export function isToken(word: string): boolean {
  return !/[a-z]/.test(word) || LOWER_CASE_TOKENS.has(word);
}

/** True for tokens that are arguments where no name follows. */
export function mayBeArgument(token: string): boolean {
  return UPPER_CASE_ARGUMENTS.has(token);
}

/** The name of a literal token. */
export function tokenName(token: string): string {
  return TOKEN_NAMES[token] ?? token.toLowerCase();
}

/** The name and the type of an argument: `increment:double`. */
export function nameAndType(word: string): { readonly name: string; readonly type: ArgumentType } {
  const colon = word.lastIndexOf(':');
  const annotation = colon < 0 ? '' : word.slice(colon + 1);
  if (ANNOTATED_TYPES.has(annotation)) return { name: word.slice(0, colon), type: annotation as ArgumentType };
  return { name: word, type: TYPES_BY_NAME[word] ?? 'string' };
}

/** The name of a group, by its members': `|` between alternatives, `_` between those that follow each other. */
export function groupName(members: readonly string[], separator: '|' | '_'): string {
  const joined = members.join(separator);
  return GROUP_NAMES[joined] ?? joined.replaceAll('|', '_');
}
