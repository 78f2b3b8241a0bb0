/**
 * The users of a server. There is always a default one, which every new session is.
 */
import { readAclFile } from './acl-file.ts';
import { hasSpaces, upToNul } from './byte-text.ts';
import { applyRule, mergeSelectors, PROBLEM_TEXTS, type RuleContext } from './rules.ts';
import { type DescriptionForm, quoteIfNeeded, Rights, User } from './user.ts';

export const DEFAULT_USER = 'default';

/** A user whose rights have been replaced. */
export interface UserChange {
  readonly user: User;
  /** Null for a new one. */
  readonly former: Rights | null;
}

export class Users {
  /** The same user always, whatever its rights become. */
  readonly default: User;
  private readonly context: RuleContext;
  private readonly byName = new Map<string, User>();

  constructor(context: RuleContext) {
    this.context = context;
    this.default = new User(DEFAULT_USER, Rights.all(context.commands));
    this.byName.set(DEFAULT_USER, this.default);
  }

  get(name: string): User | undefined {
    return this.byName.get(name);
  }

  get size(): number {
    return this.byName.size;
  }

  /** All users by name, in the order of its bytes. */
  all(): readonly User[] {
    return [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * ACL SETUSER: makes a user or changes one. Answers what changed; or what is wrong with the rules, and nothing has
   * changed then.
   */
  set(name: string, words: readonly string[]): UserChange | string {
    const rights = this.byName.get(name)?.rights.copy() ?? this.newRights();
    const problem = this.apply(rights, words, (rule, text) => `Error in ACL SETUSER modifier '${rule}': ${text}`);
    return problem ?? this.replace(name, rights);
  }

  /**
   * A `user` line of redis.conf, which says all about a user: one that is there already begins anew. Answers what
   * changed, or what is wrong with the line.
   */
  define(name: string, words: readonly string[]): UserChange | string {
    if (hasSpaces(name)) return 'Spaces not allowed in ACL usernames';
    const rights = this.newRights();
    // As the rule "reset" leaves it.
    if (this.byName.has(name)) rights.sanitize = 'sanitize-payload';
    const problem = this.apply(rights, words, (rule, text) => `Error in user declaration '${rule}': ${text}`);
    return problem ?? this.replace(name, rights);
  }

  /** `requirepass`: the default user's only password, one character a byte; empty for none. */
  setDefaultPassword(password: string): void {
    const rights = this.default.rights.copy();
    applyRule(rights, password === '' ? 'nopass' : 'resetpass', this.context);
    if (password !== '') applyRule(rights, `>${password}`, this.context);
    this.default.rights = rights;
  }

  /** Takes a user away, who must not be the default one. */
  remove(name: string): User | undefined {
    const user = this.byName.get(name);
    this.byName.delete(name);
    return user;
  }

  /**
   * Replaces all users by those of an ACL file; the default user stays and gets the rights that the file gives it, or
   * all. Answers the users that are gone, even if the file has others of their names; or all that is wrong with the file,
   * and nothing has changed then.
   */
  replaceAll(text: string, path: string): readonly User[] | string {
    const content = readAclFile(text, path, this.context);
    if ('errors' in content) return content.errors;
    const gone = this.all().filter((user) => user !== this.default);
    for (const { name } of gone) this.byName.delete(name);
    this.default.rights = content.users.get(DEFAULT_USER) ?? Rights.all(this.context.commands);
    for (const [name, rights] of content.users) {
      if (name !== DEFAULT_USER) this.byName.set(name, new User(name, rights));
    }
    return gone;
  }

  /** The lines of an ACL file, or of redis.conf as far as they say who the users are. */
  describe(form: DescriptionForm): string[] {
    return this.all().map((user) => user.describe(form));
  }

  /** The words after `user` of the lines of redis.conf that make the users. */
  configLines(): string[] {
    return this.all().map(({ name, rights }) => {
      return `${name} ${rights.describe('for-file')}`.split(' ').map(quoteIfNeeded).join(' ');
    });
  }

  private newRights(): Rights {
    return Rights.none(this.context.commands, this.context.allChannels);
  }

  /** Applies rules up to the first that is wrong; answers what is, in the words of `complain`. */
  private apply(
    rights: Rights,
    words: readonly string[],
    complain: (rule: string, problem: string) => string,
  ): string | null {
    const merged = mergeSelectors(words);
    if ('unmatched' in merged) {
      return `Unmatched parenthesis in acl selector starting at '${upToNul(merged.unmatched)}'.`;
    }
    for (const rule of merged.rules) {
      const problem = applyRule(rights, rule, this.context);
      if (problem !== null) return complain(upToNul(rule), PROBLEM_TEXTS[problem]);
    }
    return null;
  }

  private replace(name: string, rights: Rights): UserChange {
    const user = this.byName.get(name);
    if (user === undefined) {
      const made = new User(name, rights);
      this.byName.set(name, made);
      return { user: made, former: null };
    }
    const former = user.rights;
    user.rights = rights;
    return { user, former };
  }
}
