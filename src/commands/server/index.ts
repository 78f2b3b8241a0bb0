import type { CommandSpec } from '../../dispatch/command.ts';
import { command } from './command.ts';
import { config } from './config.ts';
import { info } from './info.ts';
import { role } from './role.ts';
import { time } from './time.ts';

export const serverCommands: readonly CommandSpec[] = [command, config, info, role, time];
