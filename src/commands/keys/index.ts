import type { CommandSpec } from '../../dispatch/command.ts';
import { copy } from './copy.ts';
import { dbsize } from './dbsize.ts';
import { del, unlink } from './del.ts';
import { exists } from './exists.ts';
import { expire, expireat, pexpire, pexpireat } from './expire.ts';
import { flushall, flushdb } from './flush.ts';
import { keys } from './keys.ts';
import { migrate } from './migrate.ts';
import { move } from './move.ts';
import { object } from './object.ts';
import { persist } from './persist.ts';
import { randomkey } from './randomkey.ts';
import { rename, renamenx } from './rename.ts';
import { scan } from './scan.ts';
import { select } from './select.ts';
import { swapdb } from './swapdb.ts';
import { touch } from './touch.ts';
import { expiretime, pexpiretime, pttl, ttl } from './ttl.ts';
import { type } from './type.ts';

/** Keys, whatever their values: names, deadlines, databases. */
export const keyCommands: readonly CommandSpec[] = [
  copy,
  dbsize,
  del,
  exists,
  expire,
  expireat,
  expiretime,
  flushall,
  flushdb,
  keys,
  migrate,
  move,
  object,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  randomkey,
  rename,
  renamenx,
  scan,
  select,
  swapdb,
  touch,
  ttl,
  type,
  unlink,
];
