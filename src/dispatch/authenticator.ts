/**
 * Who may log in, and with what.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Slice } from '../lib/slice.ts';

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

  /** True when `user` exists and this is its password, or it needs none. */
  accepts(user: string, password: Slice): boolean {
    if (user !== 'default') return false;
    // Digests are compared, not texts: the time taken tells nothing about how much was right.
    return this.defaultPassword === null || timingSafeEqual(this.defaultPassword, digest(password.copy()));
  }
}

function digest(password: Uint8Array): Buffer {
  return createHash('sha256').update(password).digest();
}
