import type { CommandSpec } from '../../dispatch/command.ts';
import { hdel } from './hdel.ts';
import { hexists, hget, hlen, hmget, hstrlen } from './hget.ts';
import { hgetall, hkeys, hvals } from './hgetall.ts';
import { hincrby, hincrbyfloat } from './hincrby.ts';
import { hrandfield } from './hrandfield.ts';
import { hscan } from './hscan.ts';
import { hmset, hset, hsetnx } from './hset.ts';

/** Hashes: fields with values. */
export const hashCommands: readonly CommandSpec[] = [
  hset,
  hmset,
  hsetnx,
  hget,
  hmget,
  hgetall,
  hkeys,
  hvals,
  hdel,
  hlen,
  hstrlen,
  hexists,
  hincrby,
  hincrbyfloat,
  hscan,
  hrandfield,
];
