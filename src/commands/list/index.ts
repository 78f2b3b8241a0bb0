import type { CommandSpec } from '../../dispatch/command.ts';
import { lindex } from './lindex.ts';
import { linsert } from './linsert.ts';
import { llen } from './llen.ts';
import { blmove, brpoplpush, lmove, rpoplpush } from './lmove.ts';
import { lpos } from './lpos.ts';
import { lrange } from './lrange.ts';
import { lrem } from './lrem.ts';
import { lset } from './lset.ts';
import { ltrim } from './ltrim.ts';
import { blmpop, blpop, brpop, lmpop } from './multi-pop.ts';
import { lpop, rpop } from './pop.ts';
import { lpush, lpushx, rpush, rpushx } from './push.ts';

/** Lists: elements in order, and queues of them. */
export const listCommands: readonly CommandSpec[] = [
  lpush,
  rpush,
  lpushx,
  rpushx,
  lpop,
  rpop,
  lmpop,
  llen,
  lrange,
  lindex,
  lpos,
  lset,
  linsert,
  lrem,
  ltrim,
  lmove,
  rpoplpush,
  blpop,
  brpop,
  blmpop,
  blmove,
  brpoplpush,
];
