/**
 * COMMAND INFO: what clients ask to find keys and to know how a command behaves.
 */
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { categoriesOf } from './acl/categories.ts';
import type { CommandFlag, CommandSpec, KeyFind, KeySearch, KeySpec } from './command.ts';
import { keyRangeOf } from './command-keys.ts';
import type { Command } from './registry.ts';

/** The flags that are printed, in Redis's order. */
const PRINTED_FLAGS: readonly CommandFlag[] = [
  'write',
  'readonly',
  'denyoom',
  'admin',
  'pubsub',
  'noscript',
  'blocking',
  'loading',
  'stale',
  'skip_monitor',
  'skip_slowlog',
  'asking',
  'fast',
  'no_auth',
  'no_mandatory_keys',
  'no_async_loading',
  'no_multi',
  'movablekeys',
  'allow_busy',
];

/** Answers the ten elements of COMMAND INFO, subcommands included. */
export function writeCommandInfo(reply: ReplyWriter, command: Command): void {
  const { spec } = command;
  const range = keyRangeOf(spec);
  reply.array(10);
  reply.text(command.fullName);
  reply.integer(spec.arity);
  writeStatuses(reply, flagsOf(spec, range.isIncomplete));
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  writeStatuses(
    reply,
    categoriesOf(spec).map((category) => `@${category}`),
  );
  const tips = spec.tips ?? [];
  reply.set(tips.length);
  for (const tip of tips) reply.text(tip);
  const keys = spec.keys ?? [];
  reply.set(keys.length);
  for (const key of keys) writeKeySpec(reply, key);
  if (command.subcommands.size === 0) reply.set(0);
  else reply.array(command.subcommands.size);
  for (const subcommand of command.subcommands.values()) writeCommandInfo(reply, subcommand);
}

function flagsOf(spec: CommandSpec, keysMove: boolean): readonly CommandFlag[] {
  return PRINTED_FLAGS.filter((flag) => spec.flags.includes(flag) || (flag === 'movablekeys' && keysMove));
}

/** A set of simple strings. */
export function writeStatuses(reply: ReplyWriter, texts: readonly string[]): void {
  reply.set(texts.length);
  for (const text of texts) reply.status(text);
}

function writeKeySpec(reply: ReplyWriter, { flags, search, find, notes }: KeySpec): void {
  reply.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    reply.text('notes');
    reply.text(notes);
  }
  reply.text('flags');
  writeStatuses(reply, flags);
  reply.text('begin_search');
  writeTyped(reply, searchType(search));
  reply.text('find_keys');
  writeTyped(reply, findType(find));
}

type Typed = readonly [type: string, spec: readonly (readonly [name: string, value: string | number])[]];

function searchType(search: KeySearch): Typed {
  if (search === 'unknown') return ['unknown', []];
  if ('index' in search) return ['index', [['index', search.index]]];
  return [
    'keyword',
    [
      ['keyword', search.keyword],
      ['startfrom', search.from],
    ],
  ];
}

function findType(find: KeyFind): Typed {
  if (find === 'unknown') return ['unknown', []];
  if ('last' in find) {
    return [
      'range',
      [
        ['lastkey', find.last],
        ['keystep', find.step],
        ['limit', find.limit],
      ],
    ];
  }
  return [
    'keynum',
    [
      ['keynumidx', find.countAt],
      ['firstkey', find.firstAt],
      ['keystep', find.step],
    ],
  ];
}

function writeTyped(reply: ReplyWriter, [type, fields]: Typed): void {
  reply.map(2);
  reply.text('type');
  reply.text(type);
  reply.text('spec');
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.text(name);
    if (typeof value === 'number') reply.integer(value);
    else reply.text(value);
  }
}
