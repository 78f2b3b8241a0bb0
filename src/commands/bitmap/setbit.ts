import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { TYPE_STRING } from '../../keyspace/key-entry.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { Slice } from '../../lib/slice.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { readBitOffset } from './bit-offset.ts';
import { byteAt, isRaw, lengthOf, writeBytes } from './bit-string.ts';

const BAD_BIT = new ReplyError('ERR bit is not an integer or out of range');
const scratch = Slice.from(new Uint8Array(1));

export const setbit = defineCommand({
  name: 'setbit',
  summary:
    'Sets or clears a bit of the string at a key, and returns what it was. The string grows as needed, filled with zeros.',
  since: '2.2.0',
  group: 'bitmap',
  complexity: 'O(1)',
  syntax: 'key offset value:integer',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', 'access', 'update'),
  run(context) {
    const { args, database, keyspace } = context;
    const key = args.at(1);
    const offset = readBitOffset(context, 2);
    const bit = context.integerBetween(3, 0, 1, BAD_BIT);
    const entry = context.write(key, TYPE_STRING);

    const at = Math.floor(offset / 8);
    const mask = 0x80 >>> (offset % 8);
    const grows = at >= lengthOf(context, entry);
    const byte = grows ? 0 : byteAt(keyspace.stringValues, entry, at);
    const old = (byte & mask) === 0 ? 0 : 1;
    const changes = grows || old !== bit;
    if (changes || !isRaw(context, entry)) {
      scratch.bytes[0] = bit === 0 ? byte & ~mask : byte | mask;
      writeBytes(context, key, entry, at, scratch);
    }
    if (changes) database.changed(key, EVENT_STRING, 'setbit');
    context.reply.integer(old);
  },
});
