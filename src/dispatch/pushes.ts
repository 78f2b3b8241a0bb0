/**
 * What sessions are sent without having asked just now: messages, invalidations, the lines of MONITOR.
 *
 * They are appended to the session's output and leave with it, so that they wait for the same durability as replies. A
 * session whose own command is being executed gets them after that command's reply: inside of one, a client could not
 * tell them from its elements.
 *
 * What is for very many sessions may be written to their outputs later, with what comes after it. It is settled at the
 * end of the turn, and before anything else is written to a session that it may be for: a {@link SUBSCRIBED} one.
 */
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { HELD_PUSHES, type Session, SUBSCRIBED } from './session.ts';

type Write = (output: ReplyWriter) => void;

export class Pushes {
  private readonly currentSession: () => Session | null;
  private held: Write[] = [];
  private deferred: (() => void)[] = [];
  private readonly onPostponed: () => void;
  private postponed: (() => void) | null = null;

  /**
   * @param currentSession whose command is being executed: the outermost one's, where commands execute others
   * @param onPostponed {@link settle} is to be called at the end of the turn
   */
  constructor(currentSession: () => Session | null, onPostponed: () => void) {
    this.currentSession = currentSession;
    this.onPostponed = onPostponed;
  }

  /** The session whose command is being executed; null between commands. */
  get current(): Session | null {
    return this.currentSession();
  }

  /** Sends something, whether or not the session wants replies. */
  send(session: Session, write: Write): void {
    if (session === this.current) {
      this.hold(write);
      return;
    }
    if (session.is(SUBSCRIBED)) this.settle();
    write(session.output);
    session.transport.scheduleFlush();
  }

  /** Keeps something for the current session until its command is answered. */
  hold(write: Write): void {
    this.current?.set(HELD_PUSHES, true);
    this.held.push(write);
  }

  /** Does something once the current session's command is answered and what was kept for it is sent. */
  defer(action: () => void): void {
    this.current?.set(HELD_PUSHES, true);
    this.deferred.push(action);
  }

  /** Has `write` write to outputs later; what was postponed before comes first. */
  postpone(write: () => void): void {
    this.settle();
    this.postponed = write;
    this.onPostponed();
  }

  /** Writes what was postponed. */
  settle(): void {
    const { postponed } = this;
    if (postponed === null) return;
    this.postponed = null;
    postponed();
  }

  /** The session's command is answered: sends what was kept for it. To be called when no command is executed. */
  release(session: Session): void {
    const { held, deferred } = this;
    this.held = [];
    this.deferred = [];
    session.set(HELD_PUSHES, false);
    for (const write of held) write(session.output);
    session.transport.scheduleFlush();
    for (const action of deferred) action();
  }
}
