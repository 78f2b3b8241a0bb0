/**
 * Scripts and functions in Lua: what is known of them, and the interpreters in which they run.
 *
 * Interpreters are made when they are first needed, and anew when they have broken or grown: scripts are compiled again
 * from their bodies then, and libraries loaded again from their code.
 */
import { globMatch } from '../lib/glob.ts';
import { Slice } from '../lib/slice.ts';
import { dumpLibraries, readDumpedLibraries } from '../persistence/rdb/library-payload.ts';
import type { Args } from '../protocol/args.ts';
import { ReplyError } from '../protocol/reply-error.ts';
import { decodeReplyText } from '../protocol/reply-text.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { type FunctionLibrary, type LibraryFunction, LibrarySet } from './function-libraries.ts';
import { Interpreter, isInterpreterFailure, type ScriptFailure } from './interpreter.ts';
import { LibraryLoader } from './library-loader.ts';
import { type HookVerdict, type OnHook, type RunOutcome, ScriptStopped } from './lua/coroutines.ts';
import { openLuaModule } from './lua/lua-module.ts';
import { ScriptRandom } from './random-library.ts';
import { type Script, ScriptCache } from './script-cache.ts';
import { type DebuggerClient, ScriptDebugger } from './script-debugger.ts';
import { readScriptFlags, SCRIPT_FLAGS } from './script-flags.ts';
import type { ScriptHost } from './script-host.ts';

/** How much memory an interpreter may take. */
const LIMIT_BYTES = 512 * 1024 * 1024;
/** One that has grown beyond this is given back: its memory never shrinks. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** What Redis shows of an error that is no table. */
const SHOWN_CHARACTERS = 100;

const KILLED = 'ERR Script killed by user with SCRIPT KILL...';

type RestorePolicy = 'append' | 'replace' | 'flush';

type Running = Script | LibraryFunction;

export interface LuaScriptsOptions {
  readonly host: ScriptHost & {
    /** Asked by a running script now and then: whether it has run for too long. */
    checkTime(maySuspend: boolean): HookVerdict;
    /** For scripts that are debugged: how long they run without a stop, and that they go on after one. */
    readonly timeLimitMs: number;
    renewTime(): void;
  };
  /** `lua-enable-deprecated-api`. */
  readonly deprecated: boolean;
  /** `rdbcompression`. */
  readonly compresses: () => boolean;
}

export class LuaScripts {
  private readonly options: LuaScriptsOptions;
  private readonly scripts = new ScriptCache();
  private set = new LibrarySet();
  private module: WebAssembly.Module | null = null;
  private readonly random = new ScriptRandom();
  private evalInterpreter: Interpreter | null = null;
  private functionInterpreter: Interpreter | null = null;
  private loader: LibraryLoader | null = null;
  /** Counts interpreters, so that a script knows whether it is compiled in the current one. */
  private generation = 0;
  private running: Running | null = null;
  private debugger: ScriptDebugger | null = null;
  /** How the run has failed; null if it has not. */
  private failure: ScriptFailure | null = null;

  constructor(options: LuaScriptsOptions) {
    this.options = options;
  }

  get memory() {
    const libraries = [...this.set.libraries.values()];
    return {
      evalBytes: this.evalInterpreter?.vm.usedBytes ?? 0,
      functionBytes: this.functionInterpreter?.vm.usedBytes ?? 0,
      scriptBytes: this.scripts.usedBytes,
      libraryBytes: libraries.reduce((sum, { code, functions }) => sum + code.length + 100 * functions.size, 0),
      scripts: this.scripts.size,
      functions: this.set.functionCount,
      libraries: libraries.length,
    };
  }

  /** The code of all libraries, for snapshots. */
  get libraryCodes(): readonly Uint8Array[] {
    return Array.from(this.set.libraries.values(), ({ code }) => code);
  }

  // Scripts

  scriptOf(sha1: Slice): Script | null {
    return this.scripts.bySha1(sha1);
  }

  define(body: Slice): Script | ReplyError {
    const known = this.scripts.ofBody(body);
    if (known !== null) return known;
    const copy = body.copy();
    const declared = readScriptFlags(copy);
    if (typeof declared === 'string') return errorOf(`ERR ${declared}`);
    const interpreter = this.forScripts();
    const compiled = this.guarded('eval', () => interpreter.compileScript(copy.subarray(declared.codeStart)));
    if (typeof compiled !== 'number') {
      return errorOf(`ERR Error compiling script (new function): ${compiled ?? 'not enough memory'}`);
    }
    const script = this.scripts.add(copy, declared.flags, declared.codeStart);
    script.compiled = compiled;
    script.interpreter = this.generation;
    return script;
  }

  flushScripts(): void {
    this.scripts.clear();
    // The compiled functions go with it.
    this.evalInterpreter = null;
  }

  // Functions

  functionOf(name: Slice): LibraryFunction | null {
    return this.set.find(name.toLatin1());
  }

