/**
 * The HELP subcommand of containers.
 */
import type { CommandContext } from '../dispatch/command-context.ts';

/** Answers `lines`, which are ASCII, between the first and the last lines that all containers share. */
export function replyHelp({ args, reply }: CommandContext, lines: readonly string[]): void {
  const container = args.at(0).toLatin1().toUpperCase();
  reply.array(lines.length + 3);
  reply.status(`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) reply.status(line);
  reply.status('HELP');
  reply.status('    Prints this help.');
}
