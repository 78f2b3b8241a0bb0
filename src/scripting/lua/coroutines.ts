/**
 * Runs scripts so that they can be interrupted: each in a coroutine, which a hook suspends when the script has taken too
 * long; then the server's other work has a turn, and the script goes on.
 *
 * Lua 5.1 can't yield across a C function that has called back into Lua. So `pcall` and its like, and all of the library
 * `coroutine`, are made anew here, as functions that know how to leave and come back: what they run is a coroutine of its
 * own, a **frame**. To suspend a script, each function on the way out yields in its turn ({@link suspended}). To go on,
 * the innermost frame is resumed first, and what it answers is handed to the next one as if the function there had
 * returned. Inside comparators, `gsub`'s callbacks and metamethods nobody can yield: there the hook can have the script
 * run on, or stop it for good ({@link ScriptStopped}).
 *
 * Invariant: between calls from Lua, `depth` is the innermost frame that has not ended, -1 when nothing runs.
 */
import {
  GLOBALS_INDEX,
  HOOK_COUNT,
  HOOK_MASK_COUNT,
  HOOK_MASK_LINE,
  type LuaPointer,
  STATUS_MEMORY,
  STATUS_OK,
  STATUS_RUN_ERROR,
  STATUS_YIELD,
  T_BOOLEAN,
  T_NIL,
  T_STRING,
  T_TABLE,
  T_THREAD,
  THREAD_BASE_C_CALLS,
  THREAD_C_CALLS,
  UPVALUE_INDEX,
} from './layout.ts';
import type { LuaVm, SourcePosition } from './lua-vm.ts';
import type { HostFunction } from './trampolines.ts';

/** How a run ended, or that it has not. */
export type RunOutcome = 'done' | 'failed' | 'suspended';

/** What the hook says. It may raise an error instead. */
export type HookVerdict = 'go-on' | 'suspend' | 'stop';

/** Asked by the hook; `maySuspend` where that is possible. */
export type OnHook = (thread: LuaPointer, maySuspend: boolean) => HookVerdict;

/**
 * The hook has said `stop`: passes through everything of Lua, which has no way to catch it. The run must be forgotten
 * then ({@link Coroutines.abandon}).
 */
export class ScriptStopped extends Error {
  readonly code = 'SCRIPT_STOPPED';
}

/** Instructions between two calls of the hook: as in Redis. */
const HOOK_INSTRUCTIONS = 100_000;

/** Where C calls are counted from, so that Lua gives up where it would in Redis, which calls scripts from C. */
const FIRST_C_CALLS = 1;

/** C calls beyond which Lua raises an error, and those at which it gives up an error's handler that fails itself. */
const MAX_C_CALLS = 200;
const C_CALLS_FOR_HANDLERS = 225;

/** Finished threads kept for the next `pcall`. */
const KEPT_THREADS = 16;

const BOUNDARY = 'attempt to yield across metamethod/C-call boundary';

type FrameKind = 'script' | 'pcall' | 'xpcall' | 'handler' | 'resume' | 'wrap';

interface Frame {
  thread: LuaPointer;
  kind: FrameKind;
  /** What keeps the thread from being collected; 0 for threads that the script keeps itself. */
  reference: number;
  /** What keeps `xpcall`'s handler. */
  handler: number;
  /** How often it was called: where it fails itself, it is called with that error. */
  attempts: number;
  /** Everything around this frame can be suspended. */
  mayYield: boolean;
}

// What finishing a frame answers other than a number of results.
/** The function that ran the frame must raise the error that is on its stack. */
const RAISE = -1;
/** Another frame has been entered and suspended. */
const SUSPENDED = -2;