  libraries(pattern: Slice | null) {
    const libraries = [...this.set.libraries.values()];
    return libraries
      .filter(({ name }) => pattern === null || globMatch(pattern, Slice.from(Buffer.from(name, 'latin1')), true))
      .map(({ name, code, functions }) => ({
        name,
        code,
        functions: Array.from(functions.values(), (each) => ({
          name: each.name,
          description: each.description,
          flags: SCRIPT_FLAGS.filter(([, bit]) => (each.flags & bit) !== 0).map(([flag]) => flag),
        })),
      }));
  }

  loadLibrary(code: Slice, replaces: boolean): string | ReplyError {
    const loaded = this.loadInto(this.set, code.copy(), replaces);
    return typeof loaded === 'string' ? errorOf(`ERR ${loaded}`) : loaded.name;
  }

  /**
   * Loads the libraries of a snapshot or a dump: in place of all others (`flush`), or beside them, of which none (`append`)
   * or only another library's functions (`replace`) may have the same name. Null, or why that can't be; nothing has changed
   * then.
   */
  restoreAll(codes: readonly Uint8Array[], policy: RestorePolicy): string | null {
    const restored = this.loadAll(codes);
    if (typeof restored === 'string') return restored;
    if (policy === 'flush') {
      this.replaceAll(restored);
      return null;
    }
    const problem = this.join(restored, policy === 'replace');
    if (problem !== null) this.releaseAll(restored);
    return problem;
  }

  deleteLibrary(name: Slice): boolean {
    const library = this.set.libraries.get(name.toLatin1());
    if (library === undefined) return false;
    this.set.remove(library);
    this.loader?.release(library);
    return true;
  }

  dumpLibraries(): Uint8Array {
    return dumpLibraries(this.libraryCodes, this.options.compresses());
  }

  restoreLibraries(payload: Slice, policy: RestorePolicy): ReplyError | null {
    const codes = readDumpedLibraries(payload);
    if (typeof codes === 'string') return errorOf(`ERR ${codes}`);
    const problem = this.restoreAll(codes, policy);
    return problem === null ? null : errorOf(`ERR ${problem}`);
  }

  flushLibraries(): void {
    this.set = new LibrarySet();
    this.functionInterpreter = null;
    this.loader = null;
  }

  // Runs

  start(script: Running, args: Args, firstKey: number, keyCount: number): boolean {
    this.running = script;
    this.failure = null;
    const interpreter = script.isFunction ? this.forFunctions() : this.forScripts();
    try {
      const outcome = script.isFunction
        ? interpreter.runFunction(script.reference, args, firstKey, keyCount)
        : interpreter.runScript(this.compiled(script, interpreter), args, firstKey, keyCount);
      return this.hasEnded(interpreter, outcome);
    } catch (error) {
      return this.hasBroken(interpreter, error);
    }
  }

  continue(): boolean {
    const interpreter = this.running?.isFunction === true ? this.forFunctions() : this.forScripts();
    try {
      return this.hasEnded(interpreter, interpreter.continue());
    } catch (error) {
      return this.hasBroken(interpreter, error);
    }
  }

  beginDebugging(body: Slice, client: DebuggerClient): void {
    const { host } = this.options;
    const interpreter = this.forScripts();
    this.debugger = new ScriptDebugger(
      {
        vm: interpreter.vm,
        coroutines: interpreter.coroutines,
        fail: (thread, message) => interpreter.redis.fail(thread, message),
        timeLimitMs: () => host.timeLimitMs,
        renewTime: () => host.renewTime(),
      },
      client,
      body.toLatin1(),
    );
    interpreter.debug(this.debugger);
  }

  endDebugging(): void {
    this.evalInterpreter?.debug(null);
    this.debugger?.end();
    this.debugger = null;
  }

  answer(reply: ReplyWriter): void {
    const { failure, running } = this;
    const interpreter = this.current;
    if (failure !== null) this.answerFailure(reply, failure, running?.name ?? '');
    else interpreter?.answer(reply);
    interpreter?.end();
    this.running = null;
    if (interpreter !== null && interpreter.vm.reservedBytes > KEPT_BYTES) this.renew(running?.isFunction === true);
  }

  kill(): void {
    const interpreter = this.current;
    this.failure = { line: KILLED, place: interpreter?.currentPlace ?? null, isCounted: false };
    interpreter?.coroutines.abandon();
  }

  private get current(): Interpreter | null {
    return this.running?.isFunction === true ? this.functionInterpreter : this.evalInterpreter;
  }

  private hasEnded(interpreter: Interpreter, outcome: RunOutcome): boolean {
    if (outcome === 'failed') this.failure = interpreter.failure();
    return outcome !== 'suspended';
  }

  /** A run was ended by an exception; what breaks the server goes on as one. */
  private hasBroken(interpreter: Interpreter, error: unknown): true {
    if (error instanceof ScriptStopped) {
      this.kill();
      return true;
    }
    if (!isInterpreterFailure(error) || interpreter.redis.isCalling) throw error;
    this.failure = { line: this.breakdown(error), place: null, isCounted: false };
    this.renew(this.running?.isFunction === true);
    return true;
  }

