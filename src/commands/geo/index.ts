import type { CommandSpec } from '../../dispatch/command.ts';
import { geoadd } from './geoadd.ts';
import { geodist, geohash, geopos } from './geopos.ts';
import {
  georadius,
  georadiusbymember,
  georadiusbymemberRo,
  georadiusRo,
  geosearch,
  geosearchstore,
} from './geosearch.ts';

/** Geospatial indexes: sorted sets whose scores are positions on earth. */
export const geoCommands: readonly CommandSpec[] = [
  geoadd,
  geopos,
  geohash,
  geodist,
  geosearch,
  geosearchstore,
  georadius,
  georadiusbymember,
  georadiusRo,
  georadiusbymemberRo,
];
