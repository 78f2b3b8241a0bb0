/**
 * Runs scripts so that they can be interrupted: each in a coroutine, which a hook suspends when the script has taken too
 * long; then the server's other work has a turn, and the script goes on.
 *
 * Lua 5.1 can't yield across a C function that has called back into Lua. So `pcall` and its like (protected-calls.ts) and
 * the library `coroutine` (coroutine-library.ts) are made anew, of functions that know how to leave and come back: what
 * they run is a coroutine of its own, a **frame**. To suspend a script, each function on the way out yields in its turn
 * ({@link Coroutines.runFrame}). To go on, the innermost frame is resumed first, and what it answers is handed to the next
 * one as if the function there had returned. Inside comparators, `gsub`'s callbacks and metamethods nobody can yield:
 * there the hook can have the script run on, or stop it for good ({@link ScriptStopped}).
 *
 * Invariant: between calls from Lua, `depth` is the innermost frame that has not ended, -1 when nothing runs.
 */
import {
  GLOBALS_INDEX,
  HOOK_COUNT,
  HOOK_MASK_COUNT,
  HOOK_MASK_LINE,
  type LuaPointer,
  STATUS_OK,
  STATUS_RUN_ERROR,
  STATUS_YIELD,
  THREAD_BASE_C_CALLS,
  THREAD_C_CALLS,
} from './layout.ts';
import type { LuaVm, SourcePosition } from './lua-vm.ts';

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

/** Finished threads kept for the next `pcall`. */
const KEPT_THREADS = 16;

// What finishing a frame answers other than a number of results.
/** The function that ran the frame must raise the error that is on its stack. */
export const RAISE = -1;
/** Another frame has been entered and suspended. */
const SUSPENDED = -2;

/** What a frame was entered for. */
export interface FrameKind {
  /** The script knows the frame's thread as a coroutine. */
  readonly isCoroutine: boolean;
  /**
   * The frame has ended: moves what its thread has left to the stack of `outer`. Answers the number of results of the
   * function there, {@link RAISE}, or what {@link Coroutines.enterFrame} does. Where it enters another frame, `frame`
   * becomes that one.
   */
  finish(outer: LuaPointer, frame: Frame, status: number): number;
}

export interface Frame {
  readonly thread: LuaPointer;
  readonly kind: FrameKind;
  /** What keeps the thread from being collected; 0 for threads that the script keeps itself. */
  readonly reference: number;
  /** What keeps `xpcall`'s handler. */
  readonly handler: number;
  /** How often that was called: where it fails itself, it is called with that error. */
  readonly attempts: number;
  /** Everything around this frame can be suspended. */
  readonly mayYield: boolean;
}

/** A thread, and what keeps it from being collected. */
interface FrameThread {
  readonly thread: LuaPointer;
  readonly reference: number;
}

/** Frames are used again: one for each depth. */
type UsedFrame = { -readonly [K in keyof Frame]: Frame[K] };

/** The outermost frame. */
const SCRIPT: FrameKind = {
  isCoroutine: false,
  finish() {
    throw new Error('a script was taken for a part of another one');
  },
};

