/**
 * An interpreter as Redis furnishes it: Lua, its sandbox, the libraries of Redis, and the way in for scripts and out for
 * what they answer. There are two kinds: one for EVAL's scripts, and one in which function libraries live.
 *
 * An interpreter may break: memory or the machine's stack may end where nothing in Lua can catch it. Whatever calls
 * it then gets a {@link LuaPanic}, and must throw the interpreter away.
 */
import type { Args } from '../protocol/args.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { bitLibrary } from './bit-library.ts';
import { JsonLibrary } from './json-library.ts';
import { CoroutineLibrary } from './lua/coroutine-library.ts';
import { Coroutines, type OnHook, type RunOutcome } from './lua/coroutines.ts';
import {
  GLOBALS_INDEX,
  type LuaPointer,
  STATUS_OK,
  T_BOOLEAN,
  T_FUNCTION,
  T_NIL,
  T_NUMBER,
  T_STRING,
  T_TABLE,
  TABLE_ARRAY_SIZE,
  TABLE_METATABLE,
  TABLE_NODES,
} from './lua/layout.ts';
import { LuaPanic } from './lua/lua-instance.ts';
import { LuaVm } from './lua/lua-vm.ts';
import { ProtectedCalls } from './lua/protected-calls.ts';
import { Sandbox } from './lua/sandbox.ts';
import { LuaToReply } from './lua-to-reply.ts';
import { MsgpackLibrary } from './msgpack-library.ts';
import { RandomLibrary, type ScriptRandom } from './random-library.ts';
import { RedisLibrary } from './redis-library.ts';
import type { ScriptDebugger } from './script-debugger.ts';
import type { ScriptHost } from './script-host.ts';
import { StructLibrary } from './struct-library.ts';

/**
 * A little garbage is collected after so many scripts, as in Redis, if there is as much of it: a script that makes hardly
 * any would spend a fifth of its time on it.
 */
const RUNS_BETWEEN_COLLECTIONS = 50;
const COLLECTED_BYTES = 64 * 1024;

/** What is said of errors that are neither text nor have one. */
const NO_TEXT = 'the error object of the script has no text';

export type InterpreterKind = 'eval' | 'function';

export interface InterpreterOptions {
  readonly kind: InterpreterKind;
  readonly host: ScriptHost;
  /** `lua-enable-deprecated-api`. */
  readonly deprecated: boolean;
  readonly limitBytes: number;
  readonly random: ScriptRandom;
  /** Called every so many instructions. */
  readonly onHook: OnHook;
}

/** What a failed run says. */
export interface ScriptFailure {
  /** The error's line, code included, a character for each byte. */
  readonly line: string;
  /** Where it was raised; null where that is not known. */
  readonly place: string | null;
  /** It is a command's, and has been counted. */
  readonly isCounted: boolean;
}

export class Interpreter {
  readonly vm: LuaVm;
  readonly redis: RedisLibrary;
  readonly sandbox: Sandbox;
  readonly coroutines: Coroutines;
  private readonly replies: LuaToReply;
  private runs = 0;
  /** A collection is under way; and what was left by the last one. */
  private isCollecting = false;
  private leftBytes = 0;
  /** The tables that the last script got as KEYS and ARGV. */
  private keys: LuaPointer = 0;
  private arguments: LuaPointer = 0;

  constructor(module: WebAssembly.Module, options: InterpreterOptions) {
    const vm = new LuaVm(module, options.limitBytes);
    this.vm = vm;
    this.redis = new RedisLibrary(vm, options.host);
    const sandbox = new Sandbox(vm, options);
    this.sandbox = sandbox;
    this.coroutines = new Coroutines(vm, options.onHook);
    sandbox.extend('redis', this.redis.library);
    if (options.kind === 'eval') sandbox.extend('redis', this.redis.evalLibrary);
    sandbox.extend('cjson', new JsonLibrary(vm).library);
    sandbox.extend('cmsgpack', new MsgpackLibrary(vm).library);
    sandbox.extend('struct', new StructLibrary(vm).library);
    sandbox.extend('bit', bitLibrary(vm));
    sandbox.extend('math', new RandomLibrary(vm, options.random, () => this.redis.isRunning).library);
    const library = new CoroutineLibrary(vm, this.coroutines, sandbox.functionOf('coroutine', 'create'));
    sandbox.extend('coroutine', library.functions);
    sandbox.extendGlobals(new ProtectedCalls(vm, this.coroutines, library.frameRunners).functions);
    sandbox.seal();
    this.coroutines.useGlobals((thread) => sandbox.pushGlobals(thread));
    this.replies = new LuaToReply(vm, (error, isCounted) => options.host.countError(error, isCounted));
  }

