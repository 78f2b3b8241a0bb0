/**
 * Broadcast invalidations: which sessions want to know of changes under which prefixes.
 *
 * Changes are gathered until the commands that have arrived together are all executed, and then told in one message per
 * prefix. A session that does not want to hear of its own changes is told of a key that another session has changed as
 * well, whoever was the last: a client that was served by another's push, for example, knows what it has taken, but not
 * what is left. Redis 7.0 goes by the last one, and takes the push and what it served for one change.
 */
import type { Session } from './session.ts';

/** Who has changed a key: a session, several of them, or, after any of them, the server itself. */
type Author = Session | 'several' | null;

interface Prefix {
  readonly sessions: Set<Session>;
  /** The keys that were changed since the last message. */
  readonly changes: Map<string, Author>;
}

export class TrackedPrefixes {
  /** Sends the names of the changed keys to a session. */
  private readonly send: (session: Session, keys: readonly string[]) => void;
  /** By their texts. */
  private readonly prefixes = new Map<string, Prefix>();
  private isScheduled = false;

  constructor(send: (session: Session, keys: readonly string[]) => void) {
    this.send = send;
  }

  get size(): number {
    return this.prefixes.size;
  }

  add(text: string, session: Session): void {
    let prefix = this.prefixes.get(text);
    if (prefix === undefined) {
      prefix = { sessions: new Set(), changes: new Map() };
      this.prefixes.set(text, prefix);
    }
    prefix.sessions.add(session);
  }

  remove(text: string, session: Session): void {
    const prefix = this.prefixes.get(text);
    prefix?.sessions.delete(session);
    if (prefix?.sessions.size === 0) this.prefixes.delete(text);
  }

  /** A key was changed by the command of `author`, or by the server. */
  changed(key: string, author: Session | null): void {
    for (const [text, { changes }] of this.prefixes) {
      if (!key.startsWith(text)) continue;
      changes.set(key, authorOf(changes.get(key), author));
      if (this.isScheduled) continue;
      // After all commands that this turn has read.
      this.isScheduled = true;
      setImmediate(() => this.broadcast());
    }
  }

  /** Tells what has changed. */
  private broadcast(): void {
    this.isScheduled = false;
    for (const text of [...this.prefixes.keys()].sort()) {
      const prefix = this.prefixes.get(text);
      if (prefix === undefined || prefix.changes.size === 0) continue;
      const { changes, sessions } = prefix;
      const keys = [...changes.keys()].sort();
      for (const session of sessions) {
        const isOwn = session.tracking?.noLoop === true;
        const told = isOwn ? keys.filter((key) => changes.get(key) !== session) : keys;
        if (told.length > 0) this.send(session, told);
      }
      changes.clear();
    }
  }
}

/** Who counts as the author of a change after others. */
function authorOf(before: Author | undefined, author: Session | null): Author {
  const isOthers = before !== undefined && before !== null && before !== author;
  return isOthers && author !== null ? 'several' : author;
}
