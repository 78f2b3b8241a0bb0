/**
 * `math.random` and `math.randomseed` as Redis has them: the generator is its `lrand48`, so that the same seed gives the
 * same numbers everywhere. A server has one for all its scripts and functions, which goes on from one to the next.
 */
import type { LuaPointer } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import type { Library } from './lua/sandbox.ts';
import { int32Of } from './lua/wide-integers.ts';

/** The linear congruential generator of POSIX's drand48 family: x' = (a x + c) mod 2^48. */
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const MASK = (1n << 48n) - 1n;
const LOW_SEED = 0x330en;
const FIRST_STATE = 0x1234abcd330en;
const MAX = 2147483647;

export class ScriptRandom {
  private state = FIRST_STATE;

  seed(seed: number): void {
    this.state = (BigInt(seed >>> 0) << 16n) | LOW_SEED;
  }

  /** 31 bits. */
  next(): number {
    this.state = (this.state * MULTIPLIER + INCREMENT) & MASK;
    return Number(this.state >> 17n);
  }
}

export class RandomLibrary {
  private readonly vm: LuaVm;
  private readonly generator: ScriptRandom;
  private readonly mayRun: () => boolean;

  /** @param mayRun false while no script runs, but a function library is loaded */
  constructor(vm: LuaVm, generator: ScriptRandom, mayRun: () => boolean) {
    this.vm = vm;
    this.generator = generator;
    this.mayRun = mayRun;
  }

  get library(): Library {
    return { random: (thread) => this.random(thread), randomseed: (thread) => this.seed(thread) };
  }

  private random(thread: LuaPointer): number {
    const { vm } = this;
    const { api } = vm;
    if (!this.mayRun()) return vm.fail(thread, 'math.random can only be called inside a script invocation');
    const random = (this.generator.next() % MAX) / MAX;
    const count = vm.argumentCount(thread);
    if (count > 2) return vm.fail(thread, 'wrong number of arguments');
    if (count === 0) {
      vm.pushNumber(thread, random);
      return 1;
    }
    const lower = count === 1 ? 1 : int32Of(api.luaL_checknumber(thread, 1));
    const upper = int32Of(api.luaL_checknumber(thread, count));
    if (lower > upper) return vm.failArgument(thread, count, 'interval is empty');
    // In C, the size of the interval is an integer of 32 bits.
    vm.pushNumber(thread, Math.floor(random * ((upper - lower + 1) | 0)) + lower);
    return 1;
  }

  private seed(thread: LuaPointer): number {
    const { vm } = this;
    if (!this.mayRun()) return vm.fail(thread, 'math.randomseed can only be called inside a script invocation');
    this.generator.seed(int32Of(vm.api.luaL_checknumber(thread, 1)));
    return 0;
  }
}
