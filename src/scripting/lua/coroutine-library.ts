/**
 * The library `coroutine`, whose coroutines can be suspended with the script: each runs in a frame. See coroutines.ts.
 *
 * `create` is Lua's own.
 */
import { type Coroutines, type FrameKind, RAISE } from './coroutines.ts';
import {
  type LuaPointer,
  STATUS_OK,
  STATUS_YIELD,
  T_BOOLEAN,
  T_NIL,
  T_STRING,
  T_THREAD,
  UPVALUE_INDEX,
} from './layout.ts';
import type { LuaVm } from './lua-vm.ts';
import type { HostFunction } from './trampolines.ts';

const BOUNDARY = 'attempt to yield across metamethod/C-call boundary';

export class CoroutineLibrary {
  readonly functions: Readonly<Record<string, HostFunction>>;
  /** Those functions that run frames. */
  readonly frameRunners: readonly HostFunction[];

  private readonly vm: LuaVm;
  private readonly coroutines: Coroutines;

  private readonly resumeKind: FrameKind = {
    isCoroutine: true,
    finish: (outer, { thread }, status) => this.finish(outer, thread, false, status),
  };
  private readonly wrapKind: FrameKind = {
    isCoroutine: true,
    finish: (outer, { thread }, status) => this.finish(outer, thread, true, status),
  };

  /** @param create Lua's function of this name */
  constructor(vm: LuaVm, coroutines: Coroutines, create: HostFunction) {
    this.vm = vm;
    this.coroutines = coroutines;
    const resume: HostFunction = (thread) => this.resume(thread);
    const wrapped: HostFunction = (thread) => this.resumeWrapped(thread);
    this.functions = {
      resume,
      running: (thread) => this.running(thread),
      status: (thread) => this.status(thread),
      wrap: this.wrap(create, vm.addFunctions([wrapped])),
      yield: (thread) => this.yield(thread),
    };
    this.frameRunners = [resume, wrapped];
  }

  /** A function that answers one that resumes a new coroutine, which is its upvalue. */
  private wrap(create: HostFunction, wrapped: number): HostFunction {
    return (thread) => {
      create(thread);
      this.vm.api.lua_pushcclosure(thread, wrapped, 1);
      return 1;
    };
  }

  private resumeWrapped(outer: LuaPointer): number {
    const { vm } = this;
    const inner = vm.api.lua_tothread(outer, UPVALUE_INDEX);
    const refusal = this.refusal(inner);
    if (refusal !== null) return vm.fail(outer, refusal);
    return this.run(outer, inner, vm.argumentCount(outer), this.wrapKind);
  }

  private resume(outer: LuaPointer): number {
    const { vm } = this;
    const inner = this.argument(outer);
    const refusal = this.refusal(inner);
    if (refusal === null) return this.run(outer, inner, vm.argumentCount(outer) - 1, this.resumeKind);
    vm.pushWord(outer, T_BOOLEAN, 0);
    vm.pushText(outer, refusal);
    return 2;
  }

  /** Resumes a coroutine with the last arguments of the function that runs. */
  private run(outer: LuaPointer, inner: LuaPointer, argumentCount: number, kind: FrameKind): number {
    const { api } = this.vm;
    if (api.lua_checkstack(inner, argumentCount) === 0) this.vm.fail(outer, 'too many arguments to resume');
    api.lua_xmove(outer, inner, argumentCount);
    return this.coroutines.runFrame(outer, inner, argumentCount, kind, 0, 0);
  }

  /** The coroutine has ended or yielded. */
  private finish(outer: LuaPointer, inner: LuaPointer, isWrap: boolean, status: number): number {
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

  private running(thread: LuaPointer): number {
    const { current } = this.coroutines;
    if (current === 0) this.vm.pushWord(thread, T_NIL, 0);
    else this.vm.pushWord(thread, T_THREAD, current);
    return 1;
  }

  private status(thread: LuaPointer): number {
    this.vm.pushText(thread, this.statusOf(this.argument(thread)));
    return 1;
  }

  private yield(thread: LuaPointer): number {
    if (!this.coroutines.isDirectlyInCoroutine) return this.vm.failPlainly(thread, BOUNDARY);
    return this.vm.api.lua_yield(thread, this.vm.argumentCount(thread));
  }

  private argument(thread: LuaPointer): LuaPointer {
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
    if (coroutine === this.coroutines.current) return 'running';
    // A frame that was suspended on the way out looks as if it had yielded.
    if (this.coroutines.isEntered(coroutine)) return 'normal';
    const { api } = this.vm;
    const status = api.lua_status(coroutine);
    if (status === STATUS_YIELD) return 'suspended';
    return status === STATUS_OK && api.lua_gettop(coroutine) > 0 ? 'suspended' : 'dead';
  }
}
