import type { CommandSpec } from '../dispatch/command.ts';
import { connectionCommands } from './connection/index.ts';
import { keyCommands } from './keys/index.ts';
import { stringCommands } from './string/index.ts';
import { transactionCommands } from './transactions/index.ts';

/** All commands, family by family. */
export const families: readonly (readonly CommandSpec[])[] = [
  keyCommands,
  stringCommands,
  connectionCommands,
  transactionCommands,
];
