import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, type Pointer, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { Slice } from '../../lib/slice.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { quotedText } from '../../protocol/reply-text.ts';
import { getRegister } from './dense-registers.ts';
import { isDense, openHyperLogLog, storeSketch } from './hyperloglog-key.ts';
import { HEADER_BYTES, REGISTERS, VALUE_BIT } from './layout.ts';
import { Sketch } from './sketch.ts';
import { opcodeBytes, runLength, runValue } from './sparse-registers.ts';

const NO_KEY = new ReplyError('ERR The specified key does not exist');
const NOT_SPARSE = new ReplyError('ERR HLL encoding is not sparse');

const string = new Slice(new Uint8Array(0), 0, 0);
const sketch = new Sketch();

export const pfdebug = defineCommand({
  name: 'pfdebug',
  summary: 'Shows the inside of a HyperLogLog: its registers, its opcodes, its encoding; or makes it dense.',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'N/A',
  syntax: 'subcommand key',
  arity: 3,
  flags: ['write', 'denyoom', 'admin'],
  keys: [{ flags: ['RW', 'access'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } }],
  isSystem: true,
  run(context) {
    const { args, reply } = context;
    const subcommand = args.at(1);
    const entry = context.write(args.at(2), TYPE_STRING);
    if (entry === NULL) throw NO_KEY;
    openHyperLogLog(context, entry, string);
    if (subcommand.equalsIgnoreCase('getreg')) {
      makeDense(context, entry);
      reply.array(REGISTERS);
      for (let i = 0; i < REGISTERS; i++) reply.integer(getRegister(sketch.bytes, HEADER_BYTES, i));
    } else if (subcommand.equalsIgnoreCase('decode')) {
      if (isDense(string)) throw NOT_SPARSE;
      reply.text(spellOpcodes(string));
    } else if (subcommand.equalsIgnoreCase('encoding')) {
      reply.status(isDense(string) ? 'dense' : 'sparse');
    } else if (subcommand.equalsIgnoreCase('todense')) {
      reply.integer(makeDense(context, entry) ? 1 : 0);
    } else {
      throw new ReplyError(`ERR Unknown PFDEBUG subcommand '${quotedText(subcommand)}'`);
    }
  },
});

/** Makes the HyperLogLog just opened dense, and {@link sketch} a copy of it. False when it was dense already. */
function makeDense(context: CommandContext, entry: Pointer): boolean {
  sketch.copyFrom(string);
  if (sketch.isDense) return false;
  sketch.makeDense();
  storeSketch(context, context.args.at(2), entry, sketch);
  // It means the same as before, but the log must have it.
  context.keyspace.dirty++;
  return true;
}

/** `z:16 Z:1000 v:2,1`: short and long runs of zeros, and values with the lengths of their runs. */
function spellOpcodes({ bytes, start, end }: Slice): string {
  const words: string[] = [];
  for (let at = start + HEADER_BYTES; at < end; at += opcodeBytes(bytes[at])) {
    const run = runLength(bytes, at, end);
    if ((bytes[at] & VALUE_BIT) !== 0) words.push(`v:${runValue(bytes[at])},${run}`);
    else words.push(`${opcodeBytes(bytes[at]) === 1 ? 'z' : 'Z'}:${run}`);
  }
  return words.join(' ');
}
