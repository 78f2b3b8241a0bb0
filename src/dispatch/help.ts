/**
 * The HELP subcommands of containers.
 */
import type { CommandContext } from './command-context.ts';

/** Answers the help of the container that the command's first word names; `lines` as Redis prints them, without the frame. */
export function replyHelp(context: CommandContext, lines: readonly string[]): void {
  const { args, reply } = context;
  const name = args.at(0).toString().toUpperCase();
  reply.array(lines.length + 3);
  reply.status(`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) reply.status(line);
  reply.status('HELP');
  reply.status('    Prints this help.');
}