  /** Compiles a script: the function, which is kept for good, or the compiler's complaint. */
  compileScript(code: Uint8Array): LuaPointer | string {
    const reference = this.compile(code, '@user_script');
    if (typeof reference === 'string') return reference;
    const { thread } = this.coroutines;
    this.vm.pushKept(thread, reference);
    const script = this.vm.u32[this.vm.last(thread) >> 2];
    this.vm.drop(thread, 1);
    return script;
  }

  /** Compiles a chunk: what keeps the function, or the compiler's complaint. */
  compile(code: Uint8Array, name: string): number | string {
    const { vm } = this;
    const { thread } = this.coroutines;
    const status = vm.load(thread, code, name);
    if (status === STATUS_OK) return vm.keep(thread);
    const complaint = vm.textArgument(thread, -1) ?? '';
    vm.api.lua_settop(thread, 0);
    return complaint;
  }

  /** Runs a script, with KEYS and ARGV as globals: `keyCount` arguments from `first` on, and those behind them. */
  runScript(script: LuaPointer, args: Args, first: number, keyCount: number): RunOutcome {
    const behind = first + keyCount;
    this.keys = this.setGlobal('KEYS', args, first, behind, this.keys);
    this.arguments = this.setGlobal('ARGV', args, behind, args.count, this.arguments);
    this.vm.pushWord(this.coroutines.thread, T_FUNCTION, script);
    return this.run(0);
  }

  /** Runs a library's function, which gets keys and arguments as tables. */
  runFunction(callback: number, args: Args, first: number, keyCount: number): RunOutcome {
    const { vm } = this;
    const { thread } = this.coroutines;
    vm.pushKept(thread, callback);
    this.pushList(thread, args, first, first + keyCount);
    this.pushList(thread, args, first + keyCount, args.count);
    return this.run(2);
  }

  /** Runs the function that was compiled, as {@link compile} answers it, while a library is loaded. */
  runLoading(chunk: number): ScriptFailure | null {
    const { vm } = this;
    const { thread } = this.coroutines;
    vm.pushKept(thread, chunk);
    vm.release(chunk);
    const outcome = this.coroutines.run(0);
    const failure = outcome === 'done' ? null : this.failure();
    vm.api.lua_settop(this.coroutines.thread, 0);
    return failure;
  }

  /** Has scripts be debugged from now on; null ends that. */
  debug(scriptDebugger: ScriptDebugger | null): void {
    this.redis.debugger = scriptDebugger;
    this.coroutines.debug(scriptDebugger && ((thread, isCount) => scriptDebugger.reached(thread, isCount)));
  }

  /** Goes on with a suspended run. */
  continue(): RunOutcome {
    return this.coroutines.continue();
  }

  /** Writes what a run has answered that is done. */
  answer(reply: ReplyWriter): void {
    const { vm } = this;
    const { thread } = this.coroutines;
    if (vm.argumentCount(thread) === 0) reply.null();
    else this.replies.write(vm.argument(thread, 0), reply, this.redis.protocol === 3);
    vm.dropArguments(thread);
  }

  /** What a failed run says. The interpreter is ready for the next one then. */
  failure(): ScriptFailure {
    const failure = this.describeFailure(this.coroutines.thread);
    this.coroutines.renew();
    return failure;
  }

  /** Where a run is that was suspended or stopped. */
  get currentPlace(): string | null {
    const position = this.coroutines.interruptedAt;
    return position === null ? null : `${position.source}:${position.line}`;
  }

  /** Ends a run, however it ended: some garbage is collected now and then. */
  end(): void {
    this.redis.isRunning = false;
    if (++this.runs % RUNS_BETWEEN_COLLECTIONS === 0) this.collectSome();
  }

  private collectSome(): void {
    const { vm } = this;
    const { usedBytes } = vm;
    // Lua collects by itself, too.
    if (usedBytes < this.leftBytes) this.leftBytes = usedBytes;
    if (!this.isCollecting && usedBytes - this.leftBytes < COLLECTED_BYTES) return;
    this.isCollecting = !vm.collectSome(RUNS_BETWEEN_COLLECTIONS);
    if (!this.isCollecting) this.leftBytes = vm.usedBytes;
  }

