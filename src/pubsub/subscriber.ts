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

/** How messages reach a client whose own command is being executed: after its reply, never inside. */
export interface Deliveries {
  /** The session whose command is being executed; null between commands. */
  readonly current: object | null;
  /** Keeps a message for that session until its command is answered. */
  hold(write: (output: ReplyWriter) => void): void;
}
