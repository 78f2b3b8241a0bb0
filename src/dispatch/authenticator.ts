/**
 * Who may log in, and with what; and sessions logging in and out.
 *
 * Setting or clearing the password changes nothing for sessions that are logged in.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Slice } from '../lib/slice.ts';
import { NEEDS_AUTH, type Session } from './session.ts';

const DEFAULT_USER = 'default';

export class Authenticator {
  private defaultPassword: Buffer | null = null;

  /** `requirepass`: the default user's password, one character a byte; empty for none. */
  setDefaultPassword(password: string): void {
    this.defaultPassword = password === '' ? null : digest(Buffer.from(password, 'latin1'));
  }

  /** True when new clients are the default user without having to say so. */
  get isOpen(): boolean {
    return this.defaultPassword === null;
  }

  /** @param user the name, one character a byte */
  knows(user: string): boolean {
    return user === DEFAULT_USER;
  }

  /** True when `user` exists and this is its password, or it needs none. */
  accepts(user: string, password: Slice): boolean {
    if (!this.knows(user)) return false;
    // Digests are compared, not texts: the time taken tells nothing about how much was right.
    return this.defaultPassword === null || timingSafeEqual(this.defaultPassword, digest(password.copy()));
  }

  /**
   * Makes the session that of `user`. False, and the session is whose it was, when the password is wrong or there is no
   * such user.
   */
  logIn(session: Session, user: string, password: Slice): boolean {
    if (!this.accepts(user, password)) return false;
    session.user = user;
    session.set(NEEDS_AUTH, false);
    return true;
  }

  /** Makes the session the default user's, as new ones are: it must log in if there is a password. */
  logOut(session: Session): void {
    session.user = DEFAULT_USER;
    session.set(NEEDS_AUTH, !this.isOpen);
  }
}

function digest(password: Uint8Array): Buffer {
  return createHash('sha256').update(password).digest();
}
