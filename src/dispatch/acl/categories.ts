/**
 * The ACL categories of commands, which follow from their flags and groups.
 */
import type { CommandFlag, CommandGroup, CommandSpec } from '../command.ts';

/** All categories, in the order in which Redis lists them. */
export const ACL_CATEGORIES = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
] as const;

const CATEGORY_OF_GROUP: Readonly<Partial<Record<CommandGroup, string>>> = {
  bitmap: 'bitmap',
  connection: 'connection',
  generic: 'keyspace',
  geo: 'geo',
  hash: 'hash',
  hyperloglog: 'hyperloglog',
  list: 'list',
  scripting: 'scripting',
  set: 'set',
  'sorted-set': 'sortedset',
  stream: 'stream',
  string: 'string',
  transactions: 'transaction',
};

const GROUP_CATEGORIES: ReadonlySet<string> = new Set(Object.values(CATEGORY_OF_GROUP));

const CATEGORIES_OF_FLAG: Readonly<Partial<Record<CommandFlag, readonly string[]>>> = {
  admin: ['admin', 'dangerous'],
  blocking: ['blocking'],
  fast: ['fast'],
  pubsub: ['pubsub'],
  write: ['write'],
};

/**
 * The categories of a command, without `@`, in the order of {@link ACL_CATEGORIES}.
 *
 * A command belongs to its group's category unless its `acl` names another group's: SORT is generic, and of the
 * categories of the types that it sorts. A container that is not run itself belongs to none.
 */
export function categoriesOf(spec: CommandSpec): readonly string[] {
  const found = new Set<string>(spec.acl);
  const ofGroup = CATEGORY_OF_GROUP[spec.group];
  const namesOther = spec.acl?.some((category) => GROUP_CATEGORIES.has(category)) ?? false;
  if (ofGroup !== undefined && spec.run !== undefined && !namesOther) found.add(ofGroup);
  for (const flag of spec.flags) for (const category of CATEGORIES_OF_FLAG[flag] ?? []) found.add(category);
  // What a script reads its flags do not tell.
  if (spec.flags.includes('readonly') && !found.has('scripting')) found.add('read');
  if (!found.has('fast')) found.add('slow');
  return ACL_CATEGORIES.filter((category) => found.has(category));
}
