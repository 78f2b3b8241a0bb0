/**
 * `pcall` and `xpcall`, whose functions can be suspended: each runs in a frame of its own. See coroutines.ts.
 */
import { type Coroutines, type Frame, type FrameKind, RAISE } from './coroutines.ts';
import { type LuaPointer, STATUS_MEMORY, STATUS_OK, T_BOOLEAN, T_TABLE, THREAD_C_CALLS } from './layout.ts';
import type { LuaVm } from './lua-vm.ts';
import type { HostFunction } from './trampolines.ts';

/** C calls beyond which Lua raises an error, and those at which it gives up an error's handler that fails itself. */
const MAX_C_CALLS = 200;
const C_CALLS_FOR_HANDLERS = 225;

export class ProtectedCalls {
  /** Global functions. */
  readonly functions: Readonly<Record<string, HostFunction>>;

  private readonly vm: LuaVm;
  private readonly coroutines: Coroutines;
  /** What keeps a function that calls its first argument with the others. */
  private readonly shim: number;
  /** All functions of ours that run frames. */
  private readonly frameRunners: ReadonlySet<HostFunction>;

  private readonly pcallKind: FrameKind = {
    isCoroutine: false,
    finish: (outer, frame, status) => this.finishPcall(outer, frame, status),
  };
  private readonly xpcallKind: FrameKind = {
    isCoroutine: false,
    finish: (outer, frame, status) => this.finishXpcall(outer, frame, status),
  };
  /** The frame of `xpcall`'s handler. */
  private readonly handlerKind: FrameKind = {
    isCoroutine: false,
    finish: (outer, frame, status) => this.finishHandler(outer, frame, status),
  };

  /** @param frameRunners functions of ours, besides these, that run frames */
  constructor(vm: LuaVm, coroutines: Coroutines, frameRunners: readonly HostFunction[]) {
    this.vm = vm;
    this.coroutines = coroutines;
    this.functions = {
      pcall: (thread) => this.pcall(thread),
      xpcall: (thread) => this.xpcall(thread),
    };
    this.frameRunners = new Set([...Object.values(this.functions), ...frameRunners]);
    vm.load(vm.thread, Buffer.from('local f = ... return f(select(2, ...))'), '=[C]');
    vm.forgetLines(vm.thread);
    this.shim = vm.keep(vm.thread);
  }

  private pcall(outer: LuaPointer): number {
    const { api } = this.vm;
    api.luaL_checkany(outer, 1);
    const count = this.vm.argumentCount(outer);
    const { thread, reference } = this.coroutines.takeThread(outer);
    if (api.lua_checkstack(thread, count + 1) === 0) this.vm.fail(outer, 'stack overflow');
    const shim = this.pushShim(thread, this.vm.argument(outer, 0));
    api.lua_xmove(outer, thread, count);
    return this.coroutines.runFrame(outer, thread, count - 1 + shim, this.pcallKind, reference, 0);
  }

  private xpcall(outer: LuaPointer): number {
    const { api } = this.vm;
    api.luaL_checkany(outer, 2);
    api.lua_settop(outer, 2);
    const handler = this.vm.keep(outer);
    const { thread, reference } = this.coroutines.takeThread(outer);
    const shim = this.pushShim(thread, this.vm.argument(outer, 0));
    api.lua_xmove(outer, thread, 1);
    return this.coroutines.runFrame(outer, thread, shim, this.xpcallKind, reference, handler);
  }

  /**
   * Lua can't resume a coroutine whose first function is one of C: where that is one that runs frames, a function of
   * Lua's goes before it, which calls it. Answers how many were pushed.
   */
  private pushShim(thread: LuaPointer, callee: number): 0 | 1 {
    const host = this.vm.hostAt(callee);
    if (host === null || !this.frameRunners.has(host)) return 0;
    this.vm.pushKept(thread, this.shim);
    return 1;
  }

  /** Of an error that is a table with a text, as those of commands are, `pcall` answers the text, as in Redis. */
  private finishPcall(outer: LuaPointer, frame: Frame, status: number): number {
    const { vm } = this;
    const { api } = vm;
    const results = this.finishCall(outer, frame, status);
    if (status === STATUS_OK || vm.typeAt(vm.last(outer)) !== T_TABLE) return results;
    vm.pushText(outer, 'err');
    api.lua_rawget(outer, -2);
    // Where there is no text, what was found in its place is one more result.
    if (api.lua_isstring(outer, -1) === 0) return results + 1;
    api.lua_replace(outer, -2);
    return results;
  }

  private finishXpcall(outer: LuaPointer, frame: Frame, status: number): number {
    if (status !== STATUS_OK && status !== STATUS_MEMORY) return this.handle(outer, frame, 1);
    this.vm.release(frame.handler);
    return this.finishCall(outer, frame, status);
  }

  private finishCall(outer: LuaPointer, frame: Frame, status: number): number {
    const { vm } = this;
    if (status === STATUS_OK) return this.moveResults(outer, frame);
    vm.api.lua_checkstack(outer, 3);
    vm.pushWord(outer, T_BOOLEAN, 0);
    vm.api.lua_xmove(frame.thread, outer, 1);
    vm.release(frame.reference);
    return 2;
  }

  private moveResults(outer: LuaPointer, { thread: inner, reference }: Frame): number {
    const { vm } = this;
    const count = vm.api.lua_gettop(inner);
    if (vm.api.lua_checkstack(outer, count + 1) === 0) {
      vm.release(reference);
      vm.pushText(outer, 'stack overflow');
      return RAISE;
    }
    vm.pushWord(outer, T_BOOLEAN, 1);
    vm.api.lua_xmove(inner, outer, count);
    this.coroutines.giveThread(inner, reference);
    return count + 1;
  }

  // The handler of `xpcall`

  /** Calls it with the error of `failed`. */
  private handle(outer: LuaPointer, failed: Frame, attempts: number): number {
    const { coroutines, vm } = this;
    const { handler, reference, thread } = failed;
    // In Lua each of these calls is within the one before.
    if (attempts === MAX_C_CALLS - this.callsAround(outer)) this.replaceByOverflow(thread);
    const inner = coroutines.takeThread(outer);
    vm.pushKept(inner.thread, handler);
    vm.api.lua_xmove(thread, inner.thread, 1);
    vm.release(reference);
    return coroutines.enterFrame(outer, inner.thread, 1, this.handlerKind, inner.reference, handler, attempts);
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

  private finishHandler(outer: LuaPointer, frame: Frame, status: number): number {
    const { vm } = this;
    const { attempts, handler, reference, thread: inner } = frame;
    const hasFailed = status !== STATUS_OK && status !== STATUS_MEMORY;
    if (hasFailed && attempts < C_CALLS_FOR_HANDLERS - 2 - this.callsAround(outer)) {
      return this.handle(outer, frame, attempts + 1);
    }
    vm.release(handler);
    vm.api.lua_checkstack(outer, 2);
    vm.pushWord(outer, T_BOOLEAN, 0);
    if (status === STATUS_OK) {
      vm.api.lua_settop(inner, 1);
      vm.api.lua_xmove(inner, outer, 1);
      this.coroutines.giveThread(inner, reference);
    } else if (status === STATUS_MEMORY) {
      vm.api.lua_xmove(inner, outer, 1);
      vm.release(reference);
    } else {
      vm.pushText(outer, 'error in error handling');
      vm.release(reference);
    }
    return 2;
  }
}
