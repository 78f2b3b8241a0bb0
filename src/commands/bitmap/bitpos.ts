import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, type Pointer, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { skipBytes } from './bit-count.ts';
import { fromStart, readsBits } from './bit-range.ts';
import { byteAt } from './bit-string.ts';

const BAD_BIT = new ReplyError('ERR The bit argument must be 1 or 0.');
const NOT_FOUND = -1;

export const bitpos = defineCommand({
  name: 'bitpos',
  summary: 'Returns the position of the first bit that is set, or clear, in the string at a key or a part of it.',
  since: '2.8.7',
  group: 'bitmap',
  complexity: 'O(N) where N is the number of bytes looked at',
  history: [['7.0.0', 'Added the BYTE and BIT options.']],
  syntax: 'key bit [start [end [BYTE | BIT]]]',
  arity: -3,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const bit = context.integer(2);
    if (bit !== 0 && bit !== 1) throw BAD_BIT;
    // Without the key nothing else is looked at: there are only zeros.
    const entry = context.read(context.args.at(1), TYPE_STRING);
    context.reply.integer(entry === NULL ? (bit === 1 ? NOT_FOUND : 0) : find(context, entry, bit));
  },
});

function find(context: CommandContext, entry: Pointer, bit: 0 | 1): number {
  const { args } = context;
  if (args.count > 6) throw errors.syntax;
  const length = context.keyspace.stringValues.length(entry);
  const start = args.count > 3 ? context.integer(3) : 0;
  const isBits = args.count === 6 && readsBits(context, 5);
  const total = isBits ? length * 8 : length;
  const end = args.count > 4 ? context.integer(4) : total - 1;
  const first = fromStart(start, total);
  const last = Math.min(fromStart(end, total), total - 1);
  if (first > last) return NOT_FOUND;
  const position = isBits
    ? findBit(context, entry, bit, first, last)
    : findBit(context, entry, bit, first * 8, last * 8 + 7);
  // A string without a given end goes on with zeros.
  return position === NOT_FOUND && bit === 0 && args.count <= 4 ? length * 8 : position;
}

/** The position of the first bit that is `bit`, from bit `first` through `last`. */
function findBit(context: CommandContext, entry: Pointer, bit: 0 | 1, first: number, last: number): number {
  const values = context.keyspace.stringValues;
  const skipped = bit === 1 ? 0 : 0xff;
  let at = Math.floor(first / 8);
  const wanted = (byteAt(values, entry, at) ^ skipped) & (0xff >>> (first % 8));
  if (wanted !== 0) return within(at, wanted, last);
  at++;
  const end = Math.floor(last / 8) + 1;
  while (at < end) {
    const run = values.seek(entry, at, end);
    if (bit === 0 || !values.isHole) {
      const found = skipBytes(values.bytes, values.start, values.end, skipped);
      if (found < values.end) return within(at + found - values.start, values.bytes[found] ^ skipped, last);
    }
    at += run;
  }
  return NOT_FOUND;
}

/** The position of the highest bit that is set in `wanted`, which is the byte at `at`, unless it is beyond `last`. */
function within(at: number, wanted: number, last: number): number {
  const position = at * 8 + Math.clz32(wanted) - 24;
  return position <= last ? position : NOT_FOUND;
}
