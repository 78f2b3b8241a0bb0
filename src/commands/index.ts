import type { CommandSpec } from '../dispatch/command.ts';
import { connectionCommands } from './connection/index.ts';
import { hashCommands } from './hash/index.ts';
import { keyCommands } from './keys/index.ts';
import { listCommands } from './list/index.ts';
import { serverCommands } from './server/index.ts';
import { setCommands } from './set/index.ts';
import { stringCommands } from './string/index.ts';
import { transactionCommands } from './transactions/index.ts';

/** All commands, family by family. */
export const families: readonly (readonly CommandSpec[])[] = [
  keyCommands,
  stringCommands,
  hashCommands,
  listCommands,
  setCommands,
  connectionCommands,
  transactionCommands,
  serverCommands,
];
