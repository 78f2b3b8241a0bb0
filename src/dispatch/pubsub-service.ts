/**
 * What commands may ask of publish/subscribe. The engine satisfies it.
 */
import type { Slice } from '../lib/slice.ts';
import type { Session } from './session.ts';

/** Channels, patterns of channels, and shard channels, which patterns don't match. */
export type SubscriptionKind = 'channel' | 'pattern' | 'shard';

export interface PubSubService {
  /** How many names of this kind have subscribers. */
  count(kind: SubscriptionKind): number;
  /** The names of this kind that have subscribers, one character a byte. */
  names(kind: SubscriptionKind): Iterable<string>;
  /** How many sessions are subscribed to `name`. */
  subscriberCount(kind: SubscriptionKind, name: Slice): number;
  /** What a session is subscribed to. */
  subscriptions(session: Session, kind: SubscriptionKind): ReadonlySet<string>;
  /** Does nothing where the session is subscribed already. */
  subscribe(session: Session, kind: SubscriptionKind, name: Slice): void;
  /** @param name one character a byte */
  unsubscribe(session: Session, kind: SubscriptionKind, name: string): void;
  /** Ends all subscriptions of a session. */
  forget(session: Session): void;
  /** Sends a message to all who are subscribed to the channel or to a pattern of it; answers how often that is. */
  publish(channel: Slice, message: Slice): number;
  /** Sends a message to all who are subscribed to the shard channel; answers how many. */
  publishToShard(channel: Slice, message: Slice): number;
}
