import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, STRING_RAW, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { checkStringLength } from './string-limit.ts';

const EMPTY = Slice.from('');

export const setrange = defineCommand({
  name: 'setrange',
  summary:
    'Overwrites bytes of the string at a key from an offset on; a gap before it is filled with zeros. The key is created if it does not exist.',
  since: '2.2.0',
  group: 'string',
  complexity: 'O(N) where N is the number of bytes written, whatever the length of the string',
  syntax: 'key offset value',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', 'update'),
  run(context) {
    const { args, database, keyspace } = context;
    const key = args.at(1);
    const value = args.at(3);
    const offset = context.position(2);
    if (offset < 0) throw errors.offsetOutOfRange;

    let entry = context.write(key, TYPE_STRING);
    const oldLength = entry === NULL ? 0 : keyspace.stringValues.length(entry);
    if (value.length === 0) {
      context.reply.integer(oldLength);
      return;
    }
    const end = offset + value.length;
    checkStringLength(context, end);
    if (entry === NULL) {
      database.addString(key, EMPTY, NO_DEADLINE, STRING_RAW);
      entry = database.peek(key);
    }
    database.writeStringFound(entry, offset, value);
    database.changed(key, EVENT_STRING, 'setrange');
    context.reply.integer(Math.max(oldLength, end));
  },
});
