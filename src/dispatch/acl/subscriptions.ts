/**
 * Subscriptions that a change of rights takes away. Sessions that have one are disconnected, since messages that they
 * may not read would go on reaching them.
 */
import type { Slice } from '../../lib/slice.ts';
import type { Session } from '../session.ts';
import type { Rights, User } from './user.ts';

/** What sessions are subscribed to, as whoever keeps that tells it. */
export interface Subscriptions {
  /** Channels, shard channels included. */
  channelsOf(session: Session): Iterable<Slice>;
  patternsOf(session: Session): Iterable<Slice>;
}

/** The sessions of a user that are subscribed to what its rights don't allow any more. */
export function lostSubscriptions(user: User, former: Rights, subscriptions: Subscriptions): readonly Session[] {
  if (!losesChannels(user.rights, former)) return [];
  const allowed = user.rights.allSelectors.map(({ channels }) => channels);
  return [...user.sessions].filter((session) => {
    for (const channel of subscriptions.channelsOf(session)) {
      if (!allowed.some((channels) => channels.allows(channel))) return true;
    }
    for (const pattern of subscriptions.patternsOf(session)) {
      if (!allowed.some((channels) => channels.allowsPattern(pattern))) return true;
    }
    return false;
  });
}

/** False when every pattern that was allowed still is, and sessions need not be asked. */
function losesChannels(rights: Rights, former: Rights): boolean {
  if (rights.allSelectors.some(({ channels }) => channels.allowsAll)) return false;
  const left = new Set(rights.allSelectors.flatMap(({ channels }) => channels.texts));
  return former.allSelectors.some(
    ({ channels }) => channels.allowsAll || channels.texts.some((text) => !left.has(text)),
  );
}
