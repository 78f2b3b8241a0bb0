/**
 * The sessions of a server that clients can see: what CLIENT LIST and CLIENT KILL go through.
 */
import type { Session } from './session.ts';

export class ClientRegistry {
  private readonly sessions = new Map<number, Session>();
  private nextId = 1;

  /** A number that no session of this server ever had. */
  takeId(): number {
    return this.nextId++;
  }

  add(session: Session): void {
    this.sessions.set(session.id, session);
  }

  remove(session: Session): void {
    this.sessions.delete(session.id);
  }

  get(id: number): Session | undefined {
    return this.sessions.get(id);
  }

  get size(): number {
    return this.sessions.size;
  }

  /** All sessions, the oldest first. Sessions may be removed meanwhile. */
  all(): IterableIterator<Session> {
    return this.sessions.values();
  }

  /** How many wait, for keys or for the end of a pause. */
  get blockedCount(): number {
    let count = 0;
    for (const session of this.sessions.values()) {
      if (session.blocked !== null || session.postponed) count++;
    }
    return count;
  }
}
