/**
 * Access control: who may do what, and what follows when that changes.
 *
 * Sessions whose user may do everything never come here: {@link RESTRICTED} is set only on those of other users, and is
 * kept right through all changes. Sessions without a user, the server's own, may do everything.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import { replaceFile } from '../../lib/replace-file.ts';
import { systemErrorText } from '../../lib/system-error.ts';
import type { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';
import type { ReplyError } from '../../protocol/reply-error.ts';
import type { Authenticator } from '../authenticator.ts';
import type { Command } from '../registry.ts';
import type { LogLevel } from '../server-services.ts';
import { RESTRICTED, type Session } from '../session.ts';
import type { AclLog, DenialContext } from './acl-log.ts';
import type { CommandIndex } from './command-index.ts';
import { READ } from './patterns.ts';
import { type Denial, Permissions } from './permission.ts';
import { lostSubscriptions, type Subscriptions } from './subscriptions.ts';
import type { User } from './user.ts';
import { DEFAULT_USER, type UserChange, type Users } from './users.ts';

export interface AclOptions {
  readonly index: CommandIndex;
  readonly users: Users;
  readonly log: AclLog;
  readonly authenticator: Authenticator;
  readonly config: Config;
  readonly subscriptions: Subscriptions;
  /** The server's log. */
  readonly tell: (level: LogLevel, message: string) => void;
}

export class Acl {
  readonly users: Users;
  readonly log: AclLog;
  readonly authenticator: Authenticator;
  readonly index: CommandIndex;
  private readonly options: AclOptions;
  private readonly permissions = new Permissions();

  constructor(options: AclOptions) {
    this.options = options;
    this.users = options.users;
    this.log = options.log;
    this.index = options.index;
    this.authenticator = options.authenticator;
  }

  // Checks

  /** Null when the user may execute the command line. */
  check(user: User, command: Command, args: Args): Denial | null {
    return this.permissions.check(user.rights, command, args);
  }

  /** True when the session's user may execute the command line (for `redis.acl_check_cmd`). */
  allows(session: Session, command: Command, args: Args): boolean {
    return session.user === null || this.check(session.user, command, args) === null;
  }

  /** True when, besides, the session's user may read every key there is: what SORT needs to follow patterns. */
  allowsReadingEverything({ user }: Session, command: Command, args: Args): boolean {
    return user === null || this.permissions.allowsWithEveryKey(user.rights, command, args, READ);
  }

  /**
   * Why the session may not execute the command line, or null if it may. What is refused is logged.
   *
   * @param by whose refusals are logged: the client that a script runs for
   */
  refusal(session: Session, command: Command, args: Args, context: DenialContext, by = session): Denial | null {
    const { user } = session;
    if (user === null || !session.is(RESTRICTED)) return null;
    const denial = this.check(user, command, args);
    if (denial === null) return null;
    const object = denial.reason === 'command' ? command.fullName : args.at(denial.index).toLatin1();
    this.log.record(by, denial.reason, context, object, user.name);
    return denial;
  }

  // Changes

  /** ACL SETUSER. Answers what is wrong with the rules, one character a byte; nothing has changed then. */
  setUser(name: string, rules: readonly string[]): string | null {
    const change = this.users.set(name, rules);
    if (typeof change === 'string') return change;
    this.apply(change);
    return null;
  }

  /** A user of redis.conf. Answers what is wrong with it. */
  defineUser(name: string, rules: readonly string[]): string | null {
    const change = this.users.define(name, rules);
    if (typeof change === 'string') return change;
    this.apply(change);
    if (!change.user.rights.enabled) {
      this.options.tell(
        'notice',
        `The user '${name}' is disabled (there is no 'on' modifier in the user description). Make sure this is not a configuration error.`,
      );
    }
    return null;
  }

  /** `requirepass`. */
  setDefaultPassword(password: string): void {
    this.users.setDefaultPassword(password);
  }

  /** ACL DELUSER: takes a user away and disconnects its sessions, `asking` after its reply. False if there is none. */
  removeUser(name: string, asking: Session): boolean {
    const user = name === DEFAULT_USER ? undefined : this.users.remove(name);
    if (user === undefined) return false;
    this.authenticator.expel(user, asking);
    return true;
  }

  // The file

  /**
   * Replaces all users by those of the `aclfile` and disconnects the sessions of all but the default one, `asking` after
   * its reply. Answers what is wrong with the file, one character a byte; nothing has changed then.
   */
  load(asking: Session | null): string | null {
    const name = this.options.config.get('aclfile');
    let text: string;
    try {
      text = readFileSync(this.filePath, 'latin1');
    } catch (error) {
      return `Error loading ACLs, opening file '${name}': ${systemErrorText(error)}`;
    }
    const gone = this.users.replaceAll(text, name);
    if (typeof gone === 'string') return gone;
    this.authenticator.refresh(this.users.default);
    for (const user of gone) this.authenticator.expel(user, asking);
    return null;
  }

  /**
   * Loads the users of the `aclfile`, if there is one.
   *
   * @throws {ConfigError} when there is something wrong with it
   */
  loadAtStart(): void {
    if (!this.hasFile) return;
    const problem = this.load(null);
    if (problem === null) return;
    const text = Buffer.from(problem, 'latin1').toString('utf8');
    throw new ConfigError('CONFIG_BAD_DIRECTIVE', `Aborting startup because of ACL errors: ${text}`, {
      file: this.filePath,
    });
  }

  /** Writes all users to the `aclfile`, in one step. False if that fails, which is logged. */
  save(): boolean {
    const lines = this.users.describe('for-file').map((line) => `${line}\n`);
    try {
      replaceFile(this.filePath, Buffer.from(lines.join(''), 'latin1'));
      return true;
    } catch (error) {
      this.options.tell('warning', `Writing the ACL file for ACL SAVE failed: ${systemErrorText(error)}`);
      return false;
    }
  }

  /** True when the users are in a file of their own. */
  get hasFile(): boolean {
    return this.options.config.get('aclfile') !== '';
  }

  private get filePath(): string {
    const { config } = this.options;
    return resolve(config.get('dir'), config.get('aclfile'));
  }

  /** What follows from other rights for those who are logged in. */
  private apply({ user, former }: UserChange): void {
    const { subscriptions } = this.options;
    this.authenticator.refresh(user);
    if (former === null) return;
    for (const session of lostSubscriptions(user, former, subscriptions)) session.transport.close(true);
  }
}

/** The reply to a command that is refused. */
export function denialReply(denial: Denial, command: Command): ReplyError {
  if (denial.reason === 'command') return errors.noPermCommand(command.fullName);
  return denial.reason === 'key' ? errors.noPermKey : errors.noPermChannel;
}

/** The reply to a command of a transaction that was allowed when it was queued. */
export function lateDenialReply(denial: Denial): ReplyError {
  if (denial.reason === 'command') return errors.noPermExecCommand;
  return denial.reason === 'key' ? errors.noPermExecKey : errors.noPermExecChannel;
}
