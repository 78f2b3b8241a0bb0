import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { Slice } from '../../lib/slice.ts';
import { isDense, openHyperLogLog, storeSketch } from './hyperloglog-key.ts';
import { REGISTERS } from './layout.ts';
import { mergeInto } from './pfcount.ts';
import { Sketch } from './sketch.ts';

const string = new Slice(new Uint8Array(0), 0, 0);
const maxima = new Uint8Array(REGISTERS);
const sketch = new Sketch();

export const pfmerge = defineCommand({
  name: 'pfmerge',
  summary: 'Merges HyperLogLogs into the one at the first key, which is created if it does not exist.',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(N) where N is the number of HyperLogLogs, each of which takes long',
  syntax: 'destkey sourcekey [sourcekey ...]',
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: [
    { flags: ['RW', 'access', 'insert'], search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } },
    { flags: ['RO', 'access'], search: { index: 2 }, find: { last: -1, step: 1, limit: 0 } },
  ],
  run(context) {
    const { args, database, reply } = context;
    maxima.fill(0);
    let toDense = false;
    for (let i = 1; i < args.count; i++) {
      const source = context.read(args.at(i), TYPE_STRING);
      if (source === NULL) continue;
      mergeInto(maxima, openHyperLogLog(context, source, string));
      if (isDense(string)) toDense = true;
    }

    const key = args.at(1);
    const entry = context.write(key, TYPE_STRING);
    if (entry === NULL) sketch.clear();
    else sketch.copyFrom(openHyperLogLog(context, entry, string));
    if (toDense) {
      if (!sketch.isDense) sketch.makeDense();
      sketch.raiseDense(maxima);
    } else {
      const maxSparseBytes = context.server.config.get('hll-sparse-max-bytes');
      for (let i = 0; i < REGISTERS; i++) if (maxima[i] > 0) sketch.raise(i, maxima[i], maxSparseBytes);
    }
    sketch.invalidate();
    storeSketch(context, key, entry, sketch);
    database.changed(key, EVENT_STRING, 'pfadd');
    reply.ok();
  },
});
