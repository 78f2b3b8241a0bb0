/**
 * Which commands a selector allows: a bit for each, and first arguments of commands that are else denied.
 *
 * A container and its subcommands have bits of their own. Rules for the container set those of its subcommands too; only
 * the bit of what is called counts.
 */
import type { Args } from '../../protocol/args.ts';
import { type Command, NO_AUTH } from '../registry.ts';
import { foldCase, upToNul } from './byte-text.ts';
import type { Category, CommandIndex } from './command-index.ts';

export class CommandRules {
  readonly index: CommandIndex;
  /** Everything was allowed and nothing denied since: no bit need be asked. */
  allowsAll = false;
  /** The last rule for all commands allowed them: their description begins with it. */
  startsFull = false;
  private bits: Uint32Array;
  /** By command id, in the order in which they were given, and as they were written. */
  private firstArgs: ReadonlyMap<number, readonly string[]> = new Map();

  constructor(index: CommandIndex) {
    this.index = index;
    this.bits = new Uint32Array(Math.ceil(index.size / 32));
  }

  copy(): CommandRules {
    const copy = new CommandRules(this.index);
    copy.allowsAll = this.allowsAll;
    copy.startsFull = this.startsFull;
    copy.bits = this.bits.slice();
    copy.firstArgs = this.firstArgs;
    return copy;
  }

  /** True when the command line may be executed, as far as the command is concerned. */
  allows(command: Command, args: Args): boolean {
    if (this.allowsAll || this.has(command) || (command.bits & NO_AUTH) !== 0) return true;
    const allowed = this.firstArgs.get(command.id);
    if (allowed === undefined || args.count < 2) return false;
    const first = foldCase(upToNul(args.at(1).toLatin1()));
    return allowed.some((each) => foldCase(each) === first);
  }

  /** True when the command's own bit is set. */
  has(command: Command): boolean {
    return (this.bits[command.id >>> 5] & (1 << (command.id & 31))) !== 0;
  }

  /** `+@all` or `-@all`. */
  setAll(allowed: boolean): void {
    this.bits.fill(allowed ? 0xffffffff : 0);
    this.allowsAll = allowed;
    this.startsFull = allowed;
    this.firstArgs = new Map();
  }

  /** `+command` or `-command`, `container|subcommand` included. */
  set(command: Command, allowed: boolean): void {
    this.put(command, allowed);
    if (this.firstArgs.has(command.id)) {
      const rest = new Map(this.firstArgs);
      rest.delete(command.id);
      this.firstArgs = rest;
    }
    for (const subcommand of command.subcommands.values()) this.put(subcommand, allowed);
    if (!allowed) this.allowsAll = false;
  }

  /** `+@category` or `-@category`. */
  setCategory(category: Category, allowed: boolean): void {
    for (const command of category.members) this.set(command, allowed);
  }

  /** `+command|first-argument`, of a command without subcommands. */
  allowFirstArg(command: Command, text: string): void {
    const known = this.firstArgs.get(command.id) ?? [];
    if (known.some((each) => foldCase(each) === foldCase(text))) return;
    this.firstArgs = new Map(this.firstArgs).set(command.id, [...known, text]);
  }

  /** The first arguments with which alone a command is allowed. */
  firstArgsOf(command: Command): readonly string[] {
    return this.has(command) ? [] : (this.firstArgs.get(command.id) ?? []);
  }

  private put(command: Command, allowed: boolean): void {
    const bit = 1 << (command.id & 31);
    if (allowed) this.bits[command.id >>> 5] |= bit;
    else this.bits[command.id >>> 5] &= ~bit;
  }
}