export class Coroutines {
  private readonly vm: LuaVm;
  private readonly frames: Frame[] = [];
  private readonly spare: { thread: LuaPointer; reference: number }[] = [];
  private depth = -1;
  /** The hook has asked for it, and everything is on its way out. */
  private isSuspending = false;
  /** Where the script was when it was suspended or stopped last. */
  interruptedAt: SourcePosition | null = null;
  private script: { thread: LuaPointer; reference: number };
  /** What keeps a function that calls its first argument with the others. */
  private readonly shim: number;
  private readonly onHook: OnHook;
  private readonly hook: number;
  /** The debugger, while a script is debugged. */
  private onDebug: ((thread: LuaPointer, isCount: boolean) => void) | null = null;
  /** Where the module's own stack is while nothing of it runs. */
  private readonly machineStack: number;
  /** Pushes the table that scripts see as the global one. */
  private pushGlobals: (thread: LuaPointer) => void;

  constructor(vm: LuaVm, onHook: OnHook) {
    this.vm = vm;
    this.onHook = onHook;
    this.machineStack = vm.api.stackSave();
    this.pushGlobals = (thread) => vm.api.lua_pushvalue(thread, GLOBALS_INDEX);
    this.hook = vm.addFunctions([], (thread, event) => this.hooked(thread, event));
    // Threads inherit it.
    vm.api.lua_sethook(vm.thread, this.hook, HOOK_MASK_COUNT, HOOK_INSTRUCTIONS);
    this.script = this.newScript();
    vm.load(vm.thread, Buffer.from('local f = ... return f(select(2, ...))'), '=[C]');
    vm.forgetLines(vm.thread);
    this.shim = vm.keep(vm.thread);
  }

  /** Says which global table scripts see from now on. */
  useGlobals(pushGlobals: (thread: LuaPointer) => void): void {
    this.pushGlobals = pushGlobals;
    this.renew();
  }

  /**
   * Has a debugger be told of each line that is about to be executed, and of each {@link HOOK_INSTRUCTIONS} (`isCount`),
   * in place of what is asked else; null ends that. No script may run.
   */
  debug(onDebug: ((thread: LuaPointer, isCount: boolean) => void) | null): void {
    const { vm } = this;
    this.onDebug = onDebug;
    const mask = onDebug === null ? HOOK_MASK_COUNT : HOOK_MASK_COUNT | HOOK_MASK_LINE;
    vm.api.lua_sethook(vm.thread, this.hook, mask, HOOK_INSTRUCTIONS);
    for (const { reference } of this.spare.splice(0)) vm.release(reference);
    this.renew();
  }

  /** A thread that runs, and those whose functions have called it, but for those of other coroutines. */
  callersOf(thread: LuaPointer): readonly LuaPointer[] {
    const callers: LuaPointer[] = [];
    for (let i = this.depth; i >= 0; i--) {
      const frame = this.frames[i];
      if (callers.length === 0 && frame.thread !== thread) continue;
      callers.push(frame.thread);
      if (frame.kind === 'resume' || frame.kind === 'wrap') break;
    }
    return callers;
  }

  /** The thread that scripts begin in. Functions to run are pushed there. */
  get thread(): LuaPointer {
    return this.script.thread;
  }

  /** Runs the function that was pushed with its arguments. Results, or the error, are on the stack of {@link thread}. */
  run(argumentCount: number): RunOutcome {
    const { thread } = this.script;
    this.vm.u16[(thread + THREAD_C_CALLS) >> 1] = FIRST_C_CALLS;
    this.enter(thread, 'script', 0, 0, true);
    return this.outcome(this.vm.api.lua_resume(thread, argumentCount));
  }

  /** Goes on with a suspended run. */
  continue(): RunOutcome {
    this.isSuspending = false;
    let results = 0;
    for (;;) {
      const inner = this.frames[this.depth];
      this.vm.u16[(inner.thread + THREAD_C_CALLS) >> 1] = FIRST_C_CALLS;
      let status = this.vm.api.lua_resume(inner.thread, results);
      for (;;) {
        if (this.isSuspending) return 'suspended';
        if (this.depth === 0) return this.outcome(status);
        const outer = this.frames[this.depth - 1].thread;
        results = this.finish(outer, status);
        if (results === SUSPENDED) return 'suspended';
        if (results !== RAISE) break;
        // The frame fails as a whole: had it a `pcall`, that would be a frame of its own.
        status = STATUS_RUN_ERROR;
      }
    }
  }

