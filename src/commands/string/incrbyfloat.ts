import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { KEEP_DEADLINE } from '../../keyspace/database.ts';
import { NULL, STRING_TEXT, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { addLongDouble, formatLongDoubleHuman, type LongDouble, parseLongDouble } from '../../lib/long-double.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

export const incrbyfloat = defineCommand({
  name: 'incrbyfloat',
  summary: 'Adds a number to the floating-point number at a key, which counts from 0 if it does not exist.',
  since: '2.6.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key increment:double',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'access', 'update'),
  run(context) {
    const { args, database, keyspace } = context;
    const key = args.at(1);
    const entry = context.write(key, TYPE_STRING);
    const value = entry === NULL ? ZERO : parseLongDouble(keyspace.stringValues.slice(entry, current));
    const increment = parseLongDouble(args.at(2));
    if (value === null || increment === null) throw errors.notFloat;
    const sum = addLongDouble(value, increment);
    if (sum === null || sum.infinite) throw errors.nan;
    const text = Slice.from(formatLongDoubleHuman(sum));
    if (entry === NULL) database.addString(key, text, NO_DEADLINE, STRING_TEXT);
    else database.setStringFound(entry, text, KEEP_DEADLINE, STRING_TEXT);
    database.changed(key, EVENT_STRING, 'incrbyfloat');
    context.reply.bulk(text);
    // The sum itself is logged, so that it does not depend on who calculates it again.
    if (context.server.writeLog.hasSubscribers) context.propagate('SET', key, text, 'KEEPTTL');
  },
});

const ZERO: LongDouble = { negative: false, infinite: false, mantissa: 0n, exponent: 0 };
const current = new Slice(new Uint8Array(0), 0, 0);