export class Coroutines {
  private readonly vm: LuaVm;
  private readonly frames: UsedFrame[] = [];
  private readonly spare: FrameThread[] = [];
  private depth = -1;
  /** The hook has asked for it, and everything is on its way out. */
  private isSuspending = false;
  /** Where the script was when it was suspended or stopped last. */
  interruptedAt: SourcePosition | null = null;
  private script: FrameThread;
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
      if (frame.kind.isCoroutine) break;
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
    this.enter(thread, SCRIPT, 0, 0, 0, true);
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
    for (; this.depth >= 0; this.depth--) {
      const { handler, reference } = this.frames[this.depth];
      if (reference !== 0) this.vm.release(reference);
      if (handler !== 0) this.vm.release(handler);
    }
    this.isSuspending = false;
    this.vm.release(this.script.reference);
    this.script = this.newScript();
  }

  /** Forgets a run that was stopped. */
  abandon(): void {
    this.vm.api.stackRestore(this.machineStack);
    this.renew();
  }

  // For functions that run frames

  /** Runs a frame, as {@link enterFrame} does, for a function of `outer`: what that is to answer. */
  runFrame(
    outer: LuaPointer,
    inner: LuaPointer,
    argumentCount: number,
    kind: FrameKind,
    reference: number,
    handler: number,
  ): number {
    const results = this.enterFrame(outer, inner, argumentCount, kind, reference, handler, 0);
    if (results === SUSPENDED) return this.vm.api.lua_yield(outer, 0);
    return results === RAISE ? this.vm.api.lua_error(outer) : results;
  }

  /**
   * Runs `inner`, on whose stack are a function and its arguments, until it has ended, or else until everything is on its
   * way out. Answers what {@link FrameKind.finish} does.
   */
  enterFrame(
    outer: LuaPointer,
    inner: LuaPointer,
    argumentCount: number,
    kind: FrameKind,
    reference: number,
    handler: number,
    attempts: number,
  ): number {
    const { u16 } = this.vm;
    // C calls count through all frames, so that their number stays below what the machine's stack can bear.
    u16[(inner + THREAD_C_CALLS) >> 1] = u16[(outer + THREAD_C_CALLS) >> 1];
    const mayYield = this.depth >= 0 && this.frames[this.depth].mayYield && this.isAtResume(outer);
    this.enter(inner, kind, reference, handler, attempts, mayYield);
    const status = this.vm.api.lua_resume(inner, argumentCount);
    return this.isSuspending ? SUSPENDED : this.finish(outer, status);
  }

  /** A thread for a frame, and what keeps it. */
  takeThread(outer: LuaPointer): FrameThread {
    const spare = this.spare.pop();
    if (spare !== undefined) return spare;
    const thread = this.vm.api.lua_newthread(outer);
    return { thread, reference: this.vm.keep(outer) };
  }

  /** Takes a thread back that can run something else. */
  giveThread(thread: LuaPointer, reference: number): void {
    this.vm.api.lua_settop(thread, 0);
    if (this.spare.length < KEPT_THREADS) this.spare.push({ thread, reference });
    else this.vm.release(reference);
  }

  /** The script's coroutine that runs, 0 when none does. */
  get current(): LuaPointer {
    for (let i = this.depth; i >= 0; i--) {
      const { kind, thread } = this.frames[i];
      if (kind.isCoroutine) return thread;
    }
    return 0;
  }

  /** True where nothing is between the running function and its coroutine. */
  get isDirectlyInCoroutine(): boolean {
    return this.frames[this.depth].kind.isCoroutine;
  }

  /** True for threads that run, and those which have called others that do. */
  isEntered(thread: LuaPointer): boolean {
    for (let i = 0; i <= this.depth; i++) if (this.frames[i].thread === thread) return true;
    return false;
  }

  private newScript(): FrameThread {
    const { api, thread: base } = this.vm;
    const thread = api.lua_newthread(base);
    const reference = this.vm.keep(base);
    this.pushGlobals(thread);
    api.lua_replace(thread, GLOBALS_INDEX);
    return { thread, reference };
  }

  private outcome(status: number): RunOutcome {
    if (status === STATUS_YIELD) return 'suspended';
    this.depth--;
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

  private enter(
    thread: LuaPointer,
    kind: FrameKind,
    reference: number,
    handler: number,
    attempts: number,
    mayYield: boolean,
  ): void {
    const depth = ++this.depth;
    const frame = this.frames[depth];
    if (frame === undefined) {
      this.frames.push({ thread, kind, reference, handler, attempts, mayYield });
      return;
    }
    frame.thread = thread;
    frame.kind = kind;
    frame.reference = reference;
    frame.handler = handler;
    frame.attempts = attempts;
    frame.mayYield = mayYield;
  }

  /** The innermost frame has ended. */
  private finish(outer: LuaPointer, status: number): number {
    const frame = this.frames[this.depth--];
    return frame.kind.finish(outer, frame, status);
  }
}
