/**
 * What a connection drives: the session's side of a client that sits on a socket.
 *
 * The session implements {@link ClientPort}, the connection implements {@link Transport}; neither knows the other's
 * class. The engine hands the listener an {@link OpenClient} that pairs the two.
 */
import type { Args } from '../protocol/args.ts';
import type { KeyHints } from '../protocol/key-hints.ts';
import type { RespWriter } from '../protocol/resp-writer.ts';
import type { Transport } from './transport.ts';

/** What a connection does after {@link ClientPort.execute}. */
export type Outcome = 0 | 1 | 2;
/** The command was executed; go on with the next one. */
export const CONTINUE: Outcome = 0;
/** The command was executed or blocks: parse no more until {@link Transport.resume}. */
export const SUSPENDED: Outcome = 1;
/** The command was not executed: keep it, and execute it once {@link Transport.resume} is called. */
export const POSTPONED: Outcome = 2;

/** The classes that `client-output-buffer-limit` tells apart. */
export type ClientClass = 'normal' | 'replica' | 'pubsub';

export interface ClientPort {
  readonly writer: RespWriter;
  /** Executes one command, the last that is known of if `isLast`. The arguments die when this returns. */
  execute(args: Args, isLast: boolean): Outcome;
  /** Commands that have just arrived are about to be executed. */
  beginTurn(): void;
  /** False for a while after {@link prefetch} has found nothing to do. */
  readonly looksAhead: boolean;
  /** The keys of commands that will be executed next: a hint, to be taken or not. */
  prefetch(hints: KeyHints): void;
  /**
   * What was executed is over, and the bytes that it came in may change. True when those who were served before have
   * waited for their replies long enough: they are to be sent before anything else is read.
   *
   * @param waiting how many clients have output that waits for the end of the turn
   */
  endTurn(waiting: number): boolean;
  /**
   * The client's buffers have grown by some kilobytes. Where no command is being executed (`isBetweenCommands`), clients
   * may be disconnected at once for it, this one too.
   */
  grew(isBetweenCommands: boolean): void;
  /** Close once the output is sent: QUIT, or a CLIENT KILL of itself. */
  readonly closing: boolean;
  /** False while the client must authenticate; its requests and its unread replies are then limited tightly. */
  readonly authenticated: boolean;
  readonly clientClass: ClientClass;
  /** True for clients that `timeout` never closes: blocked, subscribed, monitoring, replicas and masters. */
  readonly mayIdle: boolean;
  /** The line of CLIENT LIST, for the log. */
  describe(): string;
  /** The socket is gone. May be called more than once. */
  closed(): void;
}

/** Opens a session for a client that has just connected. */
export type OpenClient = (transport: Transport) => ClientPort;
