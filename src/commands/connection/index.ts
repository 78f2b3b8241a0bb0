import type { CommandSpec } from '../../dispatch/command.ts';
import { ping } from './ping.ts';

/** The connection and its client. */
export const connectionCommands: readonly CommandSpec[] = [ping];
