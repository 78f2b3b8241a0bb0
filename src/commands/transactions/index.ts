import type { CommandSpec } from '../../dispatch/command.ts';
import { discard, exec, multi, unwatch, watch } from './multi.ts';

/** Several commands as one. */
export const transactionCommands: readonly CommandSpec[] = [multi, exec, discard, watch, unwatch];
