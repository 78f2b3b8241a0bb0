/**
 * The library `bit`: Mike Pall's Lua BitOp (https://bitop.luajit.org/semantics.html), on 32 bits.
 */
import { type LuaPointer, T_NUMBER } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import type { Library } from './lua/sandbox.ts';
import type { HostFunction } from './lua/trampolines.ts';

/** 2^52 + 2^51: added to a number, it leaves the number modulo 2^32 in the lowest bits, rounded. */
const ROUNDING = 6755399441055744;
const INT32_MIN = -0x80000000;
const DIGITS = 8;

const sum = new Float64Array(1);
const words = new Int32Array(sum.buffer);

export function bitLibrary(vm: LuaVm): Library {
  const { api } = vm;

  const argument = (thread: LuaPointer, index: number): number => {
    const isThere = index <= vm.argumentCount(thread);
    const value = isThere ? vm.argument(thread, index - 1) : 0;
    const isNumber = isThere && vm.typeAt(value) === T_NUMBER;
    const number = isNumber ? vm.f64[value >> 3] : api.lua_tonumber(thread, index);
    sum[0] = number + ROUNDING;
    const bits = words[0];
    if (bits === 0 && !isNumber && api.lua_isnumber(thread, index) === 0) {
      api.luaL_typerror(thread, index, vm.name('number'));
    }
    return bits;
  };
  const answer = (thread: LuaPointer, bits: number): number => {
    vm.pushNumber(thread, bits | 0);
    return 1;
  };
  const folding =
    (combine: (a: number, b: number) => number): HostFunction =>
    (thread) => {
      let bits = argument(thread, 1);
      for (let i = vm.argumentCount(thread); i > 1; i--) bits = combine(bits, argument(thread, i));
      return answer(thread, bits);
    };
  const shifting =
    (shift: (bits: number, count: number) => number): HostFunction =>
    (thread) => {
      const bits = argument(thread, 1);
      return answer(thread, shift(bits, argument(thread, 2) & 31));
    };

  const toHex: HostFunction = (thread) => {
    const bits = argument(thread, 1);
    let count = vm.argumentCount(thread) < 2 ? DIGITS : argument(thread, 2);
    if (count === INT32_MIN) count++;
    const isUpper = count < 0;
    count = Math.min(Math.abs(count), DIGITS);
    const text = count === 0 ? '' : (bits >>> 0).toString(16).padStart(DIGITS, '0').slice(-count);
    vm.pushText(thread, isUpper ? text.toUpperCase() : text);
    return 1;
  };

  return {
    tobit: (thread) => answer(thread, argument(thread, 1)),
    bnot: (thread) => answer(thread, ~argument(thread, 1)),
    band: folding((a, b) => a & b),
    bor: folding((a, b) => a | b),
    bxor: folding((a, b) => a ^ b),
    lshift: shifting((bits, count) => bits << count),
    rshift: shifting((bits, count) => bits >>> count),
    arshift: shifting((bits, count) => bits >> count),
    rol: shifting((bits, count) => (bits << count) | (bits >>> (32 - count))),
    ror: shifting((bits, count) => (bits << (32 - count)) | (bits >>> count)),
    bswap: (thread) => {
      const bits = argument(thread, 1);
      return answer(thread, (bits >>> 24) | ((bits >> 8) & 0xff00) | ((bits & 0xff00) << 8) | (bits << 24));
    },
    tohex: toHex,
  };
}
