/**
 * What a session has queued between MULTI and EXEC.
 */
import type { Args } from '../protocol/args.ts';
import type { Command } from './registry.ts';

export interface QueuedCommand {
  readonly command: Command;
  /** A copy of the command's arguments. */
  readonly args: Args;
}

export class Transaction {
  readonly commands: QueuedCommand[] = [];
  /** A command could not be queued: EXEC will refuse. */
  aborted = false;
  /** Bytes of the arguments kept. */
  keptBytes = 0;

  queue(command: Command, args: Args): void {
    let bytes = 0;
    for (let i = 0; i < args.count; i++) bytes += args.at(i).length;
    this.keptBytes += bytes;
    this.commands.push({ command, args: args.copy() });
  }
}
