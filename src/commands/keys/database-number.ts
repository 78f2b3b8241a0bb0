/**
 * Arguments that are numbers of databases.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import type { Database } from '../../keyspace/database.ts';
import { errors } from '../../protocol/errors.ts';

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/**
 * The database whose number is the argument at `index`.
 *
 * @throws ReplyError for what is no integer of 32 bits, or for a database that there is not.
 */
export function readDatabase(context: CommandContext, index: number): Database {
  const number = context.integer(index);
  if (number < INT_MIN || number > INT_MAX) throw errors.notInRange(INT_MIN, INT_MAX);
  return databaseOf(context, Number(number));
}

/** The database with this number. */
export function databaseOf(context: CommandContext, number: number): Database {
  const { databases } = context.keyspace;
  if (number < 0 || number >= databases.length) throw errors.databaseOutOfRange;
  return databases[number];
}
