import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { addScored } from '../zset/zadd.ts';
import { readPosition } from './arguments.ts';
import { cellOf, SCORE_STEPS, scoreOf } from './geohash.ts';

export const geoadd = defineCommand({
  name: 'geoadd',
  summary: 'Adds members with their positions to a geospatial index, which is a sorted set.',
  since: '3.2.0',
  group: 'geo',
  complexity: 'O(log(N)) for each member, where N is the size of the sorted set.',
  history: [['6.2.0', 'Added the `CH`, `NX` and `XX` options.']],
  syntax: 'key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', 'update'),
  run(context) {
    const { args } = context;
    let nx = false;
    let xx = false;
    let changed = false;
    let from = 2;
    for (; from < args.count; from++) {
      const word = args.at(from);
      if (word.equalsIgnoreCase('nx')) nx = true;
      else if (word.equalsIgnoreCase('xx')) xx = true;
      else if (word.equalsIgnoreCase('ch')) changed = true;
      else break;
    }
    if ((args.count - from) % 3 !== 0 || (nx && xx)) throw errors.syntax;
    const scores = new Float64Array((args.count - from) / 3);
    for (let i = 0; i < scores.length; i++)
      scores[i] = scoreOf(cellOf(readPosition(context, from + i * 3), SCORE_STEPS));
    if (scores.length === 0) throw errors.syntax;
    addScored(context, { nx, xx, changed }, from, scores);
    if (!context.server.writeLog.hasSubscribers) return;
    const logged: (string | Slice)[] = ['ZADD'];
    for (let i = 1; i < from; i++) logged.push(args.at(i));
    for (let i = 0; i < scores.length; i++) logged.push(String(scores[i]), args.at(from + i * 3 + 2));
    context.propagate(...logged);
  },
});
