/**
 * Arguments of the commands of geospatial indexes.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { MAX_LATITUDE, MAX_LONGITUDE, type Position } from './geohash.ts';

const unknownUnit = new ReplyError('ERR unsupported unit provided. please use M, KM, FT, MI');
const radiusNotNumeric = new ReplyError('ERR need numeric radius');
const radiusNegative = new ReplyError('ERR radius cannot be negative');
const widthNotNumeric = new ReplyError('ERR need numeric width');
const heightNotNumeric = new ReplyError('ERR need numeric height');
const sideNegative = new ReplyError('ERR height or width cannot be negative');

/** The longitude at `index` and the latitude behind it. */
export function readPosition(context: CommandContext, index: number): Position {
  const longitude = context.double(index);
  const latitude = context.double(index + 1);
  if (Math.abs(longitude) > MAX_LONGITUDE || Math.abs(latitude) > MAX_LATITUDE) {
    const pair = `${sixDigits(longitude)},${sixDigits(latitude)}`;
    throw new ReplyError(`ERR invalid longitude,latitude pair ${pair}`);
  }
  return { longitude, latitude };
}

/** The meters of the unit at `index`. */
export function readUnit(context: CommandContext, index: number): number {
  const unit = context.args.at(index);
  if (unit.equalsIgnoreCase('m')) return 1;
  if (unit.equalsIgnoreCase('km')) return 1000;
  if (unit.equalsIgnoreCase('ft')) return 0.3048;
  if (unit.equalsIgnoreCase('mi')) return 1609.34;
  throw unknownUnit;
}

/** The radius at `index`; its unit comes behind it. */
export function readRadius(context: CommandContext, index: number): number {
  const radius = context.double(index, radiusNotNumeric);
  if (radius < 0) throw radiusNegative;
  return radius;
}

/** The width at `index` and the height behind it; their unit comes behind them. */
export function readBox(context: CommandContext, index: number): { width: number; height: number } {
  const width = context.double(index, widthNotNumeric);
  const height = context.double(index + 1, heightNotNumeric);
  if (width < 0 || height < 0) throw sideNegative;
  return { width, height };
}

/** As C's `%f` prints it. */
function sixDigits(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  // C prints the sign of a negative zero, JavaScript does not.
  if (Object.is(value, -0)) return '-0.000000';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}