  /** Forgets the run, wherever it is, and begins with a new thread. */
  renew(): void {
    for (const frame of this.frames.splice(0)) {
      if (frame.kind !== 'script' && frame.reference !== 0) this.vm.release(frame.reference);
      if (frame.handler !== 0) this.vm.release(frame.handler);
    }
    this.depth = -1;
    this.isSuspending = false;
    this.vm.release(this.script.reference);
    this.script = this.newScript();
  }

  /** Forgets a run that was stopped. */
  abandon(): void {
    this.vm.api.stackRestore(this.machineStack);
    this.renew();
  }

  /** Global functions. */
  readonly protectedCalls: Readonly<Record<string, HostFunction>> = {
    pcall: (thread) => this.pcall(thread),
    xpcall: (thread) => this.xpcall(thread),
  };

  /** The library `coroutine`, but for `create`, which is Lua's own, and `wrap`, which needs {@link wrapped}. */
  readonly library: Readonly<Record<string, HostFunction>> = {
    resume: (thread) => this.resume(thread),
    running: (thread) => this.running(thread),
    status: (thread) => this.status(thread),
    yield: (thread) => this.yield(thread),
  };

  /** What `wrap` answers, with the coroutine as its upvalue. */
  readonly wrapped: HostFunction = (thread) => {
    const { api } = this.vm;
    const inner = api.lua_tothread(thread, UPVALUE_INDEX);
    const refusal = this.refusal(inner);
    if (refusal !== null) return this.vm.fail(thread, refusal);
    return this.runFrame(thread, inner, this.vm.argumentCount(thread), 'wrap', 0, 0);
  };

  private newScript(): { thread: LuaPointer; reference: number } {
    const { api, thread: base } = this.vm;
    const thread = api.lua_newthread(base);
    const reference = this.vm.keep(base);
    this.pushGlobals(thread);
    api.lua_replace(thread, GLOBALS_INDEX);
    return { thread, reference };
  }

  private outcome(status: number): RunOutcome {
    if (status === STATUS_YIELD) return 'suspended';
    this.leave();
    return status === STATUS_OK ? 'done' : 'failed';
  }

  private hooked(thread: LuaPointer, event: number): void {
    if (this.depth < 0) return;
    if (this.onDebug !== null) {
      this.onDebug(thread, this.vm.u32[event >> 2] === HOOK_COUNT);
      return;
    }
    const verdict = this.onHook(thread, this.frames[this.depth].mayYield && this.isAtResume(thread));
    if (verdict === 'go-on') return;
    // Once it has yielded, Lua takes it to be one instruction further back.
    this.interruptedAt = this.vm.position(thread, 0);
    if (verdict === 'stop') throw new ScriptStopped();
    this.isSuspending = true;
    this.vm.api.lua_yield(thread, 0);
  }

  /** True where no C function that has called Lua is in the way. */
  private isAtResume(thread: LuaPointer): boolean {
    const { u16 } = this.vm;
    return u16[(thread + THREAD_C_CALLS) >> 1] <= u16[(thread + THREAD_BASE_C_CALLS) >> 1];
  }

  private enter(thread: LuaPointer, kind: FrameKind, reference: number, handler: number, mayYield: boolean): void {
    const depth = ++this.depth;
    const frame = this.frames[depth];
    if (frame === undefined) {
      this.frames.push({ thread, kind, reference, handler, attempts: 0, mayYield });
      return;
    }
    frame.thread = thread;
    frame.kind = kind;
    frame.reference = reference;
    frame.handler = handler;
    frame.mayYield = mayYield;
  }

  private leave(): void {
    const frame = this.frames[this.depth--];
    frame.reference = 0;
    frame.handler = 0;
  }

