import type { CommandContext } from '../../../dispatch/command-context.ts';

/**
 * One subcommand of DEBUG. They are no subcommands in the command table, as in Redis: DEBUG reads its arguments itself.
 */
export interface DebugSubcommand {
  /** The arguments, as HELP shows them after the name. */
  readonly usage: string;
  readonly help: string;
  /** How many words the command has at least and at most, DEBUG and the subcommand's name included. */
  readonly words: readonly [min: number, max: number];
  readonly run: (context: CommandContext) => void;
}

/** One that is accepted for tests written for Redis and has nothing to do here. */
export function withoutEffect(usage: string, why: string, min: number, max: number = min): DebugSubcommand {
  return { usage, help: `Accepted and without effect: ${why}.`, words: [min, max], run: ({ reply }) => reply.ok() };
}
