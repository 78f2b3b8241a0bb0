/**
 * Users and what they may do.
 *
 * A user is who sessions are logged in as; its rights are a value that is replaced as a whole, so that a change with a
 * mistake in it changes nothing.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { quoteWord } from '../../config/words.ts';
import type { Session } from '../session.ts';
import { bytesOf } from './byte-text.ts';
import type { CommandIndex } from './command-index.ts';
import { Selector } from './selector.ts';

/** Where a description is to be read again: shown to people, as in Redis, or quoted where the reader of a file needs it. */
export type DescriptionForm = 'shown' | 'for-file';

export class Rights {
  enabled = false;
  /** Any password will do. */
  noPassword = false;
  /** Whether RESTORE checks what the user sends; kept and shown, since every payload is checked here. */
  sanitize: 'sanitize-payload' | 'skip-sanitize-payload' | null = null;
  /** SHA-256 in hexadecimal digits, in the order in which they were given. */
  passwords: readonly string[] = [];
  /** The user's own. */
  root: Selector;
  /** Those in parentheses. */
  selectors: readonly Selector[] = [];

  constructor(root: Selector) {
    this.root = root;
  }

  /** Those of a new user: none, except for channels perhaps. */
  static none(index: CommandIndex, allChannels: boolean): Rights {
    return new Rights(Selector.empty(index, allChannels));
  }

  /** Those of the default user of a new server: all, without a password. */
  static all(index: CommandIndex): Rights {
    const rights = Rights.none(index, true);
    rights.enabled = true;
    rights.noPassword = true;
    rights.root.commands.setAll(true);
    rights.root.keys.setAll(true);
    return rights;
  }

  /** A copy that can be changed without changing these. */
  copy(): Rights {
    const copy = new Rights(this.root.copy());
    copy.enabled = this.enabled;
    copy.noPassword = this.noPassword;
    copy.sanitize = this.sanitize;
    copy.passwords = this.passwords;
    // Selectors never change once they are made.
    copy.selectors = this.selectors;
    return copy;
  }

  /** The user's own selector, and the others. */
  get allSelectors(): readonly Selector[] {
    return [this.root, ...this.selectors];
  }

  /** True when there is nothing that they don't allow. */
  get allowEverything(): boolean {
    return this.allSelectors.some((selector) => selector.allowsEverything);
  }

  /** True when the password is one of the user's, or any will do. Nobody may log in as a user that is off. */
  accept(password: Uint8Array): boolean {
    if (!this.enabled) return false;
    if (this.noPassword) return true;
    const given = bytesOf(hashPassword(password));
    // Digests are compared, and all of their bytes: the time taken tells nothing about how much was right.
    return this.passwords.some((hash) => timingSafeEqual(bytesOf(hash), given));
  }

  /** What ACL GETUSER calls flags. */
  get flags(): string[] {
    const flags = [this.enabled ? 'on' : 'off'];
    if (this.noPassword) flags.push('nopass');
    if (this.sanitize !== null) flags.push(this.sanitize);
    return flags;
  }

  /** The rules that make a new user's rights these. */
  describe(form: DescriptionForm = 'shown'): string {
    const words = [...this.flags, ...this.passwords.map((hash) => `#${hash}`), ...this.root.describe()];
    // The words within parentheses are taken out of quotes once more than others.
    const quoted = (word: string): string => (form === 'for-file' ? quoteIfNeeded(word) : word);
    for (const selector of this.selectors) words.push(`(${selector.describe().map(quoted).join(' ')})`);
    return words.join(' ');
  }
}

export class User {
  /** One character a byte. */
  readonly name: string;
  rights: Rights;
  /** Those that are logged in as this user, and that somebody else could close. */
  readonly sessions = new Set<Session>();

  constructor(name: string, rights: Rights) {
    this.name = name;
    this.rights = rights;
  }

  /** As ACL LIST shows it and ACL SAVE writes it: `user NAME RULE…`. */
  describe(form: DescriptionForm = 'shown'): string {
    return `user ${this.name} ${this.rights.describe(form)}`;
  }
}

/** The SHA-256 of a password, in hexadecimal digits. */
export function hashPassword(password: Uint8Array): string {
  return createHash('sha256').update(password).digest('hex');
}

/** A word in quotes if reading it as a word of redis.conf would else yield another one. */
export function quoteIfNeeded(word: string): string {
  return /["']/.test(word) ? quoteWord(word) : word;
}
