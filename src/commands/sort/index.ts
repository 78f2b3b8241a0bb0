import type { CommandSpec } from '../../dispatch/command.ts';
import { sort, sortRo } from './sort.ts';

/** Sorting lists, sets and sorted sets, by themselves or by other keys. */
export const sortCommands: readonly CommandSpec[] = [sort, sortRo];
