/**
 * What a search covers: a circle or a box, and the cells in which to look for what lies in it.
 */
import { distance, EARTH_RADIUS_METERS, latitudeDistance, toDegrees, toRadians } from './distance.ts';
import { areaOf, type Cell, cellOf, neighbor, type Position, SCORE_STEPS } from './geohash.ts';

/** A circle or a box around a position; lengths in units of so many meters. */
export interface SearchShape {
  readonly center: Position;
  readonly unitMeters: number;
  /** Of a circle; null for a box. */
  readonly radius: number | null;
  readonly width: number;
  readonly height: number;
}

interface Bounds {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** Half the circumference of the Web Mercator world, in meters. */
const MERCATOR_MAX = 20037726.37;

/** The distance of a position in the shape from its center, in meters; -1 for one outside. */
export function distanceWithin(shape: SearchShape, position: Position): number {
  const { center, unitMeters, radius } = shape;
  if (radius !== null) {
    const meters = distance(center, position);
    return meters > radius * unitMeters ? -1 : meters;
  }
  if (latitudeDistance(position, center) > (shape.height * unitMeters) / 2) return -1;
  const acrossFrom = { longitude: center.longitude, latitude: position.latitude };
  if (distance(position, acrossFrom) > (shape.width * unitMeters) / 2) return -1;
  return distance(center, position);
}

/** The cells that may hold positions in the shape, in the order in which Redis searches them. */
export function cellsOf(shape: SearchShape): readonly Cell[] {
  const { center } = shape;
  const bounds = boundsOf(shape);
  let step = stepsFor(outerRadiusMeters(shape), center.latitude);
  let cell = cellOf(center, step);
  if (step > 1 && endsWithin(cell, bounds)) cell = cellOf(center, --step);
  const area = areaOf(cell);
  // Where the cell itself goes beyond the bounds, nothing is to be found behind it.
  const hasSouth = step < 2 || !(area.minLatitude < bounds.south);
  const hasNorth = step < 2 || !(area.maxLatitude > bounds.north);
  const hasWest = step < 2 || !(area.minLongitude < bounds.west);
  const hasEast = step < 2 || !(area.maxLongitude > bounds.east);
  const cells = [cell];
  if (hasNorth) cells.push(neighbor(cell, 0, 1));
  if (hasSouth) cells.push(neighbor(cell, 0, -1));
  if (hasEast) cells.push(neighbor(cell, 1, 0));
  if (hasWest) cells.push(neighbor(cell, -1, 0));
  if (hasNorth && hasEast) cells.push(neighbor(cell, 1, 1));
  if (hasNorth && hasWest) cells.push(neighbor(cell, -1, 1));
  if (hasSouth && hasEast) cells.push(neighbor(cell, 1, -1));
  if (hasSouth && hasWest) cells.push(neighbor(cell, -1, -1));
  return cells;
}

/** The meters from the center to the farthest point. */
function outerRadiusMeters({ radius, width, height, unitMeters }: SearchShape): number {
  return (radius ?? Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2))) * unitMeters;
}

/** How fine the grid is whose cells are about as large as the shape. */
function stepsFor(radiusMeters: number, latitude: number): number {
  if (radiusMeters === 0) return SCORE_STEPS;
  let step = 1;
  for (let meters = radiusMeters; meters < MERCATOR_MAX; meters *= 2) step++;
  // So that the shape is covered in most cases; cells are narrower towards the poles.
  step -= 2;
  if (Math.abs(latitude) > 66) step--;
  if (Math.abs(latitude) > 80) step--;
  return Math.min(Math.max(step, 1), SCORE_STEPS);
}

function boundsOf({ center, unitMeters, radius, width, height }: SearchShape): Bounds {
  const { longitude, latitude } = center;
  const halfHeight = unitMeters * (radius ?? height / 2);
  const halfWidth = unitMeters * (radius ?? width / 2);
  const latitudeDelta = toDegrees(halfHeight / EARTH_RADIUS_METERS);
  // A parallel is shorter the nearer it is to a pole: what counts is the shape's side that is nearer to one.
  const side = latitude < 0 ? latitude - latitudeDelta : latitude + latitudeDelta;
  const longitudeDelta = toDegrees(halfWidth / EARTH_RADIUS_METERS / Math.cos(toRadians(side)));
  return {
    west: longitude - longitudeDelta,
    east: longitude + longitudeDelta,
    south: latitude - latitudeDelta,
    north: latitude + latitudeDelta,
  };
}

/** True when the cell and its neighbours end within the bounds on any side. Bounds may be NaN: there is no end then. */
function endsWithin(cell: Cell, { west, east, south, north }: Bounds): boolean {
  return (
    areaOf(neighbor(cell, 0, 1)).maxLatitude < north ||
    areaOf(neighbor(cell, 0, -1)).minLatitude > south ||
    areaOf(neighbor(cell, 1, 0)).maxLongitude < east ||
    areaOf(neighbor(cell, -1, 0)).minLongitude > west
  );
}
