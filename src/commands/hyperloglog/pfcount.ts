import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { normalizeInt64 } from '../../lib/integer.ts';
import { Slice } from '../../lib/slice.ts';
import { estimate, HISTOGRAM_SIZE } from './cardinality.ts';
import { countDense, mergeDense } from './dense-registers.ts';
import { isDense, openHyperLogLog } from './hyperloglog-key.ts';
import { CARDINALITY_AT, CORRUPTED, HEADER_BYTES, REGISTERS, STALE_AT, STALE_BIT } from './layout.ts';
import { countSparse, mergeSparse } from './sparse-registers.ts';

/** Room for what changing a frozen HyperLogLog copies. */
const HEADROOM_BYTES = 64 * 1024;

const string = new Slice(new Uint8Array(0), 0, 0);
const cached = Slice.from(new Uint8Array(8));
const cachedView = new DataView(cached.bytes.buffer);
const histogram = new Int32Array(HISTOGRAM_SIZE);
const maxima = new Uint8Array(REGISTERS);

export const pfcount = defineCommand({
  name: 'pfcount',
  summary: 'Returns about how many different elements were added to the HyperLogLogs at the keys together.',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(1) for a single key, O(N) for N keys, which takes much longer for each',
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['readonly', 'may_replicate'],
  keys: [
    {
      notes: 'RW because it may change the internal representation of the key, and propagate to replicas',
      flags: ['RW', 'access'],
      search: { index: 1 },
      find: { last: -1, step: 1, limit: 0 },
    },
  ],
  run(context) {
    context.reply.integer(context.args.count === 2 ? countOne(context) : countUnion(context));
  },
});

function countOne(context: CommandContext): number | bigint {
  const entry = context.read(context.args.at(1), TYPE_STRING);
  if (entry === NULL) return 0;
  openHyperLogLog(context, entry, string);
  if ((string.byteAt(STALE_AT) & STALE_BIT) === 0) {
    for (let i = 0; i < 8; i++) cached.bytes[i] = string.byteAt(CARDINALITY_AT + i);
    return normalizeInt64(cachedView.getBigUint64(0, true));
  }
  histogram.fill(0);
  const registers = string.start + HEADER_BYTES;
  if (isDense(string)) countDense(string.bytes, registers, histogram);
  else if (!countSparse(string.bytes, registers, string.end, histogram)) throw CORRUPTED;
  const cardinality = estimate(histogram);
  remember(context, cardinality);
  return cardinality;
}

/** Writes the cardinality into the HyperLogLog, if there is memory for that. It is a change as any other. */
function remember(context: CommandContext, cardinality: number | bigint): void {
  const { args, database, keyspace } = context;
  if (!keyspace.heap.reserve(HEADROOM_BYTES)) return;
  const key = args.at(1);
  cachedView.setBigInt64(0, BigInt(cardinality), true);
  database.writeStringFound(database.peek(key), CARDINALITY_AT, cached);
  keyspace.dirty++;
  if (keyspace.events.hasObservers) keyspace.events.modified(database.index, key);
}

function countUnion(context: CommandContext): number | bigint {
  const { args } = context;
  maxima.fill(0);
  for (let i = 1; i < args.count; i++) {
    const entry = context.read(args.at(i), TYPE_STRING);
    if (entry !== NULL) mergeInto(maxima, openHyperLogLog(context, entry, string));
  }
  histogram.fill(0);
  for (let i = 0; i < REGISTERS; i++) histogram[maxima[i]]++;
  return estimate(histogram);
}

/**
 * Raises each of `values`, a byte a register, to the register of a HyperLogLog.
 *
 * @throws ReplyError when its sparse registers are corrupted.
 */
export function mergeInto(values: Uint8Array, hyperloglog: Slice): void {
  const { bytes, start, end } = hyperloglog;
  if (isDense(hyperloglog)) mergeDense(bytes, start + HEADER_BYTES, values);
  else if (!mergeSparse(bytes, start + HEADER_BYTES, end, values)) throw CORRUPTED;
}