  /** What is said of an interpreter that could not go on. */
  private breakdown(error: unknown): string {
    const reason = error instanceof RangeError ? 'stack overflow' : 'not enough memory';
    return `ERR Error running script ${this.running?.name ?? ''}, ${reason}`;
  }

  private answerFailure(reply: ReplyWriter, failure: ScriptFailure, name: string): void {
    const place = failure.place === null ? '' : ` script: ${name}, on ${failure.place}.`;
    const error = errorOf(failure.line + place);
    this.options.host.countError(error, failure.isCounted);
    reply.error(error);
  }

  private compiled(script: Script, interpreter: Interpreter): number {
    if (script.interpreter !== this.generation || script.compiled === 0) {
      const compiled = interpreter.compileScript(script.body.subarray(script.codeStart));
      // It was compiled before.
      if (typeof compiled === 'string') throw new RangeError(compiled.slice(0, SHOWN_CHARACTERS));
      script.compiled = compiled;
      script.interpreter = this.generation;
    }
    return script.compiled;
  }

  // Interpreters

  private forScripts(): Interpreter {
    if (this.evalInterpreter !== null) return this.evalInterpreter;
    this.generation++;
    this.evalInterpreter = this.open('eval', (_thread, maySuspend) => this.options.host.checkTime(maySuspend));
    return this.evalInterpreter;
  }

  private forFunctions(): Interpreter {
    if (this.functionInterpreter !== null) return this.functionInterpreter;
    const interpreter = this.open('function', (thread, maySuspend) => {
      if (this.loader?.isLoading !== true) return this.options.host.checkTime(maySuspend);
      this.loader.checkTime(thread);
      return 'go-on';
    });
    this.functionInterpreter = interpreter;
    this.loader = new LibraryLoader(interpreter);
    return interpreter;
  }

  private open(kind: 'eval' | 'function', onHook: OnHook): Interpreter {
    this.module ??= openLuaModule();
    const { random } = this;
    const { deprecated, host } = this.options;
    return new Interpreter(this.module, { kind, host, deprecated, limitBytes: LIMIT_BYTES, random, onHook });
  }

  /** Throws an interpreter away. The libraries are loaded again into the next one. */
  private renew(isFunction: boolean): void {
    if (!isFunction) {
      this.evalInterpreter = null;
      return;
    }
    const codes = this.libraryCodes;
    this.flushLibraries();
    for (const code of codes) {
      const loaded = this.loadInto(this.set, code, false);
      if (typeof loaded === 'string') this.options.host.log('warning', `A function library is lost: ${loaded}`);
    }
  }

  private guarded<T>(kind: 'eval' | 'function', action: () => T): T | null {
    try {
      return action();
    } catch (error) {
      if (!isInterpreterFailure(error)) throw error;
      this.renew(kind === 'function');
      return null;
    }
  }

  private loadInto(set: LibrarySet, code: Uint8Array, replaces: boolean): FunctionLibrary | string {
    this.forFunctions();
    const { loader } = this;
    return this.guarded('function', () => loader?.load(set, code, replaces) ?? null) ?? 'not enough memory';
  }

  /** A set of its own of libraries, or what is wrong with one. */
  private loadAll(codes: readonly Uint8Array[]): LibrarySet | string {
    const set = new LibrarySet();
    for (const code of codes) {
      const loaded = this.loadInto(set, code, false);
      if (typeof loaded !== 'string') continue;
      this.releaseAll(set);
      return loaded;
    }
    return set;
  }

  private replaceAll(set: LibrarySet): void {
    this.releaseAll(this.set);
    this.set = set;
  }

  private releaseAll(set: LibrarySet): void {
    for (const library of set.libraries.values()) this.loader?.release(library);
  }

  /** Adds restored libraries to those that are there; null, or why that can't be. */
  private join(restored: LibrarySet, replaces: boolean): string | null {
    const replaced: FunctionLibrary[] = [];
    for (const { name } of restored.libraries.values()) {
      const old = this.set.libraries.get(name);
      if (old === undefined) continue;
      if (!replaces) return `Library ${name} already exists`;
      replaced.push(old);
    }
    for (const old of replaced) this.set.remove(old);
    for (const library of restored.libraries.values()) {
      const collision = this.set.collision(library);
      if (collision === null) continue;
      for (const old of replaced) this.set.add(old);
      return `Function ${collision} already exists`;
    }
    for (const library of restored.libraries.values()) this.set.add(library);
    for (const old of replaced) this.loader?.release(old);
    return null;
  }
}

/** An error whose line is latin1, a character for each byte. */
function errorOf(line: string): ReplyError {
  const bytes = Buffer.from(line, 'latin1');
  return new ReplyError(decodeReplyText(bytes, 0, bytes.length));
}
