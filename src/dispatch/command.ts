/**
 * What a command is: its metadata and its handler in one object.
 *
 * Everything else that speaks of commands is derived from these objects: the command table, COMMAND INFO, DOCS and
 * GETKEYS, ACL categories, arity errors, the list of commands in the documentation and the random commands of the
 * differential tests.
 */
import type { Args } from '../protocol/args.ts';
import type { Runnable, ScriptService } from './script-service.ts';

/** Redis's command flags, as COMMAND INFO prints them, and five of our own at the end, which it does not print. */
export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'asking'
  | 'fast'
  | 'no_auth'
  | 'may_replicate'
  | 'no_async_loading'
  | 'no_multi'
  | 'no_mandatory_keys'
  | 'allow_busy'
  | 'sentinel'
  | 'only_sentinel'
  | 'movablekeys'
  /** Allowed to subscribers that speak RESP2. */
  | 'while_subscribed'
  /** Runs inside MULTI instead of being queued. */
  | 'unqueued'
  /** Answers an error inside MULTI, to which it is no end. */
  | 'unnested'
  /** Runs while clients are paused. */
  | 'unpaused'
  /** Executes a transaction, or ends it when it is refused. */
  | 'commits';

/** The groups of Redis's command reference; COMMAND DOCS prints them. */
export type CommandGroup =
  | 'bitmap'
  | 'connection'
  | 'generic'
  | 'geo'
  | 'hash'
  | 'hyperloglog'
  | 'list'
  | 'pubsub'
  | 'scripting'
  | 'server'
  | 'set'
  | 'sorted-set'
  | 'stream'
  | 'string'
  | 'transactions';

/** Flags of a key specification, as COMMAND INFO prints them. */
export type KeyFlag =
  | 'RO'
  | 'RW'
  | 'OW'
  | 'RM'
  | 'access'
  | 'update'
  | 'insert'
  | 'delete'
  | 'not_key'
  | 'incomplete'
  | 'variable_flags';

/**
 * Where a command's keys begin: at a fixed argument, or after a keyword searched from `from` on, or (as of the keys
 * that SORT's patterns make) nobody can tell.
 */
export type KeySearch = { readonly index: number } | { readonly keyword: string; readonly from: number } | 'unknown';

/**
 * Which arguments from the beginning on are keys: a range (`last` counts from the first key; negative counts from
 * the end of the arguments; `limit` as in Redis's key specifications), or as many as an argument says (`countAt` and
 * `firstAt` count from the beginning), or nobody can tell.
 */
export type KeyFind =
  | { readonly last: number; readonly step: number; readonly limit: number }
  | { readonly countAt: number; readonly firstAt: number; readonly step: number }
  | 'unknown';

/**
 * Which arguments name channels, and what for: `count` of them from the first one on, all that follow where it is
 * negative. Patterns are those of PSUBSCRIBE.
 */
export interface ChannelSpec {
  readonly use: 'publish' | 'subscribe' | 'unsubscribe';
  readonly patterns?: boolean;
  readonly count: number;
}

/** One of Redis's key specifications. */
export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly search: KeySearch;
  readonly find: KeyFind;
  readonly notes?: string;
}

/** A key among a command's arguments, and how the command uses it. */
export interface FoundKey {
  readonly index: number;
  readonly flags: readonly KeyFlag[];
}

/** One entry of a command's history: the version and what it changed. */
export type HistoryEntry = readonly [version: string, change: string];

/** A command; `Context` is what its handler is given (see {@link defineCommand}). */
export interface CommandSpec<Context = never> {
  /** In lower case; of a subcommand only its own word. */
  readonly name: string;
  readonly summary: string;
  /** The Redis version that brought it. */
  readonly since: string;
  readonly group: CommandGroup;
  readonly complexity?: string;
  readonly history?: readonly HistoryEntry[];
  readonly deprecated?: { readonly since: string; readonly replacedBy: string };
  /**
   * The arguments after the command's name in the notation of Redis's reference, such as
   * `key value [NX | XX] [GET] [EX seconds | PX milliseconds | KEEPTTL]`. COMMAND DOCS' argument tree and the
   * generated test commands are parsed from it.
   */
  readonly syntax: string;
  /** As in COMMAND INFO: the exact number of words, or the negative of the least number. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** ACL categories beyond those that follow from flags and group, without `@`. */
  readonly acl?: readonly string[];
  readonly keys?: readonly KeySpec[];
  /**
   * Finds the keys where the specifications can't tell them, or not their flags (`incomplete`, `variable_flags`).
   * Empty where the arguments are no good.
   */
  readonly findKeys?: (args: Args) => readonly FoundKey[];
  /** The channels among the arguments; access to them is granted by name. */
  readonly channels?: ChannelSpec;
  /** The directive that opens the command to no client, to local ones or to all. */
  readonly enabledBy?: 'enable-debug-command' | 'enable-module-command';
  /** A command that serves the server's own purposes: COMMAND DOCS marks it `syscmd`. */
  readonly isSystem?: boolean;
  /** COMMAND DOCS' tips for clients, such as `nondeterministic_output`. */
  readonly tips?: readonly string[];
  /** A container has subcommands; it is not run itself unless it also has `run`. */
  readonly subcommands?: readonly CommandSpec[];
  /** Of a command that runs a script: which, as far as it is known. What it declares matters to guards. */
  readonly script?: (scripts: ScriptService, args: Args) => Runnable | null;
  readonly run?: (context: Context) => void;
}

/** The key specification of a command whose one key is its first argument. */
export function oneKey(...flags: KeyFlag[]): readonly KeySpec[] {
  return [{ flags, search: { index: 1 }, find: { last: 0, step: 1, limit: 0 } }];
}

/** The key specification of a command whose arguments are all keys, every `step`-th of them. */
export function allKeys(step: number, ...flags: KeyFlag[]): readonly KeySpec[] {
  return [{ flags, search: { index: 1 }, find: { last: -1, step, limit: 0 } }];
}
