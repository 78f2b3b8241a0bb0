/**
 * Whether rights allow a command line: the command, its keys and its channels, together by one selector.
 */
import type { Args } from '../../protocol/args.ts';
import type { Command } from '../registry.ts';
import type { DenialReason } from './acl-log.ts';
import { KeyAccess } from './key-access.ts';
import type { Selector } from './selector.ts';
import type { Rights } from './user.ts';

/** What of a command line is refused; `index` is that of the argument, 0 for the command. */
export interface Denial {
  readonly reason: Exclude<DenialReason, 'auth'>;
  readonly index: number;
}

const COMMAND_DENIED: Denial = { reason: 'command', index: 0 };

/** The reasons in the order in which one is told rather than another. */
const WEIGHTS: Readonly<Record<Denial['reason'], number>> = { command: 0, key: 1, channel: 2 };

/** By command id, made when a command is asked for first. */
export class Permissions {
  private readonly keyAccess: (KeyAccess | null | undefined)[] = [];

  /**
   * Null when the command line is allowed. Where every selector refuses it, what is told is what the one refuses that
   * comes furthest: a channel before a key before the command, and a later argument before an earlier one.
   */
  check(rights: Rights, command: Command, args: Args): Denial | null {
    let denial = this.checkSelector(rights.root, command, args);
    if (denial === null) return null;
    for (const selector of rights.selectors) {
      const next = this.checkSelector(selector, command, args);
      if (next === null) return null;
      const weight = WEIGHTS[next.reason] - WEIGHTS[denial.reason];
      if (weight > 0 || (weight === 0 && next.index > denial.index)) denial = next;
    }
    return denial;
  }

  /** True when a selector allows the command line, and besides `access` to all keys there may be. */
  allowsWithEveryKey(rights: Rights, command: Command, args: Args, access: number): boolean {
    return rights.allSelectors.some((selector) => {
      return selector.keys.allowsEvery(access) && this.checkSelector(selector, command, args) === null;
    });
  }

  private checkSelector({ commands, keys, channels }: Selector, command: Command, args: Args): Denial | null {
    if (!commands.allows(command, args)) return COMMAND_DENIED;
    if (!keys.allowsAll) {
      const index = this.keyAccessOf(command)?.firstRefused(keys, args) ?? 0;
      if (index > 0) return { reason: 'key', index };
    }
    const spec = command.spec.channels;
    if (spec === undefined || channels.allowsAll || spec.use === 'unsubscribe') return null;
    const end = spec.count < 0 ? args.count : Math.min(args.count, 1 + spec.count);
    for (let index = 1; index < end; index++) {
      const name = args.at(index);
      const allowed = spec.patterns === true ? channels.allowsPattern(name) : channels.allows(name);
      if (!allowed) return { reason: 'channel', index };
    }
    return null;
  }

  private keyAccessOf(command: Command): KeyAccess | null {
    const known = this.keyAccess[command.id];
    if (known !== undefined) return known;
    const made = KeyAccess.of(command.spec);
    this.keyAccess[command.id] = made;
    return made;
  }
}