  /** Runs `inner`, on whose stack are a function and its arguments, for a function of `outer`. */
  private runFrame(
    outer: LuaPointer,
    inner: LuaPointer,
    argumentCount: number,
    kind: FrameKind,
    reference: number,
    handler: number,
  ): number {
    const { api } = this.vm;
    if (kind === 'resume' || kind === 'wrap') {
      if (api.lua_checkstack(inner, argumentCount) === 0) this.vm.fail(outer, 'too many arguments to resume');
      api.lua_xmove(outer, inner, argumentCount);
    }
    const status = this.enterAndResume(outer, inner, argumentCount, kind, reference, handler);
    if (this.isSuspending) return api.lua_yield(outer, 0);
    const results = this.finish(outer, status);
    if (results === SUSPENDED) return api.lua_yield(outer, 0);
    return results === RAISE ? api.lua_error(outer) : results;
  }

  private enterAndResume(
    outer: LuaPointer,
    inner: LuaPointer,
    argumentCount: number,
    kind: FrameKind,
    reference: number,
    handler: number,
    attempts = 0,
  ): number {
    const { u16 } = this.vm;
    // C calls count through all frames, so that their number stays below what the machine's stack can bear.
    u16[(inner + THREAD_C_CALLS) >> 1] = u16[(outer + THREAD_C_CALLS) >> 1];
    const mayYield = this.depth >= 0 && this.frames[this.depth].mayYield && this.isAtResume(outer);
    this.enter(inner, kind, reference, handler, mayYield);
    this.frames[this.depth].attempts = attempts;
    return this.vm.api.lua_resume(inner, argumentCount);
  }

  /**
   * The innermost frame has ended: moves what it left to the stack of `outer`. Answers the number of results of the
   * function there.
   */
  private finish(outer: LuaPointer, status: number): number {
    const frame = this.frames[this.depth];
    const { attempts, kind, thread: inner, reference, handler } = frame;
    this.leave();
    switch (kind) {
      case 'pcall':
        return this.finishPcall(outer, inner, reference, status);
      case 'xpcall':
        if (status !== STATUS_OK && status !== STATUS_MEMORY) return this.handle(outer, inner, reference, handler, 1);
        this.vm.release(handler);
        return this.finishProtected(outer, inner, reference, status);
      case 'handler':
        return this.finishHandler(outer, inner, reference, handler, attempts, status);
      default:
        return this.finishResume(outer, inner, kind === 'wrap', status);
    }
  }

  private finishProtected(outer: LuaPointer, inner: LuaPointer, reference: number, status: number): number {
    const { vm } = this;
    if (status === STATUS_OK) return this.moveResults(outer, inner, reference);
    vm.api.lua_checkstack(outer, 3);
    vm.pushWord(outer, T_BOOLEAN, 0);
    vm.api.lua_xmove(inner, outer, 1);
    vm.release(reference);
    return 2;
  }

  /** Of an error that is a table with a text, as those of commands are, `pcall` answers the text, as in Redis. */
  private finishPcall(outer: LuaPointer, inner: LuaPointer, reference: number, status: number): number {
    const { vm } = this;
    const { api } = vm;
    const results = this.finishProtected(outer, inner, reference, status);
    if (status === STATUS_OK || vm.typeAt(vm.last(outer)) !== T_TABLE) return results;
    vm.pushText(outer, 'err');
    api.lua_rawget(outer, -2);
    // Where there is no text, what was found in its place is one more result.
    if (api.lua_isstring(outer, -1) === 0) return results + 1;
    api.lua_replace(outer, -2);
    return results;
  }

  private moveResults(outer: LuaPointer, inner: LuaPointer, reference: number): number {
    const { vm } = this;
    const count = vm.api.lua_gettop(inner);
    if (vm.api.lua_checkstack(outer, count + 1) === 0) {
      vm.release(reference);
      vm.pushText(outer, 'stack overflow');
      return RAISE;
    }
    vm.pushWord(outer, T_BOOLEAN, 1);
    vm.api.lua_xmove(inner, outer, count);
    this.giveThread(inner, reference);
    return count + 1;
  }

