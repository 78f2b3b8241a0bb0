/**
 * BITOP works leaf by leaf: what long strings have no bytes for (see byte-string.ts) is not made up for the result
 * either, and no string is copied as a whole.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, STRING_RAW, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_GENERIC, EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { LEAF_BYTES } from '../../structures/byte-string.ts';
import { type BitOperation, combineRun } from './bit-operation.ts';

const NOT_TAKES_ONE = new ReplyError('ERR BITOP NOT must be called with a single source key.');
const FIRST_SOURCE = 3;
/** Room for the entry, and for the inner nodes above so many bytes of leaves, as parts of the latter. */
const HEADROOM_BYTES = 64 * 1024;
const NODE_SHARE = 1 / 2048;

const chunk = Slice.from(new Uint8Array(LEAF_BYTES));
const lastByte = Slice.from(new Uint8Array(1));

export const bitop = defineCommand({
  name: 'bitop',
  summary: 'Combines strings bit by bit with AND, OR, XOR or NOT, and stores the result.',
  since: '2.6.0',
  group: 'bitmap',
  complexity: 'O(N) where N is the number of bytes of all source strings',
  syntax: 'operation destkey key [key ...]',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: [
    { flags: ['OW', 'update'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } },
    { flags: ['RO', 'access'], search: { index: 3 }, find: { last: -1, step: 1, limit: 0 } },
  ],
  run(context) {
    const { args, database, reply } = context;
    const operation = readOperation(args.at(1));
    if (operation === 'not' && args.count !== 4) throw NOT_TAKES_ONE;
    const target = args.at(2);
    const lengths = sourceLengths(context);
    const length = lengths.reduce((longest, own) => Math.max(longest, own), 0);
    if (length === 0) {
      if (database.delete(target)) database.changed(target, EVENT_GENERIC, 'del');
    } else {
      store(context, operation, lengths, length);
      database.changed(target, EVENT_STRING, 'set');
    }
    reply.integer(length);
  },
});

function readOperation(word: Slice): BitOperation {
  if (word.equalsIgnoreCase('and')) return 'and';
  if (word.equalsIgnoreCase('or')) return 'or';
  if (word.equalsIgnoreCase('xor')) return 'xor';
  if (word.equalsIgnoreCase('not')) return 'not';
  throw errors.syntax;
}

/** The length of each source, 0 where there is none. */
function sourceLengths(context: CommandContext): readonly number[] {
  const lengths: number[] = [];
  for (let i = FIRST_SOURCE; i < context.args.count; i++) {
    const entry = context.read(context.args.at(i), TYPE_STRING);
    lengths.push(entry === NULL ? 0 : context.keyspace.stringValues.length(entry));
  }
  return lengths;
}

function store(context: CommandContext, operation: BitOperation, lengths: readonly number[], length: number): void {
  const { args, database } = context;
  const target = args.at(2);
  if (length <= LEAF_BYTES) {
    combine(context, operation, lengths, 0, length);
    database.setString(target, chunk.point(chunk.bytes, 0, length), NO_DEADLINE, STRING_RAW);
    return;
  }
  if (!context.keyspace.heap.reserve(resultBytes(context, operation, lengths, length))) throw errors.oom;

  // A source may be the target too. Each chunk is written after it was read, so it can be overwritten as it is.
  let isSource = false;
  for (let i = 0; i < lengths.length; i++)
    if (lengths[i] > 0 && args.at(FIRST_SOURCE + i).equals(target)) isSource = true;
  if (isSource) {
    database.setDeadlineFound(database.find(target), NO_DEADLINE);
  } else {
    database.setString(target, chunk.point(chunk.bytes, 0, 0), NO_DEADLINE, STRING_RAW);
  }
  // Its full length at once, so that it grows only once. The last byte comes with its chunk if there is one already.
  const entry = database.peek(target);
  if (context.keyspace.stringValues.length(entry) < length) database.writeStringFound(entry, length - 1, lastByte);
  for (let at = 0; at < length; at += LEAF_BYTES) {
    const end = Math.min(at + LEAF_BYTES, length);
    const isZero = !combine(context, operation, lengths, at, end);
    const written = database.peek(target);
    // A hole stays one.
    if (isZero) context.keyspace.stringValues.seek(written, at, end);
    if (isZero && context.keyspace.stringValues.isHole) continue;
    database.writeStringFound(written, at, chunk.point(chunk.bytes, 0, end - at));
  }
}

/** Bytes that the result will take: its leaves that some source has bytes for, and what is beside them. */
function resultBytes(
  context: CommandContext,
  operation: BitOperation,
  lengths: readonly number[],
  length: number,
): number {
  const { args, database, keyspace } = context;
  const most = length + length * NODE_SHARE + HEADROOM_BYTES;
  if (operation === 'not') return most;
  let bytes = HEADROOM_BYTES + length * NODE_SHARE;
  for (let i = 0; i < lengths.length; i++) {
    if (lengths[i] === 0) continue;
    const entry = database.peek(args.at(FIRST_SOURCE + i));
    for (let at = 0; at < lengths[i]; at += LEAF_BYTES) {
      keyspace.stringValues.seek(entry, at, Math.min(at + LEAF_BYTES, lengths[i]));
      if (!keyspace.stringValues.isHole) bytes += LEAF_BYTES;
    }
  }
  return Math.min(bytes, most);
}

/** Combines the bytes `[from, to)` of all sources, a leaf at most, in {@link chunk}. False when all are zero for sure. */
function combine(
  context: CommandContext,
  operation: BitOperation,
  lengths: readonly number[],
  from: number,
  to: number,
): boolean {
  const { args, database, keyspace } = context;
  const values = keyspace.stringValues;
  const { bytes } = chunk;
  bytes.fill(0, 0, to - from);
  let isZero = true;
  for (let i = 0; i < lengths.length; i++) {
    const end = Math.min(lengths[i], to);
    const first = i === 0;
    let run = 0;
    if (end > from) {
      run = values.seek(database.peek(args.at(FIRST_SOURCE + i)), from, end);
      if (values.isHole) run = 0;
    }
    if (operation === 'and' && !first && isZero) return false;
    if (run > 0) {
      // The first source is combined with zeros, in which XOR is a copy; NOT follows at the end.
      combineRun(first ? 'xor' : operation, bytes, values.bytes, values.start, run);
      isZero = false;
    }
    if (operation === 'and' && !first) {
      if (run === 0) isZero = true;
      bytes.fill(0, run, to - from);
    }
  }
  if (operation === 'not') combineRun('not', bytes, bytes, 0, to - from);
  return operation === 'not' || !isZero;
}
