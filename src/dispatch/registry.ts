/**
 * The command table: finds commands by the bytes of their names and derives what follows from their specs.
 */
import type { Slice } from '../lib/slice.ts';
import type { Args } from '../protocol/args.ts';
import type { CommandFlag, CommandGroup, CommandSpec } from './command.ts';
import type { CommandContext } from './command-context.ts';
import { LatencyHistogram } from './latency-histogram.ts';

/** Command flags as bits, for the executor's tests. */
export const WRITE = 1 << 0;
export const READONLY = 1 << 1;
export const DENY_OOM = 1 << 2;
export const ADMIN = 1 << 3;
export const WHILE_LOADING = 1 << 6;
export const NO_AUTH = 1 << 8;
export const NO_SCRIPT = 1 << 7;
export const MAY_REPLICATE = 1 << 9;
export const NO_MULTI = 1 << 10;
export const ALLOW_BUSY = 1 << 11;
export const PROTECTED = 1 << 12;
export const SKIP_MONITOR = 1 << 13;
export const SKIP_SLOWLOG = 1 << 14;
const FAST = 1 << 16;
/** Must be resolved to one of its subcommands. */
export const CONTAINER = 1 << 17;
/** Works for subscribers that speak RESP2. */
export const WHILE_SUBSCRIBED = 1 << 18;
/** Runs inside MULTI instead of being queued: EXEC and its like. */
export const UNQUEUED = 1 << 19;
/** Answers an error inside MULTI, to which it is no end: MULTI and its like. */
export const UNNESTED = 1 << 23;
/** Executes a transaction, or ends it when it is refused. */
export const COMMITS = 1 << 21;
/** Runs while clients are paused. */
export const UNPAUSED = 1 << 20;

/** Takes about the same time whatever the data, as far as it is called with its fewest arguments. */
export const BRIEF = 1 << 22;

/** Groups whose commands are about one thing and no more: that they are `O(1)` there says that they are quick. */
const DATA_GROUPS: readonly CommandGroup[] = ['string', 'hash', 'list', 'set', 'sorted-set', 'bitmap', 'generic'];

const BIT_OF_FLAG: Partial<Record<CommandFlag, number>> = {
  write: WRITE,
  readonly: READONLY,
  denyoom: DENY_OOM,
  admin: ADMIN,
  loading: WHILE_LOADING,
  noscript: NO_SCRIPT,
  no_auth: NO_AUTH,
  may_replicate: MAY_REPLICATE,
  no_multi: NO_MULTI,
  allow_busy: ALLOW_BUSY,
  skip_monitor: SKIP_MONITOR,
  skip_slowlog: SKIP_SLOWLOG,
  fast: FAST,
  while_subscribed: WHILE_SUBSCRIBED,
  unqueued: UNQUEUED,
  unnested: UNNESTED,
  unpaused: UNPAUSED,
  commits: COMMITS,
};

/** The most arguments that a command can have: a small integer, unlike infinity. */
const MAX_ARGUMENTS = 0x7fffffff;

/** A command in the table, with its counters. */
export class Command {
  readonly spec: CommandSpec;
  /** As COMMAND and the statistics name it: `client|list` for a subcommand. */
  readonly fullName: string;
  /** The flags as bits. */
  readonly bits: number;
  readonly parent: Command | null;
  readonly subcommands: ReadonlyMap<string, Command>;
  readonly hasSubcommands: boolean;
  /** The spec's handler; a container's is never called. */
  readonly run: (context: CommandContext) => void;
  readonly minArgs: number;
  readonly maxArgs: number;
  /** Its number within the registry, from 0 on without gaps: its place in sets of commands that are bits. */
  readonly id: number;

  // INFO commandstats
  calls = 0;
  microseconds = 0;
  rejected = 0;
  failed = 0;
  readonly latency = new LatencyHistogram();

  constructor(spec: CommandSpec, parent: Command | null, takeId: () => number) {
    this.spec = spec;
    this.parent = parent;
    this.fullName = parent === null ? spec.name : `${parent.fullName}|${spec.name}`;
    this.id = takeId();
    let bits = spec.run === undefined ? CONTAINER : 0;
    for (const flag of spec.flags) bits |= BIT_OF_FLAG[flag] ?? 0;
    if (isBrief(spec)) bits |= BRIEF;
    if (spec.enabledBy !== undefined) bits |= PROTECTED;
    this.bits = bits;
    this.minArgs = Math.abs(spec.arity);
    const subcommands = new Map<string, Command>();
    for (const child of spec.subcommands ?? []) subcommands.set(child.name, new Command(child, this, takeId));
    this.subcommands = subcommands;
    this.hasSubcommands = subcommands.size > 0;
    // With more, a subcommand is meant that there is not: see find().
    if (this.hasSubcommands) this.maxArgs = 1;
    else this.maxArgs = spec.arity < 0 ? MAX_ARGUMENTS : spec.arity;
    // Specs forget what their handlers are given, so that they can be described without it; here it is known again.
    this.run = spec.run as (context: CommandContext) => void;
  }

