/**
 * What a client is sent for each name that it subscribes to, or no longer does: a message of its own, even where
 * replies are switched off.
 */
import type { SubscriptionKind } from '../../dispatch/pubsub-service.ts';
import type { Session } from '../../dispatch/session.ts';
import type { Slice } from '../../lib/slice.ts';

/** @param event such as `subscribe`; @param name null where there was nothing to unsubscribe from */
export function confirm(session: Session, event: string, kind: SubscriptionKind, name: Slice | null): void {
  const reply = session.confirmations;
  reply.push(3);
  reply.text(event);
  if (name === null) reply.null();
  else reply.bulk(name);
  reply.integer(kind === 'shard' ? session.shardChannelCount : session.channelCount + session.patternCount);
}
