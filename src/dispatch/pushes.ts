/**
 * What sessions are sent without having asked just now: messages, invalidations, the lines of MONITOR.
 *
 * They are appended to the session's output and leave with it, so that they wait for the same durability as replies. A
 * session whose own command is being executed gets them after that command's reply: inside of one, a client could not
 * tell them from its elements.
 */
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { HELD_PUSHES, type Session } from './session.ts';

type Write = (output: ReplyWriter) => void;

export class Pushes {
  private readonly currentSession: () => Session | null;
  private held: Write[] = [];
  private deferred: (() => void)[] = [];

  /** @param currentSession whose command is being executed: the outermost one's, where commands execute others */
  constructor(currentSession: () => Session | null) {
    this.currentSession = currentSession;
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
