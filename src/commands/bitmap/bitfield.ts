/**
 * BITFIELD, and BITFIELD_RO, which only reads.
 */
import { type FoundKey, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { TYPE_STRING } from '../../keyspace/key-entry.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { parseInt64Range } from '../../lib/integer.ts';
import { Slice } from '../../lib/slice.ts';
import type { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { LEAF_BYTES } from '../../structures/byte-string.ts';
import { readFieldOffset } from './bit-offset.ts';
import { byteAt, isRaw, lengthOf, writeBytes } from './bit-string.ts';
import { fitSum, type Overflow } from './field-overflow.ts';
import { type FieldType, FieldWindow } from './field-window.ts';

interface FieldOperation extends FieldType {
  readonly action: 'get' | 'set' | 'incrby';
  /** Of the field's first bit. */
  readonly offset: number;
  /** What is set or added. */
  readonly operand: number | bigint;
  readonly overflow: Overflow;
}

const BAD_TYPE = new ReplyError(
  'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
);
const BAD_OVERFLOW = new ReplyError('ERR Invalid OVERFLOW type specified');
const READ_ONLY = new ReplyError('ERR BITFIELD_RO only supports the GET subcommand');

const READ: readonly FoundKey[] = [{ index: 1, flags: ['RO', 'access'] }];
const WRITTEN: readonly FoundKey[] = [{ index: 1, flags: ['RW', 'access', 'update'] }];

/** Room for the entry, and for what leads to the leaves that are written. */
const HEADROOM_BYTES = 128 * 1024;

const window = new FieldWindow();
const oneByte = Slice.from(new Uint8Array(1));

export const bitfield = defineCommand({
  name: 'bitfield',
  summary: 'Reads, sets and increments integers of any width at any bit of the string at a key.',
  since: '3.2.0',
  group: 'bitmap',
  complexity: 'O(1) for each operation',
  syntax:
    'key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value:integer | INCRBY encoding offset increment> [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value:integer | INCRBY encoding offset increment> ...]]',
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: [
    {
      notes: 'This command allows both access and modification of the key',
      flags: ['RW', 'access', 'update', 'variable_flags'],
      search: { index: 1 },
      find: { last: 0, step: 1, limit: 0 },
    },
  ],
  findKeys: (args) => (onlyReads(args) ? READ : WRITTEN),
  run(context) {
    const operations = readOperations(context);
    if (operations.every(({ action }) => action === 'get')) replyFields(context, operations);
    else execute(context, operations);
  },
});

export const bitfieldRo = defineCommand({
  name: 'bitfield_ro',
  summary: 'Reads integers of any width at any bit of the string at a key.',
  since: '6.0.0',
  group: 'bitmap',
  complexity: 'O(1) for each operation',
  syntax: 'key [GET encoding offset [GET encoding offset ...]]',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const operations = readOperations(context);
    if (operations.some(({ action }) => action !== 'get')) throw READ_ONLY;
    replyFields(context, operations);
  },
});

/** True when a command line does nothing but read. One that is no good counts as writing. */
function onlyReads(args: Args): boolean {
  for (let i = 2; i < args.count; i++) {
    const left = args.count - i - 1;
    if (args.at(i).equalsIgnoreCase('get') && left >= 2) i += 2;
    else if (args.at(i).equalsIgnoreCase('overflow') && left >= 1) i++;
    else return false;
  }
  return true;
}

function readOperations(context: CommandContext): readonly FieldOperation[] {
  const { args } = context;
  const operations: FieldOperation[] = [];
  let overflow: Overflow = 'wrap';
  for (let i = 2; i < args.count; ) {
    const word = args.at(i);
    const left = args.count - i - 1;
    if (word.equalsIgnoreCase('overflow') && left >= 1) {
      overflow = readOverflow(args.at(i + 1));
      i += 2;
      continue;
    }
    let action: FieldOperation['action'];
    if (word.equalsIgnoreCase('get') && left >= 2) action = 'get';
    else if (word.equalsIgnoreCase('set') && left >= 3) action = 'set';
    else if (word.equalsIgnoreCase('incrby') && left >= 3) action = 'incrby';
    else throw errors.syntax;
    const { signed, bits } = readType(args.at(i + 1));
    const offset = readFieldOffset(context, i + 2, bits);
    const operand = action === 'get' ? 0 : context.integer(i + 3);
    operations.push({ action, signed, bits, offset, operand, overflow });
    i += action === 'get' ? 3 : 4;
  }
  return operations;
}

function readOverflow(word: Slice): Overflow {
  if (word.equalsIgnoreCase('wrap')) return 'wrap';
  if (word.equalsIgnoreCase('sat')) return 'sat';
  if (word.equalsIgnoreCase('fail')) return 'fail';
  throw BAD_OVERFLOW;
}

/** `i1` to `i64`, `u1` to `u63`. */
function readType(word: Slice): FieldType {
  const letter = word.length === 0 ? '' : String.fromCharCode(word.byteAt(0));
  const signed = letter === 'i';
  if (!signed && letter !== 'u') throw BAD_TYPE;
  const bits = parseInt64Range(word.bytes, word.start + 1, word.end);
  if (typeof bits !== 'number' || bits < 1 || bits > (signed ? 64 : 63)) throw BAD_TYPE;
  return { signed, bits };
}

/** Answers fields, without changing anything. */
function replyFields(context: CommandContext, operations: readonly FieldOperation[]): void {
  const entry = context.read(context.args.at(1), TYPE_STRING);
  const length = lengthOf(context, entry);
  context.reply.array(operations.length);
  for (const operation of operations) {
    const { offset } = operation;
    window.load(context.keyspace.stringValues, entry, length, Math.floor(offset / 8));
    context.reply.integer(window.get(offset % 8, operation));
  }
}

function execute(context: CommandContext, operations: readonly FieldOperation[]): void {
  const { args, database, keyspace, reply } = context;
  const values = keyspace.stringValues;
  const key = args.at(1);
  let highest = 0;
  for (const { action, offset, bits } of operations) {
    if (action !== 'get') highest = Math.max(highest, offset + bits - 1);
  }
  const last = Math.floor(highest / 8);
  // Each field may lie in leaves that are not there yet, or frozen: two at most.
  const leaves = Math.min(operations.length * 2, Math.ceil(last / LEAF_BYTES) + 1);
  if (!keyspace.heap.reserve(leaves * LEAF_BYTES + HEADROOM_BYTES)) throw errors.oom;
  const isResized = makeRoom(context, key, last);

  let changes = 0;
  reply.array(operations.length);
  for (const operation of operations) {
    const { action, offset, bits, operand } = operation;
    const at = Math.floor(offset / 8);
    const shift = offset % 8;
    const entry = database.peek(key);
    window.load(values, entry, values.length(entry), at);
    const old = window.get(shift, operation);
    if (action === 'get') {
      reply.integer(old);
      continue;
    }
    const fresh =
      action === 'set'
        ? fitSum(operation, operand, 0, operation.overflow)
        : fitSum(operation, old, operand, operation.overflow);
    if (fresh === null) {
      reply.null();
      continue;
    }
    reply.integer(action === 'set' ? old : fresh);
    if (fresh !== old) {
      window.set(shift, bits, fresh);
      database.writeStringFound(entry, at, window.covered(shift, bits));
    }
    if (isResized || fresh !== old) changes++;
  }
  if (changes > 0) {
    database.changed(key, EVENT_STRING, 'setbit');
    keyspace.dirty += changes - 1;
  } else if (isResized) {
    // Nothing but overflows that fail: Redis tells nobody of the zeros. They are logged here, so that they last.
    keyspace.dirty++;
  }
}

/** Makes the string at `key` one of bytes that reaches as far as byte `last`; true when it was not as long. */
function makeRoom(context: CommandContext, key: Slice, last: number): boolean {
  const entry = context.write(key, TYPE_STRING);
  const grows = last >= lengthOf(context, entry);
  if (grows || !isRaw(context, entry)) {
    oneByte.bytes[0] = grows ? 0 : byteAt(context.keyspace.stringValues, entry, last);
    writeBytes(context, key, entry, last, oneByte);
  }
  return grows;
}
