/**
 * GETRANGE, and SUBSTR, its first name.
 */
import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';

export const getrange = defineCommand({
  name: 'getrange',
  summary:
    'Returns the bytes of the string at a key from one position through another; negative ones count from the end.',
  since: '2.4.0',
  group: 'string',
  complexity: 'O(N) where N is the number of bytes returned',
  syntax: 'key start end',
  arity: 4,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run: replySubstring,
});

export const substr = defineCommand({
  name: 'substr',
  summary: 'Returns a part of the string at a key, as GETRANGE does.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(N) where N is the number of bytes returned',
  deprecated: { since: '2.0.0', replacedBy: '`GETRANGE`' },
  syntax: 'key start end',
  arity: 4,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run: replySubstring,
});

function replySubstring(context: CommandContext): void {
  const start = context.integer(2);
  const end = context.integer(3);
  const entry = context.read(context.args.at(1), TYPE_STRING);
  const length = entry === NULL ? 0 : context.keyspace.stringValues.length(entry);
  // Two positions before the beginning mean the first byte, unless they are in the wrong order.
  const reversed = start < 0 && end < 0 && start > end;
  const first = reversed ? length : fromStart(start, length);
  const last = Math.min(fromStart(end, length), length - 1);
  if (first > last) context.replyRange(entry, 0, 0);
  else context.replyRange(entry, first, last + 1);
}

/** The position counted from the beginning, not below 0. What is beyond 2^53 lies far outside of any string. */
function fromStart(position: number | bigint, length: number): number {
  const index = Number(position);
  return Math.max(0, index < 0 ? length + index : index);
}
