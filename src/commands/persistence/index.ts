import type { CommandSpec } from '../../dispatch/command.ts';
import { bgsave } from './bgsave.ts';
import { dump } from './dump.ts';
import { lastsave } from './lastsave.ts';
import { restore } from './restore.ts';
import { save } from './save.ts';

export const persistenceCommands: readonly CommandSpec[] = [save, bgsave, lastsave, dump, restore];
