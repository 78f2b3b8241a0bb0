import type { CommandSpec } from '../dispatch/command.ts';
import { aclCommands } from './acl/index.ts';
import { bitmapCommands } from './bitmap/index.ts';
import { connectionCommands } from './connection/index.ts';
import { geoCommands } from './geo/index.ts';
import { hashCommands } from './hash/index.ts';
import { hyperloglogCommands } from './hyperloglog/index.ts';
import { keyCommands } from './keys/index.ts';
import { listCommands } from './list/index.ts';
import { persistenceCommands } from './persistence/index.ts';
import { pubsubCommands } from './pubsub/index.ts';
import { scriptingCommands } from './scripting/index.ts';
import { serverCommands } from './server/index.ts';
import { setCommands } from './set/index.ts';
import { sortCommands } from './sort/index.ts';
import { stringCommands } from './string/index.ts';
import { transactionCommands } from './transactions/index.ts';
import { zsetCommands } from './zset/index.ts';

/** All commands, family by family. */
export const families: readonly (readonly CommandSpec[])[] = [
  keyCommands,
  sortCommands,
  stringCommands,
  bitmapCommands,
  hyperloglogCommands,
  hashCommands,
  listCommands,
  setCommands,
  zsetCommands,
  geoCommands,
  connectionCommands,
  transactionCommands,
  pubsubCommands,
  scriptingCommands,
  serverCommands,
  aclCommands,
  persistenceCommands,
];
