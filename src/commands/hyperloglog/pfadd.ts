import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { Slice } from '../../lib/slice.ts';
import { byteOfRegister, getRegister, setRegister } from './dense-registers.ts';
import { ElementHash } from './element-hash.ts';
import { isDense, openHyperLogLog, storeSketch } from './hyperloglog-key.ts';
import { HEADER_BYTES, STALE_AT, STALE_BIT } from './layout.ts';
import { Sketch } from './sketch.ts';

const hash = new ElementHash();
const sketch = new Sketch();
const string = new Slice(new Uint8Array(0), 0, 0);
const scratch = new Slice(new Uint8Array(2), 0, 0);

export const pfadd = defineCommand({
  name: 'pfadd',
  summary: 'Adds elements to the HyperLogLog at a key. The key is created if it does not exist.',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(1) for each element',
  syntax: 'key [element [element ...]]',
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'insert'),
  run(context) {
    const { args, database, keyspace, reply } = context;
    const key = args.at(1);
    const entry = context.write(key, TYPE_STRING);
    let changes = 0;
    if (entry !== NULL && isDense(openHyperLogLog(context, entry, string))) {
      changes = addToDense(context);
    } else {
      if (entry === NULL) {
        sketch.clear();
        changes = 1;
      } else sketch.copyFrom(string);
      changes += addToSketch(context);
      if (changes > 0) {
        sketch.invalidate();
        storeSketch(context, key, entry, sketch);
      }
    }
    if (changes > 0) {
      database.changed(key, EVENT_STRING, 'pfadd');
      keyspace.dirty += changes - 1;
    }
    reply.integer(changes > 0 ? 1 : 0);
  },
});

/** Adds all elements to {@link sketch}. Answers how many of them raised a register. */
function addToSketch(context: CommandContext): number {
  const { args } = context;
  const maxSparseBytes = context.server.config.get('hll-sparse-max-bytes');
  let changes = 0;
  for (let i = 2; i < args.count; i++) {
    const element = args.at(i);
    hash.update(element.bytes, element.start, element.end);
    if (sketch.raise(hash.index, hash.run, maxSparseBytes)) changes++;
  }
  return changes;
}

/** Adds all elements to the dense HyperLogLog just found, which is changed in its place. Answers as above. */
function addToDense(context: CommandContext): number {
  const { args, database } = context;
  const key = args.at(1);
  let changes = 0;
  for (let i = 2; i < args.count; i++) {
    const element = args.at(i);
    hash.update(element.bytes, element.start, element.end);
    const { index, run } = hash;
    if (run <= getRegister(string.bytes, string.start + HEADER_BYTES, index)) continue;
    const at = HEADER_BYTES + byteOfRegister(index);
    const end = Math.min(at + 2, string.length);
    scratch.point(scratch.bytes, 0, end - at);
    for (let j = at; j < end; j++) scratch.bytes[j - at] = string.byteAt(j);
    // Any register that begins at the same bit of its byte will do to write this one into the scratch bytes.
    setRegister(scratch.bytes, -byteOfRegister(index & 3), index & 3, run);
    database.writeStringFound(database.peek(key), at, scratch);
    openHyperLogLog(context, database.peek(key), string);
    changes++;
  }
  if (changes > 0 && (string.byteAt(STALE_AT) & STALE_BIT) === 0) {
    scratch.point(scratch.bytes, 0, 1).bytes[0] = string.byteAt(STALE_AT) | STALE_BIT;
    database.writeStringFound(database.peek(key), STALE_AT, scratch);
  }
  return changes;
}
