import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, type Pointer, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { errors } from '../../protocol/errors.ts';
import { bitsOf, countBits } from './bit-count.ts';
import { fromStart, readsBits } from './bit-range.ts';
import { byteAt } from './bit-string.ts';

export const bitcount = defineCommand({
  name: 'bitcount',
  summary: 'Counts the bits that are set in the string at a key, or in a part of it.',
  since: '2.6.0',
  group: 'bitmap',
  complexity: 'O(N) where N is the number of bytes looked at',
  history: [['7.0.0', 'Added the BYTE and BIT options.']],
  syntax: 'key [start end [BYTE | BIT]]',
  arity: -2,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run(context) {
    // The key comes first: without it nothing else is looked at.
    const entry = context.read(context.args.at(1), TYPE_STRING);
    context.reply.integer(entry === NULL ? 0 : count(context, entry));
  },
});

function count(context: CommandContext, entry: Pointer): number {
  const { args } = context;
  const length = context.keyspace.stringValues.length(entry);
  if (args.count === 2) return countRange(context, entry, 0, length - 1);
  if (args.count === 3 || args.count > 5) throw errors.syntax;
  const start = context.integer(2);
  const end = context.integer(3);
  // Two positions before the beginning mean the first one, unless they are in the wrong order.
  if (start < 0 && end < 0 && start > end) return 0;
  const isBits = args.count === 5 && readsBits(context, 4);
  const total = isBits ? length * 8 : length;
  const first = fromStart(start, total);
  const last = Math.min(fromStart(end, total), total - 1);
  if (first > last) return 0;
  if (!isBits) return countRange(context, entry, first, last);

  const firstByte = Math.floor(first / 8);
  const lastByte = Math.floor(last / 8);
  const values = context.keyspace.stringValues;
  const before = byteAt(values, entry, firstByte) & ~(0xff >>> (first % 8));
  const after = byteAt(values, entry, lastByte) & (0x7f >>> (last % 8));
  return countRange(context, entry, firstByte, lastByte) - bitsOf(before) - bitsOf(after);
}

/** Bits that are set in the bytes from `first` through `last`. */
function countRange(context: CommandContext, entry: Pointer, first: number, last: number): number {
  const values = context.keyspace.stringValues;
  let bits = 0;
  for (let at = first; at <= last; ) {
    at += values.seek(entry, at, last + 1);
    if (!values.isHole) bits += countBits(values.bytes, values.start, values.end);
  }
  return bits;
}
