/**
 * Geohashes: places on earth as the cells of a grid, numbered so that cells near each other mostly have near numbers.
 *
 * Either coordinate is halved `step` times, and the bits of both are interleaved, longitude first; a score of a
 * geospatial index is the cell of 26 steps. (Format: `geohash.c` of Redis 7.0.15. Its latitudes end at those of the Web
 * Mercator projection, whereas standard geohashes reach the poles.)
 */

export const MAX_LONGITUDE = 180;
export const MAX_LATITUDE = 85.05112878;
/** Bits of either coordinate in a score. */
export const SCORE_STEPS = 26;

const TWO_32 = 2 ** 32;
const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';
const TEXT_LENGTH = 11;

/** A place in degrees. */
export interface Position {
  readonly longitude: number;
  readonly latitude: number;
}

/** A cell: its column and row among 2^step. */
export interface Cell {
  readonly column: number;
  readonly row: number;
  readonly step: number;
}

/** What a cell covers, in degrees. */
export interface Area {
  readonly minLongitude: number;
  readonly maxLongitude: number;
  readonly minLatitude: number;
  readonly maxLatitude: number;
}

/** The cell of a position, at the eastern and northern ends one that is beyond the grid. */
export function cellOf({ longitude, latitude }: Position, step: number, maxLatitude: number = MAX_LATITUDE): Cell {
  const row = ((latitude + maxLatitude) / (maxLatitude * 2)) * 2 ** step;
  const column = ((longitude + MAX_LONGITUDE) / (MAX_LONGITUDE * 2)) * 2 ** step;
  return { column: Math.floor(column), row: Math.floor(row), step };
}

export function areaOf({ column, row, step }: Cell): Area {
  const cells = 2 ** step;
  // Numbers beyond the grid wrap around after 32 bits.
  const nextRow = (row + 1) >>> 0;
  const nextColumn = (column + 1) >>> 0;
  return {
    minLatitude: -MAX_LATITUDE + (row / cells) * (MAX_LATITUDE * 2),
    maxLatitude: -MAX_LATITUDE + (nextRow / cells) * (MAX_LATITUDE * 2),
    minLongitude: -MAX_LONGITUDE + (column / cells) * (MAX_LONGITUDE * 2),
    maxLongitude: -MAX_LONGITUDE + (nextColumn / cells) * (MAX_LONGITUDE * 2),
  };
}

/** The cell so many columns east and rows north; the grid wraps around. */
export function neighbor({ column, row, step }: Cell, east: number, north: number): Cell {
  const mask = 2 ** step - 1;
  return {
    column: east === 0 ? column : (column + east) & mask,
    row: north === 0 ? row : (row + north) & mask,
    step,
  };
}

/** The scores of a cell's members: from its own one to before that of `ahead` cells on. */
export function scoreOf({ column, row, step }: Cell, ahead = 0): number {
  const low = (spread(row & 0xffff) | (spread(column & 0xffff) << 1)) >>> 0;
  const high = (spread(row >>> 16) | (spread(column >>> 16) << 1)) >>> 0;
  return (high * TWO_32 + (low + ahead)) * 2 ** (2 * (SCORE_STEPS - step));
}

/** The position that a score stands for, the middle of its cell. Any score stands for one. */
export function positionOf(score: number): Position {
  const area = areaOf(cellOfScore(score));
  return {
    longitude: clamp((area.minLongitude + area.maxLongitude) / 2, MAX_LONGITUDE),
    latitude: clamp((area.minLatitude + area.maxLatitude) / 2, MAX_LATITUDE),
  };
}

/** The standard geohash of a position in eleven characters, of which the last is always `0`. */
export function textOf(position: Position): string {
  const { column, row } = cellOf(position, SCORE_STEPS, 90);
  let text = '';
  for (let i = 0; i < TEXT_LENGTH - 1; i++) {
    let digit = 0;
    for (let bit = i * 5; bit < i * 5 + 5; bit++) {
      const line = bit % 2 === 0 ? column : row;
      digit = digit * 2 + ((line >>> (SCORE_STEPS - 1 - (bit >> 1))) & 1);
    }
    text += ALPHABET[digit];
  }
  return `${text}0`;
}

function cellOfScore(score: number): Cell {
  let high = Math.floor(score / TWO_32);
  let low = Math.floor(score - high * TWO_32);
  if (score < 0 || score > Number.MAX_SAFE_INTEGER) {
    const bits = uint64Of(score);
    high = Number(bits >> 32n);
    low = Number(bits & 0xffffffffn);
  }
  const column = (gather(low >>> 1) | (gather(high >>> 1) << 16)) >>> 0;
  const row = (gather(low) | (gather(high) << 16)) >>> 0;
  return { column, row, step: SCORE_STEPS };
}

/** What a conversion to an unsigned integer of 64 bits makes of any score on x86-64. */
function uint64Of(score: number): bigint {
  if (score >= 2 ** 64) return 0n;
  if (score < -(2 ** 63)) return 2n ** 63n;
  return BigInt.asUintN(64, BigInt(Math.trunc(score)));
}

/** Puts a zero before each of 16 bits. */
function spread(bits: number): number {
  let x = bits;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

/** Takes every other bit of 32, the lowest first. */
function gather(bits: number): number {
  let x = bits & 0x55555555;
  x = (x | (x >>> 1)) & 0x33333333;
  x = (x | (x >>> 2)) & 0x0f0f0f0f;
  x = (x | (x >>> 4)) & 0x00ff00ff;
  return (x | (x >>> 8)) & 0x0000ffff;
}

function clamp(degrees: number, max: number): number {
  return Math.min(Math.max(degrees, -max), max);
}
