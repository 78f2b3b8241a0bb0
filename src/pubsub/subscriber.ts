/**
 * What publish/subscribe sees of a client's session.
 */
import type { ReplyWriter } from '../protocol/reply-writer.ts';

export interface Subscriber {
  /** Where its messages go, whether or not it wants replies. */
  readonly output: ReplyWriter;
  readonly transport: { scheduleFlush(): void };
  channelCount: number;
  patternCount: number;
  shardChannelCount: number;
  /** What its subscriptions take. */
  subscriptionBytes: number;
}

/**
 * How messages reach clients: one whose own command is being executed after its reply, never inside, and very many
 * clients with others that come at the same time.
 */
export interface Deliveries {
  /** The session whose command is being executed; null between commands. */
  readonly current: object | null;
  /** Keeps a message for that session until its command is answered. */
  hold(write: (output: ReplyWriter) => void): void;
  /** Has `write` write to outputs at the end of the turn, or before anything else is written to subscribers. */
  postpone(write: () => void): void;
  /** Writes what was postponed, now. */
  settle(): void;
}
