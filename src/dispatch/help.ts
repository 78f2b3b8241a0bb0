/**
 * The HELP subcommands of containers.
 */
import type { CommandSpec } from './command.ts';
import type { CommandContext } from './command-context.ts';
import { defineCommand } from './define-command.ts';

/** What the HELP of one container has of its own. */
type HelpFacts = Pick<CommandSpec, 'since' | 'group'> & Partial<Pick<CommandSpec, 'flags' | 'acl'>>;

/** The HELP of a container; `lines` as Redis prints them, without the frame. */
export function helpCommand(facts: HelpFacts, lines: readonly string[]): CommandSpec {
  return defineCommand({
    name: 'help',
    summary: 'Explains the subcommands.',
    complexity: 'O(1)',
    syntax: '',
    arity: 2,
    flags: ['loading', 'stale'],
    ...facts,
    run: (context) => replyHelp(context, lines),
  });
}

/** Answers the help of the container that the command's first word names. */
export function replyHelp({ args, reply }: CommandContext, lines: readonly string[]): void {
  const name = args.at(0).toString().toUpperCase();
  reply.array(lines.length + 3);
  reply.status(`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) reply.status(line);
  reply.status('HELP');
  reply.status('    Prints this help.');
}
