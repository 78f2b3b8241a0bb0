/**
 * HINCRBY and HINCRBYFLOAT: fields as counters.
 */
import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_HASH } from '../../keyspace/keyspace-events.ts';
import { addInt64, parseInt64, writeInt64 } from '../../lib/integer.ts';
import { addLongDouble, formatLongDoubleHuman, parseLongDouble } from '../../lib/long-double.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { openHash, openOrCreateHash } from './open-hash.ts';

const digits = new Slice(new Uint8Array(20), 0, 0);
const ZERO = Slice.from('0');

export const hincrby = defineCommand({
  name: 'hincrby',
  summary: 'Adds a number to the integer in a field of a hash, which counts from 0 if it does not exist.',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  syntax: 'key field increment',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'access', 'update'),
  run(context) {
    const increment = context.integer(3);
    const hash = openHash(context, context.args.at(1));
    let sum: number | bigint | null = increment;
    if (hash?.get(context.args.at(2))) {
      const value = parseInt64(hash.found);
      if (value === null) throw errors.hashNotInteger;
      sum = addInt64(value, increment);
      if (sum === null) throw errors.overflow;
    }
    digits.end = writeInt64(digits.bytes, 0, sum);
    setCounter(context, digits, 'hincrby');
    context.reply.integer(sum);
  },
});

export const hincrbyfloat = defineCommand({
  name: 'hincrbyfloat',
  summary: 'Adds a number to the floating-point number in a field of a hash, which counts from 0 if it does not exist.',
  since: '2.6.0',
  group: 'hash',
  complexity: 'O(1)',
  syntax: 'key field increment:double',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'access', 'update'),
  run(context) {
    const { args } = context;
    const increment = parseLongDouble(args.at(3));
    if (increment === null) throw errors.notFloat;
    if (increment.infinite) throw errors.notFinite;
    const hash = openHash(context, args.at(1));
    const value = parseLongDouble(hash?.get(args.at(2)) ? hash.found : ZERO);
    if (value === null) throw errors.hashNotFloat;
    const sum = addLongDouble(value, increment);
    if (sum === null || sum.infinite) throw errors.nan;
    const text = Slice.from(formatLongDoubleHuman(sum));
    setCounter(context, text, 'hincrbyfloat');
    context.reply.bulk(text);
    // The sum itself is logged, so that it does not depend on who calculates it again.
    if (context.server.writeLog.hasSubscribers) context.propagate('HSET', args.at(1), args.at(2), text);
  },
});

function setCounter(context: CommandContext, value: Slice, event: string): void {
  const { args, database } = context;
  const key = args.at(1);
  openOrCreateHash(context, key, args.at(2), value).set(args.at(2), value);
  database.changed(key, EVENT_HASH, event);
}