  private run(argumentCount: number): RunOutcome {
    this.redis.isRunning = true;
    this.redis.protocol = 2;
    return this.coroutines.run(argumentCount);
  }

  /**
   * Sets a global to a list. The table that the last script got is used again where it is as long, and the script has left
   * nothing in it: none can have kept it, since all that outlives a script is read-only.
   */
  private setGlobal(name: string, args: Args, from: number, to: number, last: LuaPointer): LuaPointer {
    const { vm } = this;
    const { thread } = vm;
    if (last !== 0 && this.isList(last, to - from)) {
      if (from < to) this.fill(last, args, from, to);
      return last;
    }
    this.pushList(thread, args, from, to);
    const table = vm.u32[vm.last(thread) >> 2];
    vm.api.lua_setfield(thread, GLOBALS_INDEX, vm.name(name));
    return table;
  }

  /** Puts arguments into a table that has as many elements. */
  private fill(table: LuaPointer, args: Args, from: number, to: number): void {
    const { vm } = this;
    const { thread } = vm;
    for (let i = from; i < to; i++) {
      const { bytes, start, end } = args.at(i);
      vm.pushBytes(thread, bytes, start, end);
      if (vm.popIntoArray(thread, table, i - from + 1)) continue;
      vm.pushWord(thread, T_TABLE, table);
      vm.api.lua_insert(thread, -2);
      vm.api.lua_rawseti(thread, -2, i - from + 1);
      vm.drop(thread, 1);
    }
  }

  /** True for a table that has room for so many elements, and nothing but that. */
  private isList(table: LuaPointer, length: number): boolean {
    const { noNodes, u32 } = this.vm;
    return (
      u32[(table + TABLE_ARRAY_SIZE) >> 2] === length &&
      u32[(table + TABLE_METATABLE) >> 2] === 0 &&
      u32[(table + TABLE_NODES) >> 2] === noNodes
    );
  }

  private pushList(thread: LuaPointer, args: Args, from: number, to: number): void {
    const { vm } = this;
    vm.api.lua_createtable(thread, Math.max(0, to - from), 0);
    for (let i = from; i < to; i++) {
      const { bytes, start, end } = args.at(i);
      vm.pushBytes(thread, bytes, start, end);
      vm.api.lua_rawseti(thread, -2, i - from + 1);
    }
  }

  /** Errors are tables with a text, or anything else: then that is the text. */
  private describeFailure(failed: LuaPointer): ScriptFailure {
    const { vm } = this;
    const { thread } = vm;
    const place = this.placeOf(failed);
    // The failed thread's stack may be full.
    vm.api.lua_xmove(failed, thread, 1);
    const isTable = vm.typeAt(vm.last(thread)) === T_TABLE;
    const line = isTable ? vm.textField(thread, 'err') : `ERR ${this.textOf(thread)}`;
    let isCounted = false;
    if (isTable) {
      vm.pushText(thread, 'ignore_error_stats_update');
      vm.api.lua_rawget(thread, -2);
      isCounted = vm.api.lua_toboolean(thread, -1) !== 0;
    }
    vm.api.lua_settop(thread, 0);
    return { line: line ?? `ERR ${NO_TEXT}`, place, isCounted };
  }

  /** Where the error was raised: in the function that did, or, if that is none of Lua's, in its caller. */
  private placeOf(thread: LuaPointer): string | null {
    const raised = this.vm.position(thread, 0);
    const position = raised?.isC === true ? this.vm.position(thread, 1) : raised;
    return position === null ? null : `${position.source}:${position.line}`;
  }

  /** What `tostring` makes of the last value. */
  private textOf(thread: LuaPointer): string {
    const { vm } = this;
    const value = vm.last(thread);
    switch (vm.typeAt(value)) {
      case T_STRING:
      case T_NUMBER:
        return vm.textArgument(thread, -1) ?? '';
      case T_NIL:
        return 'nil';
      case T_BOOLEAN:
        return vm.u32[value >> 2] !== 0 ? 'true' : 'false';
      default:
        return NO_TEXT;
    }
  }
}

/** True for what the interpreter itself throws when it can't go on. */
export function isInterpreterFailure(error: unknown): boolean {
  return error instanceof LuaPanic || error instanceof RangeError || error instanceof WebAssembly.RuntimeError;
}
