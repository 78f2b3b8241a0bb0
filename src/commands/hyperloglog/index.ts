import type { CommandSpec } from '../../dispatch/command.ts';
import { pfadd } from './pfadd.ts';
import { pfcount } from './pfcount.ts';
import { pfdebug } from './pfdebug.ts';
import { pfmerge } from './pfmerge.ts';
import { pfselftest } from './pfselftest.ts';

/** HyperLogLogs: estimates of how many different elements were added, in strings of at most 12 KiB. */
export const hyperloglogCommands: readonly CommandSpec[] = [pfadd, pfcount, pfdebug, pfmerge, pfselftest];
