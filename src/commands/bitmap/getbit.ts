import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { TYPE_STRING } from '../../keyspace/key-entry.ts';
import { readBitOffset } from './bit-offset.ts';
import { byteAt, lengthOf } from './bit-string.ts';

export const getbit = defineCommand({
  name: 'getbit',
  summary: 'Returns a bit of the string at a key; 0 beyond its end.',
  since: '2.2.0',
  group: 'bitmap',
  complexity: 'O(1)',
  syntax: 'key offset',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const offset = readBitOffset(context, 2);
    const entry = context.read(context.args.at(1), TYPE_STRING);
    const at = Math.floor(offset / 8);
    const byte = at < lengthOf(context, entry) ? byteAt(context.keyspace.stringValues, entry, at) : 0;
    context.reply.integer((byte >>> (7 - (offset % 8))) & 1);
  },
});
