/**
 * Subscriptions that a change of rights takes away. Sessions that have one are disconnected, since messages that they
 * may not read would go on reaching them.
 */
import { Slice } from '../../lib/slice.ts';
import type { Session } from '../session.ts';
import { bytesOf } from './byte-text.ts';
import type { Rights, User } from './user.ts';

/** What sessions are subscribed to, as whoever keeps that tells it. */
export interface Subscriptions {
  /** Names of channels or patterns, one character a byte. */
  subscriptions(session: Session, kind: 'channel' | 'pattern' | 'shard'): ReadonlySet<string>;
}

/** The sessions of a user that are subscribed to what its rights don't allow any more. */
export function lostSubscriptions(user: User, former: Rights, subscriptions: Subscriptions): readonly Session[] {
  if (!losesChannels(user.rights, former)) return [];
  const allowed = user.rights.allSelectors.map(({ channels }) => channels);
  return [...user.sessions].filter((session) =>
    (['channel', 'pattern', 'shard'] as const).some((kind) =>
      [...subscriptions.subscriptions(session, kind)].some((text) => {
        const name = Slice.from(bytesOf(text));
        return !allowed.some((each) => (kind === 'pattern' ? each.allowsPattern(name) : each.allows(name)));
      }),
    ),
  );
}

/** False when every pattern that was allowed still is, and sessions need not be asked. */
function losesChannels(rights: Rights, former: Rights): boolean {
  if (rights.allSelectors.some(({ channels }) => channels.allowsAll)) return false;
  const left = new Set(rights.allSelectors.flatMap(({ channels }) => channels.texts));
  return former.allSelectors.some(
    ({ channels }) => channels.allowsAll || channels.texts.some((text) => !left.has(text)),
  );
}
