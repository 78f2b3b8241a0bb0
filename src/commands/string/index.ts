import type { CommandSpec } from '../../dispatch/command.ts';
import { get } from './get.ts';
import { set } from './set.ts';

/** Strings: text, counters and bytes. */
export const stringCommands: readonly CommandSpec[] = [get, set];