  get isFast(): boolean {
    return (this.bits & FAST) !== 0;
  }

  resetStats(): void {
    this.calls = this.microseconds = this.rejected = this.failed = 0;
    this.latency.reset();
    for (const child of this.subcommands.values()) child.resetStats();
  }
}

/** At least twice the number of commands, so that chains of probes stay short. */
const TABLE_SIZE = 2048;

/** A name that clients may use, in lower case, and what it means. */
interface Entry {
  readonly name: Uint8Array;
  readonly command: Command;
}

export class CommandRegistry {
  private readonly byName = new Map<string, Command>();
  /** Under the names that they are declared with, whatever `rename-command` says. */
  private readonly declared = new Map<string, Command>();
  private readonly table: (Entry | null)[] = new Array(TABLE_SIZE).fill(null);
  /** Pipelines mostly repeat one command. */
  private last: Entry | null = null;
  private nextId = 0;

  constructor(families: readonly (readonly CommandSpec[])[]) {
    const takeId = (): number => this.nextId++;
    for (const family of families) {
      for (const spec of family) {
        const command = new Command(spec, null, takeId);
        this.declared.set(spec.name, command);
        this.byName.set(spec.name, command);
        this.enter(spec.name, command);
      }
    }
  }

  /** How many ids there are: of commands and subcommands, those included that have no name any more. */
  get idCount(): number {
    return this.nextId;
  }

  /** All commands that clients can call, without subcommands. */
  all(): IterableIterator<Command> {
    return this.byName.values();
  }

  get size(): number {
    return this.byName.size;
  }

  /** The command that clients call by this name in lower case, `container|subcommand` included. */
  named(name: string): Command | undefined {
    return lookUp(this.byName, name);
  }

  /** All commands as they are declared, without subcommands: what access is granted to, whatever they are called. */
  allDeclared(): IterableIterator<Command> {
    return this.declared.values();
  }

  /** The command that is declared with this name in lower case, `container|subcommand` included. */
  declaredAs(name: string): Command | undefined {
    return lookUp(this.declared, name);
  }

  /**
   * Takes a command from clients, or lets them call it by another name only (`rename-command`); names are one character
   * a byte. It is the same command: what is said about it uses the name that it is declared with, as in Redis. False
   * when there is none.
   */
  rename(name: string, newName: string): boolean {
    const command = this.byName.get(name);
    if (command === undefined) return false;
    this.byName.delete(name);
    this.last = null;
    if (newName !== '') this.byName.set(newName, command);
    this.table.fill(null);
    for (const [each, named] of this.byName) this.enter(each, named);
    return true;
  }

  /**
   * The command that the arguments begin with. A container stands for itself where the subcommand is missing or
   * unknown: see {@link namesNoSubcommand}.
   */
  find(args: Args): Command | null {
    const command = this.findTop(args.at(0));
    if (command === null || !command.hasSubcommands || args.count < 2) return command;
    return command.subcommands.get(args.at(1).toLatin1().toLowerCase()) ?? command;
  }

  /** True when {@link find} has found a container in arguments that name a subcommand. */
  namesNoSubcommand(command: Command, args: Args): boolean {
    return command.hasSubcommands && args.count > 1;
  }

  /** {@link find}, but null where the container has no such subcommand. */
  resolve(args: Args): Command | null {
    const command = this.find(args);
    return command !== null && this.namesNoSubcommand(command, args) ? null : command;
  }

  private findTop(name: Slice): Command | null {
    const last = this.last;
    if (last !== null && matches(name, last.name)) return last.command;
    for (let index = hashName(name.bytes, name.start, name.end); ; index = (index + 1) & (TABLE_SIZE - 1)) {
      const candidate = this.table[index];
      if (candidate === null) return null;
      if (!matches(name, candidate.name)) continue;
      this.last = candidate;
      return candidate.command;
    }
  }

  private enter(name: string, command: Command): void {
    const bytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
    let index = hashName(bytes, 0, bytes.length);
    while (this.table[index] !== null) index = (index + 1) & (TABLE_SIZE - 1);
    this.table[index] = { name: bytes, command };
  }
}

function isBrief({ flags, group, complexity }: CommandSpec): boolean {
  if (flags.includes('blocking')) return false;
  return flags.includes('fast') || (complexity === 'O(1)' && DATA_GROUPS.includes(group));
}

function lookUp(commands: ReadonlyMap<string, Command>, name: string): Command | undefined {
  const bar = name.indexOf('|');
  if (bar < 0) return commands.get(name);
  return commands.get(name.slice(0, bar))?.subcommands.get(name.slice(bar + 1));
}

function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) {
    let byte = bytes[i];
    if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  return (hash ^ (hash >>> 11)) & (TABLE_SIZE - 1);
}

function matches(name: Slice, lowerCase: Uint8Array): boolean {
  const length = lowerCase.length;
  const start = name.start;
  if (name.end - start !== length) return false;
  const bytes = name.bytes;
  for (let i = 0; i < length; i++) {
    let byte = bytes[start + i];
    if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    if (byte !== lowerCase[i]) return false;
  }
  return true;
}
