/**
 * Searches a geospatial index, and answers or stores what is found.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { EVENT_GENERIC, EVENT_ZSET } from '../../keyspace/keyspace-events.ts';
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import { Slice } from '../../lib/slice.ts';
import { readZset } from '../zset/open-zset.ts';
import { addToResult } from '../zset/result.ts';
import { exactDistance, formatDistance } from './distance.ts';
import { type Cell, type Position, positionOf, scoreOf } from './geohash.ts';
import { answerPosition } from './geopos.ts';
import { cellsOf, distanceWithin, type SearchShape } from './search-area.ts';
import { readSearch, type SearchForm, type SearchRequest } from './search-request.ts';

interface Found {
  readonly member: Uint8Array;
  readonly score: number;
  readonly position: Position;
  readonly meters: number;
}

const INT64_MIN = -(2n ** 63n);

/** Runs a command of this form, whose index is at the argument `source`; `event` is that of a stored result. */
export function search(context: CommandContext, form: SearchForm, source: number, event: string): void {
  const zset = readZset(context, context.args.at(source));
  const request = readSearch(context, form, source, zset);
  const { shape, storeKey } = request;
  const found = zset === null || shape === null ? [] : collect(zset, shape, request);
  if (storeKey === null) answerFound(context, request, found);
  else storeFound(context, request, found, storeKey, event);
}

/** What lies in the shape, ordered and cut to the count as requested. */
function collect(zset: ZsetValue, shape: SearchShape, { count, any, order }: SearchRequest): Found[] {
  const found: Found[] = [];
  const limit = any ? count : 0;
  let previous: Cell | null = null;
  const cells = cellsOf(shape);
  for (let i = 0; i < cells.length && !(limit > 0 && found.length >= limit); i++) {
    const cell = cells[i];
    // Around the whole world neighbours are the same; only runs of them are passed over, and not of the first.
    if (previous !== null && cell.column === previous.column && cell.row === previous.row) continue;
    collectCell(zset, shape, cell, limit, found);
    if (i > 0) previous = cell;
  }
  if (order === 'ascending') found.sort((a, b) => a.meters - b.meters);
  else if (order === 'descending') found.sort((a, b) => b.meters - a.meters);
  return count > 0 && found.length > count ? found.slice(0, count) : found;
}

function collectCell(zset: ZsetValue, shape: SearchShape, cell: Cell, limit: number, found: Found[]): void {
  const end = scoreOf(cell, 1);
  let more = zset.seek(zset.rankOfScore(scoreOf(cell), false));
  for (; more && zset.score < end; more = zset.next()) {
    const position = positionOf(zset.score);
    const meters = distanceWithin(shape, position);
    if (meters >= 0) found.push({ member: zset.member.copy(), score: zset.score, position, meters });
    if (limit > 0 && found.length >= limit) return;
  }
}

function answerFound(context: CommandContext, request: SearchRequest, found: readonly Found[]): void {
  const { reply } = context;
  const { withDistance, withHash, withPosition } = request;
  const unitMeters = request.shape?.unitMeters ?? 1;
  const options = Number(withDistance) + Number(withHash) + Number(withPosition);
  reply.array(found.length);
  for (const { member, score, position, meters } of found) {
    if (options > 0) reply.array(options + 1);
    reply.bulk(Slice.from(member));
    if (withDistance) reply.text(formatDistance(meters / unitMeters));
    if (withHash) reply.integer(toInt64(score));
    if (withPosition) answerPosition(context, position);
  }
}

function storeFound(
  context: CommandContext,
  { shape, storesDistances }: SearchRequest,
  found: readonly Found[],
  key: Slice,
  event: string,
): void {
  const { database, keyspace, reply } = context;
  if (found.length === 0) {
    if (database.delete(key)) database.changed(key, EVENT_GENERIC, 'del');
  } else {
    const result = keyspace.zsetBuilder;
    result.begin(true);
    for (const { member, score, position } of found) {
      const stored =
        storesDistances && shape !== null ? exactDistance(shape.center, position) / shape.unitMeters : score;
      addToResult(result, Slice.from(member), stored);
    }
    result.compact();
    result.attach(database, key);
    database.changed(key, EVENT_ZSET, event);
    keyspace.dirty += found.length - 1;
  }
  reply.integer(found.length);
}

/** What a conversion to a signed integer of 64 bits makes of any score on x86-64. */
function toInt64(score: number): number | bigint {
  if (Number.isSafeInteger(score)) return score + 0;
  if (!(Math.abs(score) < 2 ** 63)) return INT64_MIN;
  const whole = Math.trunc(score);
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole);
}