  /** Calls `xpcall`'s handler. */
  private handle(outer: LuaPointer, failed: LuaPointer, reference: number, handler: number, attempts: number): number {
    const { vm } = this;
    // In Lua each of these calls is within the one before.
    if (attempts === MAX_C_CALLS - this.callsAround(outer)) this.replaceByOverflow(failed);
    const inner = this.takeThread(outer);
    vm.pushKept(inner.thread, handler);
    vm.api.lua_xmove(failed, inner.thread, 1);
    vm.release(reference);
    const status = this.enterAndResume(outer, inner.thread, 1, 'handler', inner.reference, handler, attempts);
    if (this.isSuspending) return SUSPENDED;
    return this.finish(outer, status);
  }

  /** C calls that the function of an `xpcall` in `outer` is within. */
  private callsAround(outer: LuaPointer): number {
    return this.vm.u16[(outer + THREAD_C_CALLS) >> 1];
  }

  private replaceByOverflow(failed: LuaPointer): void {
    const { vm } = this;
    const position = vm.position(failed, 0);
    const place = position === null || position.isC ? '' : `${position.source.slice(1)}:${position.line}: `;
    vm.drop(failed, 1);
    vm.pushText(failed, `${place}C stack overflow`);
  }

  private finishHandler(
    outer: LuaPointer,
    inner: LuaPointer,
    reference: number,
    handler: number,
    attempts: number,
    status: number,
  ): number {
    const { vm } = this;
    const hasFailed = status !== STATUS_OK && status !== STATUS_MEMORY;
    if (hasFailed && attempts < C_CALLS_FOR_HANDLERS - 2 - this.callsAround(outer)) {
      return this.handle(outer, inner, reference, handler, attempts + 1);
    }
    vm.release(handler);
    vm.api.lua_checkstack(outer, 2);
    vm.pushWord(outer, T_BOOLEAN, 0);
    if (status === STATUS_OK) {
      vm.api.lua_settop(inner, 1);
      vm.api.lua_xmove(inner, outer, 1);
      this.giveThread(inner, reference);
    } else if (status === STATUS_MEMORY) {
      vm.api.lua_xmove(inner, outer, 1);
      vm.release(reference);
    } else {
      vm.pushText(outer, 'error in error handling');
      vm.release(reference);
    }
    return 2;
  }

  private finishResume(outer: LuaPointer, inner: LuaPointer, isWrap: boolean, status: number): number {
    const { vm } = this;
    const { api } = vm;
    if (status === STATUS_OK || status === STATUS_YIELD) {
      const count = api.lua_gettop(inner);
      if (api.lua_checkstack(outer, count + 1) === 0) {
        vm.pushText(outer, 'too many results to resume');
        return RAISE;
      }
      if (!isWrap) vm.pushWord(outer, T_BOOLEAN, 1);
      api.lua_xmove(inner, outer, count);
      return isWrap ? count : count + 1;
    }
    api.lua_checkstack(outer, 3);
    if (!isWrap) {
      vm.pushWord(outer, T_BOOLEAN, 0);
      api.lua_xmove(inner, outer, 1);
      return 2;
    }
    api.luaL_where(outer, 1);
    api.lua_xmove(inner, outer, 1);
    if (vm.typeAt(vm.last(outer)) === T_STRING) api.lua_concat(outer, 2);
    return RAISE;
  }

  private takeThread(outer: LuaPointer): { thread: LuaPointer; reference: number } {
    const spare = this.spare.pop();
    if (spare !== undefined) return spare;
    const thread = this.vm.api.lua_newthread(outer);
    return { thread, reference: this.vm.keep(outer) };
  }

  private giveThread(thread: LuaPointer, reference: number): void {
    this.vm.api.lua_settop(thread, 0);
    if (this.spare.length < KEPT_THREADS) this.spare.push({ thread, reference });
    else this.vm.release(reference);
  }

  // The functions that scripts call

