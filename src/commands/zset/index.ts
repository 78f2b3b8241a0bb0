import type { CommandSpec } from '../../dispatch/command.ts';
import { bzmpop, bzpopmax, bzpopmin } from './bzpop.ts';
import { zadd, zincrby } from './zadd.ts';
import { zcount, zlexcount } from './zcount.ts';
import { zmpop, zpopmax, zpopmin } from './zpop.ts';
import { zrandmember } from './zrandmember.ts';
import {
  zrange,
  zrangebylex,
  zrangebyscore,
  zrangestore,
  zrevrange,
  zrevrangebylex,
  zrevrangebyscore,
} from './zrange.ts';
import { zrank, zrevrank } from './zrank.ts';
import { zrem } from './zrem.ts';
import { zremrangebylex, zremrangebyrank, zremrangebyscore } from './zremrange.ts';
import { zscan } from './zscan.ts';
import { zcard, zmscore, zscore } from './zscore.ts';
import { zdiff, zdiffstore, zinter, zintercard, zinterstore, zunion, zunionstore } from './zunion.ts';

/** Sorted sets: members with scores. */
export const zsetCommands: readonly CommandSpec[] = [
  zadd,
  zincrby,
  zrem,
  zcard,
  zscore,
  zmscore,
  zcount,
  zlexcount,
  zrank,
  zrevrank,
  zrange,
  zrangestore,
  zrangebyscore,
  zrangebylex,
  zrevrange,
  zrevrangebyscore,
  zrevrangebylex,
  zremrangebyrank,
  zremrangebyscore,
  zremrangebylex,
  zpopmin,
  zpopmax,
  zmpop,
  bzpopmin,
  bzpopmax,
  bzmpop,
  zunion,
  zinter,
  zdiff,
  zintercard,
  zunionstore,
  zinterstore,
  zdiffstore,
  zrandmember,
  zscan,
];
