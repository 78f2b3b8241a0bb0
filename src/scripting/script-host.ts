/**
 * What scripts may do to the server they run in. Whoever runs scripts gives them one.
 */
import type { Args } from '../protocol/args.ts';
import type { ReplyError } from '../protocol/reply-error.ts';
import type { ReplyTape } from './reply-tape.ts';

/** `redis.log`'s levels, in their order. */
export const LOG_LEVELS = ['debug', 'verbose', 'notice', 'warning'] as const;

export type ScriptLogLevel = (typeof LOG_LEVELS)[number];

/** `redis.set_repl`: which effects of the script are logged, as bits. */
export const REPL_AOF = 1;
export const REPL_REPLICA = 2;

export interface ScriptHost {
  /** Executes a command. Its reply, or (false) why it was refused, is on the tape then. */
  call(args: Args, reply: ReplyTape): boolean;
  /** Whether the script's user may execute a command; null if there is no such command. */
  mayCall(args: Args): boolean | null;
  /** {@link REPL_AOF} and {@link REPL_REPLICA}, for the commands that follow. */
  setReplication(flags: number): void;
  /** The script has answered an error; `isCounted` where it is that of a command, which has counted it. */
  countError(error: ReplyError, isCounted: boolean): void;
  /** True where messages of the level are written. */
  logs(level: ScriptLogLevel): boolean;
  log(level: ScriptLogLevel, message: string): void;
}
