/**
 * Who sessions are: logging in and out, and what becomes of those whose user changes or goes away.
 *
 * A change of passwords changes nothing for sessions that are logged in; a change of what a user may do is in force for
 * them at once.
 */
import type { Slice } from '../lib/slice.ts';
import type { AclLog } from './acl/acl-log.ts';
import type { User } from './acl/user.ts';
import type { Users } from './acl/users.ts';
import { NEEDS_AUTH, RESTRICTED, type Session } from './session.ts';

export class Authenticator {
  private readonly users: Users;
  private readonly log: AclLog;

  constructor(users: Users, log: AclLog) {
    this.users = users;
    this.log = log;
  }

  /** True when new clients are the default user without having to say so. */
  get isOpen(): boolean {
    const { rights } = this.users.default;
    return rights.noPassword && rights.enabled;
  }

  /** True when the default user has no password, whether or not anybody may be it. */
  get needsNoPassword(): boolean {
    return this.users.default.rights.noPassword;
  }

  /**
   * Makes the session that of the user called `name`, one character a byte. False, and the session is whose it was, when
   * the password is wrong or there is no such user, which is logged.
   *
   * @param command the word with which the client asks for it
   * @param where whether it asks in a transaction
   */
  logIn(session: Session, name: string, password: Slice, command: Slice, where: 'toplevel' | 'multi'): boolean {
    const user = this.users.get(name);
    if (user === undefined || !user.rights.accept(password.copy())) {
      this.log.record(session, 'auth', where, command.toLatin1(), name);
      return false;
    }
    this.become(session, user);
    session.set(NEEDS_AUTH, false);
    return true;
  }

  /** Makes the session the default user's, as new ones are: it must log in if there is a password. */
  logOut(session: Session): void {
    this.become(session, this.users.default);
    session.set(NEEDS_AUTH, !this.isOpen);
  }

  /** The session is gone. */
  forget(session: Session): void {
    session.user?.sessions.delete(session);
  }

  /** Other rights are in force for the user's sessions from now on. */
  refresh(user: User): void {
    const isRestricted = !user.rights.allowEverything;
    for (const session of user.sessions) session.set(RESTRICTED, isRestricted);
  }

  /** Disconnects the sessions of a user that is gone, the one that asked for it after its reply. */
  expel(user: User, asking: Session | null): void {
    for (const session of [...user.sessions]) {
      // Whatever may still come of it, it is nobody.
      this.become(session, this.users.default);
      session.set(NEEDS_AUTH, true);
      if (session === asking) session.closeAfterReply();
      else session.transport.close(true);
    }
  }

  private become(session: Session, user: User): void {
    session.user?.sessions.delete(session);
    session.user = user;
    user.sessions.add(session);
    session.set(RESTRICTED, !user.rights.allowEverything);
  }
}
