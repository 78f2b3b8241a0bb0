/**
 * Broadcast invalidations: which sessions want to know of changes under which prefixes.
 *
 * Changes are gathered until the commands that have arrived together are all executed, and then told in one message per
 * prefix. Where a session does not want to hear of its own changes, the last one to change a key is who counts.
 */
import type { Session } from './session.ts';

interface Prefix {
  readonly sessions: Set<Session>;
  /** Who was the last to change a key since the last message; null for the server itself. */
  readonly changes: Map<string, Session | null>;
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
      changes.set(key, author);
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
