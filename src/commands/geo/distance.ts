/**
 * Distances on a sphere by the haversine formula (`geohash_helper.c` of Redis 7.0.15), in meters.
 */
import type { Position } from './geohash.ts';

/** The earth's quadratic mean radius of WGS 84. */
export const EARTH_RADIUS_METERS = 6372797.560856;

const RADIANS = Math.PI / 180;

export function toRadians(degrees: number): number {
  return degrees * RADIANS;
}

export function toDegrees(radians: number): number {
  return radians / RADIANS;
}

export function distance(a: Position, b: Position): number {
  const v = Math.sin((toRadians(b.longitude) - toRadians(a.longitude)) / 2);
  if (v === 0) return latitudeDistance(a, b);
  const from = toRadians(a.latitude);
  const to = toRadians(b.latitude);
  const u = Math.sin((to - from) / 2);
  const h = u * u + Math.cos(from) * Math.cos(to) * v * v;
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.sqrt(h));
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
