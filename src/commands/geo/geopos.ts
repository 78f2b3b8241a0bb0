/**
 * GEOPOS, GEOHASH and GEODIST: where members are.
 */
import { type CommandSpec, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { formatLongDoubleHuman, longDoubleOf } from '../../lib/long-double.ts';
import { errors } from '../../protocol/errors.ts';
import { readZset } from '../zset/open-zset.ts';
import { readUnit } from './arguments.ts';
import { exactDistance, formatDistance } from './distance.ts';
import { type Position, positionOf, textOf } from './geohash.ts';

/** What GEOPOS and GEOHASH have in common. */
const asking = {
  since: '3.2.0',
  group: 'geo',
  complexity: 'O(N) where N is the number of members asked for.',
  syntax: 'key member [member ...]',
  arity: -2,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
} satisfies Partial<CommandSpec>;

export const geopos = defineCommand({
  ...asking,
  name: 'geopos',
  summary: 'Returns the longitudes and latitudes of members of a geospatial index.',
  run(context) {
    const { args, reply } = context;
    const zset = readZset(context, args.at(1));
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      if (zset?.find(args.at(i))) answerPosition(context, positionOf(zset.foundScore));
      else reply.nullArray();
    }
  },
});

export const geohash = defineCommand({
  ...asking,
  name: 'geohash',
  summary: 'Returns the positions of members of a geospatial index as standard geohashes.',
  run(context) {
    const { args, reply } = context;
    const zset = readZset(context, args.at(1));
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      if (zset?.find(args.at(i))) reply.text(textOf(positionOf(zset.foundScore)));
      else reply.null();
    }
  },
});

export const geodist = defineCommand({
  name: 'geodist',
  summary: 'Returns the distance of two members of a geospatial index.',
  since: '3.2.0',
  group: 'geo',
  complexity: 'O(1)',
  syntax: 'key member1 member2 [M | KM | FT | MI]',
  arity: -4,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const { args, reply } = context;
    const unitMeters = args.count === 5 ? readUnit(context, 4) : 1;
    if (args.count > 5) throw errors.syntax;
    const zset = readZset(context, args.at(1));
    if (!zset?.find(args.at(2))) {
      reply.null();
      return;
    }
    const first = positionOf(zset.foundScore);
    if (zset.find(args.at(3)))
      reply.text(formatDistance(exactDistance(first, positionOf(zset.foundScore)) / unitMeters));
    else reply.null();
  },
});

/** Answers the two coordinates of a position. */
export function answerPosition({ reply }: CommandContext, { longitude, latitude }: Position): void {
  reply.array(2);
  reply.decimal(formatLongDoubleHuman(longDoubleOf(longitude)));
  reply.decimal(formatLongDoubleHuman(longDoubleOf(latitude)));
}
