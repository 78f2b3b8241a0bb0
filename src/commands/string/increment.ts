/**
 * INCR, DECR, INCRBY and DECRBY: strings as 64-bit counters.
 */
import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { KEEP_DEADLINE } from '../../keyspace/database.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { addInt64, parseInt64, writeInt64 } from '../../lib/integer.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

const INT64_MIN = -(2n ** 63n);

export const incr = defineCommand({
  name: 'incr',
  summary: 'Adds 1 to the integer at a key, which counts from 0 if it does not exist.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'access', 'update'),
  run: (context) => add(context, 1),
});

export const decr = defineCommand({
  name: 'decr',
  summary: 'Subtracts 1 from the integer at a key, which counts from 0 if it does not exist.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'access', 'update'),
  run: (context) => add(context, -1),
});

export const incrby = defineCommand({
  name: 'incrby',
  summary: 'Adds a number to the integer at a key, which counts from 0 if it does not exist.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key increment',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'access', 'update'),
  run: (context) => add(context, context.integer(2)),
});

export const decrby = defineCommand({
  name: 'decrby',
  summary: 'Subtracts a number from the integer at a key, which counts from 0 if it does not exist.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key decrement',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'access', 'update'),
  run(context) {
    const decrement = context.integer(2);
    if (decrement === INT64_MIN) throw errors.decrementOverflow;
    add(context, typeof decrement === 'number' ? 0 - decrement : -decrement);
  },
});

/** The stored digits, in place, and the new ones. */
const current = new Slice(new Uint8Array(0), 0, 0);
const digits = new Slice(new Uint8Array(20), 0, 0);

function add(context: CommandContext, increment: number | bigint): void {
  const { database, keyspace } = context;
  const key = context.args.at(1);
  const entry = context.write(key, TYPE_STRING);
  if (entry === NULL) {
    digits.end = writeInt64(digits.bytes, 0, increment);
    database.addString(key, digits, NO_DEADLINE);
    database.changed(key, EVENT_STRING, 'incrby');
    context.reply.integer(increment);
    return;
  }
  const values = keyspace.stringValues;
  const value = values.isInline(entry) ? parseInt64(values.inline(entry, current)) : null;
  if (value === null) throw errors.notInteger;
  const sum = addInt64(value, increment);
  if (sum === null) throw errors.overflow;
  digits.end = writeInt64(digits.bytes, 0, sum);
  database.setStringFound(entry, digits, KEEP_DEADLINE);
  database.changed(key, EVENT_STRING, 'incrby');
  context.reply.integer(sum);
}