  private pcall(outer: LuaPointer): number {
    const { api } = this.vm;
    api.luaL_checkany(outer, 1);
    const count = this.vm.argumentCount(outer);
    const { thread, reference } = this.takeThread(outer);
    if (api.lua_checkstack(thread, count + 1) === 0) this.vm.fail(outer, 'stack overflow');
    const shim = this.pushShim(thread, this.vm.argument(outer, 0));
    api.lua_xmove(outer, thread, count);
    return this.runFrame(outer, thread, count - 1 + shim, 'pcall', reference, 0);
  }

  private xpcall(outer: LuaPointer): number {
    const { api } = this.vm;
    api.luaL_checkany(outer, 2);
    api.lua_settop(outer, 2);
    const handler = this.vm.keep(outer);
    const { thread, reference } = this.takeThread(outer);
    const shim = this.pushShim(thread, this.vm.argument(outer, 0));
    api.lua_xmove(outer, thread, 1);
    return this.runFrame(outer, thread, shim, 'xpcall', reference, handler);
  }

  /**
   * Lua can't resume a coroutine whose first function is one of C: where that is one that runs frames, a function of
   * Lua's goes before it, which calls it. Answers how many were pushed.
   */
  private pushShim(thread: LuaPointer, callee: number): 0 | 1 {
    const host = this.vm.hostAt(callee);
    const runsFrames =
      host !== null &&
      (host === this.wrapped ||
        host === this.library['resume'] ||
        host === this.protectedCalls['pcall'] ||
        host === this.protectedCalls['xpcall']);
    if (!runsFrames) return 0;
    this.vm.pushKept(thread, this.shim);
    return 1;
  }

  private resume(outer: LuaPointer): number {
    const { vm } = this;
    const inner = this.coroutineArgument(outer);
    const refusal = this.refusal(inner);
    if (refusal === null) return this.runFrame(outer, inner, vm.argumentCount(outer) - 1, 'resume', 0, 0);
    vm.pushWord(outer, T_BOOLEAN, 0);
    vm.pushText(outer, refusal);
    return 2;
  }

  private running(thread: LuaPointer): number {
    const current = this.currentCoroutine();
    if (current === 0) this.vm.pushWord(thread, T_NIL, 0);
    else this.vm.pushWord(thread, T_THREAD, current);
    return 1;
  }

  private status(thread: LuaPointer): number {
    this.vm.pushText(thread, this.statusOf(this.coroutineArgument(thread)));
    return 1;
  }

  private yield(thread: LuaPointer): number {
    const { kind } = this.frames[this.depth];
    if (kind !== 'resume' && kind !== 'wrap') return this.vm.failPlainly(thread, BOUNDARY);
    return this.vm.api.lua_yield(thread, this.vm.argumentCount(thread));
  }

  private coroutineArgument(thread: LuaPointer): LuaPointer {
    const coroutine = this.vm.api.lua_tothread(thread, 1);
    if (coroutine === 0) return this.vm.failArgument(thread, 1, 'coroutine expected');
    return coroutine;
  }

  /** Why a coroutine can't be resumed; null if it can. */
  private refusal(coroutine: LuaPointer): string | null {
    const status = this.statusOf(coroutine);
    return status === 'suspended' ? null : `cannot resume ${status} coroutine`;
  }

  private statusOf(coroutine: LuaPointer): 'running' | 'normal' | 'suspended' | 'dead' {
    if (coroutine === this.currentCoroutine()) return 'running';
    // A frame that was suspended on the way out looks as if it had yielded.
    for (let i = 0; i <= this.depth; i++) if (this.frames[i].thread === coroutine) return 'normal';
    const { api } = this.vm;
    const status = api.lua_status(coroutine);
    if (status === STATUS_YIELD) return 'suspended';
    return status === STATUS_OK && api.lua_gettop(coroutine) > 0 ? 'suspended' : 'dead';
  }

  /** The script's coroutine that runs, 0 when none does. */
  private currentCoroutine(): LuaPointer {
    for (let i = this.depth; i >= 0; i--) {
      const { kind, thread } = this.frames[i];
      if (kind === 'resume' || kind === 'wrap') return thread;
    }
    return 0;
  }
}
