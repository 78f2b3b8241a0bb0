import type { CommandSpec } from '../../dispatch/command.ts';
import { bgrewriteaof } from './bgrewriteaof.ts';
import { bgsave } from './bgsave.ts';
import { dump } from './dump.ts';
import { lastsave } from './lastsave.ts';
import { restore } from './restore.ts';
import { save } from './save.ts';

export const persistenceCommands: readonly CommandSpec[] = [save, bgsave, bgrewriteaof, lastsave, dump, restore];
