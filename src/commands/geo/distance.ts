/**
 * Distances on a sphere by the haversine formula (`geohash_helper.c` of Redis 7.0.15), in meters.
 */
import type { Position } from './geohash.ts';
import * as exact from './trigonometry.ts';

/** The earth's quadratic mean radius of WGS 84. */
export const EARTH_RADIUS_METERS = 6372797.560856;

const RADIANS = Math.PI / 180;

export function toRadians(degrees: number): number {
  return degrees * RADIANS;
}

export function toDegrees(radians: number): number {
  return radians / RADIANS;
}

/** The functions that distances are calculated with. */
interface Trigonometry {
  sin(x: number): number;
  cos(x: number): number;
  asin(x: number): number;
}

/** The distance of two positions; its last digits may be off. */
export function distance(a: Position, b: Position): number {
  return haversine(a, b, Math);
}

/** The distance of two positions as exactly as Redis calculates it, which takes ten times as long. */
export function exactDistance(a: Position, b: Position): number {
  return haversine(a, b, exact);
}

function haversine(a: Position, b: Position, { sin, cos, asin }: Trigonometry): number {
  const v = sin((toRadians(b.longitude) - toRadians(a.longitude)) / 2);
  if (v === 0) return latitudeDistance(a, b);
  const from = toRadians(a.latitude);
  const to = toRadians(b.latitude);
  const u = sin((to - from) / 2);
  const h = u * u + cos(from) * cos(to) * v * v;
  return 2 * EARTH_RADIUS_METERS * asin(Math.sqrt(h));
}

/** The distance of two parallels. */
export function latitudeDistance(a: Position, b: Position): number {
  return EARTH_RADIUS_METERS * Math.abs(toRadians(b.latitude) - toRadians(a.latitude));
}

/** A distance as it is answered: with four digits after the point, a tie rounded to an even digit. */
export function formatDistance(value: number): string {
  const scaled = value * 10_000;
  let units = Math.round(scaled);
  if (units - scaled === 0.5 && units % 2 !== 0) units--;
  const digits = String(units).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
