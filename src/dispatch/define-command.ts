import type { CommandSpec } from './command.ts';
import type { CommandContext } from './command-context.ts';

/** Declares a command. It only checks types; the registry does the rest. */
export function defineCommand(spec: CommandSpec<CommandContext>): CommandSpec {
  return spec;
}
