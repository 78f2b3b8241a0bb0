/**
 * SORT, and SORT_RO, which stores nothing.
 */
import type { FoundKey, KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import {
  NULL,
  type Pointer,
  TYPE_LIST,
  TYPE_SET,
  TYPE_ZSET,
  typeOf,
  type ValueType,
} from '../../keyspace/key-entry.ts';
import { EVENT_GENERIC, EVENT_LIST } from '../../keyspace/keyspace-events.ts';
import { ListBuilder } from '../../keyspace/list-builder.ts';
import { Slice } from '../../lib/slice.ts';
import type { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';
import { ByteVector } from './byte-vector.ts';
import { elementsOfList, elementsOfSet, elementsOfZset } from './sort-elements.ts';
import { readSortOptions, type SortOptions } from './sort-options.ts';
import { givenOrder, numericOrder, textOrder } from './sort-order.ts';

/** Which elements are answered, in the order they are sorted in: `[first, first + count)`. */
interface Window {
  readonly first: number;
  readonly count: number;
}

const COMPLEXITY =
  'O(N + M log M) where N is the number of elements and M that of those answered; O(N) where nothing is sorted';
const OPTIONS = '[BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]';

/** What an element of a list takes besides its bytes, generously, and what its tree does besides them. */
const ELEMENT_BYTES = 32;
const TREE_BYTES = 256 * 1024;
/** What making a sorted set large may take. */
const CONVERSION_BYTES = 4 * 1024 * 1024;

const SOURCE: FoundKey = { index: 1, flags: ['RO', 'access'] };
const NOTHING = new Uint8Array(0);

const SOURCE_SPECS: readonly KeySpec[] = [
  { flags: ['RO', 'access'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
  {
    notes:
      "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
    flags: ['RO', 'access'],
    search: 'unknown',
    find: 'unknown',
  },
];

export const sort = defineCommand({
  name: 'sort',
  summary: 'Sorts the elements of a list, a set or a sorted set, and returns them or stores them as a list.',
  since: '1.0.0',
  group: 'generic',
  complexity: COMPLEXITY,
  syntax: `key ${OPTIONS} [STORE destination]`,
  arity: -2,
  flags: ['write', 'denyoom'],
  acl: ['set', 'sortedset', 'list', 'dangerous'],
  keys: [
    ...SOURCE_SPECS,
    {
      notes:
        "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
      flags: ['OW', 'update'],
      search: 'unknown',
      find: 'unknown',
    },
  ],
  findKeys,
  run(context) {
    execute(context, readSortOptions(context, true));
  },
});

export const sortRo = defineCommand({
  name: 'sort_ro',
  summary: 'Sorts the elements of a list, a set or a sorted set, and returns them.',
  since: '7.0.0',
  group: 'generic',
  complexity: COMPLEXITY,
  syntax: `key ${OPTIONS}`,
  arity: -2,
  flags: ['readonly'],
  acl: ['set', 'sortedset', 'list', 'dangerous'],
  keys: SOURCE_SPECS,
  findKeys: () => [SOURCE],
  run(context) {
    execute(context, readSortOptions(context, false));
  },
});

/** The key that is sorted, and the last one to store to. */
function findKeys(args: Args): readonly FoundKey[] {
  let store = 0;
  for (let i = 2; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('limit')) i += 2;
    else if (word.equalsIgnoreCase('get') || word.equalsIgnoreCase('by')) i++;
    else if (word.equalsIgnoreCase('store') && i + 1 < args.count) store = i + 1;
  }
  return store === 0 ? [SOURCE] : [SOURCE, { index: store, flags: ['OW', 'update'] }];
}

function execute(context: CommandContext, options: SortOptions): void {
  const { args, database, keyspace } = context;
  const entry = database.lookup(args.at(1));
  const type = entry === NULL ? null : typeOf(keyspace.heap, entry);
  if (options.unsorted && (options.store !== null || context.isInScript) && type === TYPE_SET) {
    // What is stored, and what a script sees, must come out the same everywhere.
    options.unsorted = false;
    options.alpha = true;
    options.by = null;
  }
  const length = type === null ? 0 : open(context, entry, type);
  const window = windowOf(options, length);
  const elements = takeElements(context, type, options, window);
  // Where nothing is sorted, only those of the window may have been taken.
  const first = elements.count === length ? window.first : 0;
  const numbers = order(context, elements, options).subarray(first, first + window.count);
  if (options.store === null) reply(context, elements, numbers, options);
  else store(context, elements, numbers, options, options.store);
}

/** Points the type's accessor at the entry. Answers how many elements there are. */
function open(context: CommandContext, entry: Pointer, type: ValueType): number {
  const { args, database, keyspace } = context;
  const key = args.at(1);
  switch (type) {
    case TYPE_LIST:
      return keyspace.list.open(database, key, entry).length;
    case TYPE_SET:
      return keyspace.set.open(database, key, entry).length;
    case TYPE_ZSET: {
      const zset = keyspace.zset.open(database, key, entry);
      // Redis does so, and OBJECT ENCODING tells.
      if (keyspace.heap.reserve(CONVERSION_BYTES)) zset.makeLarge();
      return zset.length;
    }
    default:
      throw errors.wrongType;
  }
}

function windowOf({ offset, count }: SortOptions, length: number): Window {
  const first = Math.min(Math.max(offset, 0), length);
  const rest = length - first;
  return { first, count: count < 0 ? rest : Math.min(count, rest) };
}

/** All elements, or, where a list or a sorted set stays in its order, those of the window in that order. */
function takeElements(
  { keyspace }: CommandContext,
  type: ValueType | null,
  options: SortOptions,
  window: Window,
): ByteVector {
  if (type === null) return new ByteVector();
  if (type === TYPE_SET) return elementsOfSet(keyspace.set);
  const { list, zset } = keyspace;
  const { length } = type === TYPE_LIST ? list : zset;
  const backwards = options.unsorted && options.descending;
  const first = options.unsorted ? window.first : 0;
  const count = options.unsorted ? window.count : length;
  const start = backwards ? length - 1 - first : first;
  return type === TYPE_LIST
    ? elementsOfList(list, start, count, backwards)
    : elementsOfZset(zset, start, count, backwards);
}

function order(context: CommandContext, elements: ByteVector, options: SortOptions): Uint32Array {
  const { by, descending } = options;
  if (options.unsorted) return givenOrder(elements.count);
  if (options.alpha) return textOrder(context, elements, by, descending, options.store !== null);
  return numericOrder(context, elements, by, descending);
}

function reply(context: CommandContext, elements: ByteVector, numbers: Uint32Array, { get }: SortOptions): void {
  const element = new Slice(NOTHING, 0, 0);
  context.reply.array(numbers.length * Math.max(1, get.length));
  for (const number of numbers) {
    elements.get(number, element);
    if (get.length === 0) context.reply.bulk(element);
    for (const pattern of get) pattern.reply(context, element);
  }
}

function store(
  context: CommandContext,
  elements: ByteVector,
  numbers: Uint32Array,
  { get }: SortOptions,
  key: Slice,
): void {
  const { database, keyspace } = context;
  const element = new Slice(NOTHING, 0, 0);
  const results = new ByteVector();
  const missing = new Slice(NOTHING, 0, 0);
  for (const number of numbers) {
    elements.get(number, element);
    if (get.length === 0) results.push(element);
    for (const pattern of get) if (!pattern.read(context, element, results)) results.push(missing);
  }

  if (results.count === 0) {
    if (database.delete(key)) database.changed(key, EVENT_GENERIC, 'del');
    context.reply.integer(0);
    return;
  }
  const bytes = 2 * results.byteLength + results.count * ELEMENT_BYTES + TREE_BYTES;
  if (!keyspace.heap.reserve(bytes)) throw errors.oom;
  const list = new ListBuilder(keyspace);
  list.begin();
  for (let i = 0; i < results.count; i++) list.pushTail(results.get(i, element));
  database.setValue(key, TYPE_LIST, list.encoding, list.pointer);
  database.changed(key, EVENT_LIST, 'sortstore');
  keyspace.dirty += results.count - 1;
  context.reply.integer(results.count);
}
