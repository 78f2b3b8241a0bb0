import type { CommandSpec } from '../dispatch/command.ts';
import { connectionCommands } from './connection/index.ts';
import { stringCommands } from './string/index.ts';

/** All commands, family by family. */
export const families: readonly (readonly CommandSpec[])[] = [stringCommands, connectionCommands];
