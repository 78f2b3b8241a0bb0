/**
 * Loads collections of exact sizes: one that holds everything, or many that hold a few elements each. Elements have
 * the names that redis-benchmark gives them (`element:` and twelve digits; in lists `item`), many of them go into one
 * command.
 */
import { commandTemplate } from './command-template.ts';
import { runPipeline, scramble } from './loader.ts';

/** The types of collections. */
export type CollectionType = 'list' | 'set' | 'hash' | 'zset';

/** Elements per command while one large collection is loaded. */
const BATCH = 50;
const COMMANDS = { list: 'RPUSH', set: 'SADD', hash: 'HSET', zset: 'ZADD' } as const;
const VALUE = 'x'.repeat(16);

/** The words of one element, each % a number: its score first, if it has one, then its own. */
const PLACES: Readonly<Record<CollectionType, readonly string[]>> = {
  list: ['item%'],
  set: ['element:%'],
  hash: ['element:%', VALUE],
  zset: ['%', 'element:%'],
};

/**
 * Adds `elements` (rounded up to a full command) to `key`; members and fields are numbered from 0, scores are
 * scattered over 0 to `scores` - 1.
 */
export function loadCollection(
  port: number,
  type: CollectionType,
  key: string,
  elements: number,
  scores: number,
): Promise<void> {
  const places = PLACES[type];
  const words = Array.from({ length: BATCH }, () => places).flat();
  const perElement = places.join('').split('%').length - 1;
  const template = commandTemplate([COMMANDS[type], key, ...words], (index, place) => {
    const element = index * BATCH + Math.floor(place / perElement);
    return perElement === 2 && place % 2 === 0 ? scramble(element) % scores : element;
  });
  // RPUSH answers the growing length.
  const reply = type === 'list' ? ':' : `:${BATCH}\r\n`;
  return runPipeline(port, { ...template, commands: Math.ceil(elements / BATCH), reply });
}

/** A kind of small collection: what creates one, as words after the key. */
export interface SmallCollection {
  readonly command: string;
  readonly words: readonly string[];
  readonly elements: number;
}

/** Creates `count` collections like `small` under keys of `prefix` and twelve digits. */
export function loadSmallCollections(
  port: number,
  small: SmallCollection,
  prefix: string,
  count: number,
): Promise<void> {
  const template = commandTemplate([small.command, `${prefix}%`, ...small.words], (index) => index);
  return runPipeline(port, { ...template, commands: count, reply: `:${small.elements}\r\n` });
}
