import type { CommandSpec } from '../../dispatch/command.ts';
import { command } from './command.ts';
import { config } from './config.ts';
import { debug } from './debug.ts';
import { info } from './info.ts';
import { latency } from './latency.ts';
import { lolwut } from './lolwut.ts';
import { memory } from './memory.ts';
import { moduleCommand } from './module.ts';
import { monitor } from './monitor.ts';
import { role } from './role.ts';
import { shutdown } from './shutdown.ts';
import { slowlog } from './slowlog.ts';
import { time } from './time.ts';

export const serverCommands: readonly CommandSpec[] = [
  command,
  config,
  debug,
  info,
  latency,
  lolwut,
  memory,
  moduleCommand,
  monitor,
  role,
  shutdown,
  slowlog,
  time,
];
