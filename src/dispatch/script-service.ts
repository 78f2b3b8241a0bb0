/**
 * What is asked of whatever knows the language of scripts. The engine satisfies it.
 */
import type { Slice } from '../lib/slice.ts';
import type { Args } from '../protocol/args.ts';
import type { ReplyError } from '../protocol/reply-error.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import type { Dialogue } from './transport.ts';

// What scripts declare about themselves, as bits.
export const NO_WRITES = 1 << 0;
export const ALLOW_OOM = 1 << 1;
/** Nothing was declared: the script may do what it likes. */
export const UNDECLARED = 1 << 4;

/** What is to become of a script that asks for the time: it may have to make room for others, or to end. */
export type ScriptVerdict = 'go-on' | 'suspend' | 'stop';

/** A script or function that can be run. */
export interface Runnable {
  /** The SHA-1 of a script, the name of a function. */
  readonly name: string;
  /** The bits above, and others. */
  readonly flags: number;
  /** A function of a library, called by FCALL. */
  readonly isFunction: boolean;
}

/** A function library for FUNCTION LIST. Names are latin1. */
export interface LibraryDescription {
  readonly name: string;
  readonly code: Uint8Array;
  readonly functions: Iterable<{
    readonly name: string;
    readonly description: string | null;
    readonly flags: readonly string[];
  }>;
}

/** For INFO and MEMORY STATS. */
export interface ScriptMemory {
  /** Bytes that the interpreters of scripts and of functions take. */
  readonly evalBytes: number;
  readonly functionBytes: number;
  /** Bytes of the cached scripts, and of the libraries. */
  readonly scriptBytes: number;
  readonly libraryBytes: number;
  readonly scripts: number;
  readonly functions: number;
  readonly libraries: number;
}

export interface ScriptService {
  readonly memory: ScriptMemory;

  // Scripts

  /** The script of a SHA-1, whichever its case; null if it is not cached. */
  scriptOf(sha1: Slice): Runnable | null;
  /** The script of this body, which is compiled and cached; an error if it is none. */
  define(body: Slice): Runnable | ReplyError;
  /** Forgets all scripts. */
  flushScripts(): void;

  // Functions

  functionOf(name: Slice): Runnable | null;
  /** Libraries whose names match a pattern, or all. */
  libraries(pattern: Slice | null): readonly LibraryDescription[];
  /** Loads a library: its name, or an error. */
  loadLibrary(code: Slice, replaces: boolean): string | ReplyError;
  /** False if there is no such library. */
  deleteLibrary(name: Slice): boolean;
  dumpLibraries(): Uint8Array;
  /** Loads what was dumped; null, or why it failed, and nothing has changed then. */
  restoreLibraries(payload: Slice, policy: 'append' | 'replace' | 'flush'): ReplyError | null;
  flushLibraries(): void;

  // Debugging

  /** Has the script that is run next, of which this is the body, be debugged by a client. */
  beginDebugging(body: Slice, client: Dialogue): void;
  /** The script has ended, however: tells the client. */
  endDebugging(): void;

  // Runs, one at a time

  /**
   * Runs a script or function: `keyCount` arguments from `firstKey` on are its keys, those behind them its arguments. True
   * when it has ended; false when it has run for too long and is suspended.
   */
  start(script: Runnable, args: Args, firstKey: number, keyCount: number): boolean;
  /** Goes on with what is suspended; true when it has ended. */
  continue(): boolean;
  /** Writes the answer of what has ended. */
  answer(reply: ReplyWriter): void;
  /** Ends what is suspended; its answer is then that it was killed. */
  kill(): void;
}
