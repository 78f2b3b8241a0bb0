/**
 * Lua's own functions where one would see that the module's integers are of 32 bits, those of Redis of 64: times in
 * milliseconds and digits of hashes are larger. Integers among the arguments are looked at before Lua does; what fits in
 * 32 bits is left to it.
 *
 * Numbers become integers as on the machines on which Redis runs: cut towards zero, and what does not fit becomes the
 * smallest integer.
 */
import { type LuaPointer, T_NUMBER, T_STRING } from './layout.ts';
import type { LuaVm } from './lua-vm.ts';
import type { HostFunction } from './trampolines.ts';

const MAX_INT32 = 2 ** 31 - 1;
const MIN_INT32 = -(2 ** 31);
const MAX_UINT32 = 2 ** 32 - 1;
const TWO_63 = 2 ** 63;
const TWO_64 = 2 ** 64;
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/** As many digits in base 36 are a safe integer. */
const SAFE_DIGITS = 10;

const PERCENT = 0x25;

/** A directive of `string.format` that shows an integer: flags, width, precision, conversion. */
const DIRECTIVE = /([-+ #0]{0,5})(\d{0,2})(?:\.(\d{0,2}))?([a-zA-Z])/y;

const NUMERAL = /^[ \t\n\v\f\r]*([-+]?)(.*?)[ \t\n\v\f\r]*$/s;

/** A number as the C type `int` gets it from Lua's 64 bits. */
export function int32Of(value: number): number {
  return Math.abs(value) < TWO_63 ? value | 0 : 0;
}

/** `string.sub` and its like: positions beyond 32 bits are as good as the last ones that fit. */
export function withPositions(vm: LuaVm, plain: HostFunction, first: number, count: number): HostFunction {
  return (caller) => {
    const given = Math.min(vm.argumentCount(caller), first + count);
    for (let index = first; index < given; index++) narrow(vm, caller, index);
    return plain(caller);
  };
}

function narrow(vm: LuaVm, caller: LuaPointer, index: number): void {
  const value = numberAt(vm, caller, index);
  if (value === null || (value >= MIN_INT32 && value <= MAX_INT32)) return;
  vm.pushNumber(caller, value > 0 && value < TWO_63 ? MAX_INT32 : MIN_INT32);
  vm.api.lua_replace(caller, index + 1);
}

/** An argument that is a number, or can be made one; else null. */
function numberAt(vm: LuaVm, caller: LuaPointer, index: number): number | null {
  const argument = vm.argument(caller, index);
  const type = vm.typeAt(argument);
  if (type === T_NUMBER) return vm.f64[argument >> 3];
  if (type !== T_STRING || vm.api.lua_isnumber(caller, index + 1) === 0) return null;
  return vm.api.lua_tonumber(caller, index + 1);
}

/** `string.format`: integers that do not fit are shown here, and handed on as texts. */
export function wideFormat(vm: LuaVm, plain: HostFunction): HostFunction {
  return (caller) => {
    const count = vm.argumentCount(caller);
    if (count > 1 && vm.typeAt(vm.argument(caller, 0)) === T_STRING && hasWide(vm, caller, count)) {
      showWide(vm, caller, count);
    }
    return plain(caller);
  };
}

/** True when there is a number that may be too large: only then the format is looked at. */
function hasWide(vm: LuaVm, caller: LuaPointer, count: number): boolean {
  for (let index = 1; index < count; index++) {
    const value = numberAt(vm, caller, index);
    // Unsigned conversions have no place for negative numbers.
    if (value !== null && !(value >= 0 && value <= MAX_INT32)) return true;
  }
  return false;
}

function showWide(vm: LuaVm, caller: LuaPointer, count: number): void {
  const format = vm.textAt(vm.argument(caller, 0));
  let rewritten = '';
  let copied = 0;
  let index = 0;
  for (let at = format.indexOf('%'); at >= 0; at = format.indexOf('%', at)) {
    if (format.charCodeAt(++at) === PERCENT) {
      at++;
      continue;
    }
    DIRECTIVE.lastIndex = at;
    const match = DIRECTIVE.exec(format);
    // Lua finds the mistake too.
    if (match === null || ++index >= count) break;
    const [text, flags, width, precision, conversion] = match;
    const value = numberAt(vm, caller, index);
    const digits = value === null ? null : wideDigits(value, conversion, flags.includes('#'));
    if (digits !== null) {
      vm.pushText(caller, padded(digits, flags, Number(width), precision));
      vm.api.lua_replace(caller, index + 1);
      rewritten += `${format.slice(copied, at)}s`;
      copied = at + text.length;
    }
    at += text.length;
  }
  if (copied === 0) return;
  vm.pushText(caller, rewritten + format.slice(copied));
  vm.api.lua_replace(caller, 1);
}

/** The digits of what does not fit in 32 bits, with a sign if it has one; null for what fits, and is no integer. */
function wideDigits(value: number, conversion: string, isMarked: boolean): string | null {
  switch (conversion) {
    case 'd':
    case 'i':
      return value >= MIN_INT32 && value <= MAX_INT32 ? null : signed(value).toString();
    case 'u':
      return fitsUnsigned(value) ? null : unsigned(value).toString();
    case 'o':
      return fitsUnsigned(value) ? null : marked(unsigned(value).toString(8), isMarked ? '0' : '');
    case 'x':
      return fitsUnsigned(value) ? null : marked(unsigned(value).toString(16), isMarked ? '0x' : '');
    case 'X':
      return fitsUnsigned(value) ? null : marked(unsigned(value).toString(16).toUpperCase(), isMarked ? '0X' : '');
    default:
      return null;
  }
}

/** Zero bears no mark. */
function marked(digits: string, mark: string): string {
  return digits === '0' ? digits : mark + digits;
}

function fitsUnsigned(value: number): boolean {
  return value >= 0 && value <= MAX_UINT32;
}

function signed(value: number): bigint {
  return Math.abs(value) < TWO_63 ? BigInt(Math.trunc(value)) : MIN_INT64;
}

function unsigned(value: number): bigint {
  if (value >= TWO_63) return value < TWO_64 ? BigInt(value) : 0n;
  return BigInt.asUintN(64, signed(value));
}

/** Digits as C's printf shows them. */
function padded(digits: string, flags: string, width: number, precision: string | undefined): string {
  const [, sign, prefix, plain] = /^(-?)(0[xX])?(.*)$/.exec(digits) as RegExpExecArray;
  const isSigned = sign === '-' ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const head = isSigned + (prefix ?? '');
  if (precision !== undefined) return aligned(head + plain.padStart(Number(precision), '0'), flags, width);
  if (flags.includes('0') && !flags.includes('-')) return head + plain.padStart(width - head.length, '0');
  return aligned(head + plain, flags, width);
}

function aligned(text: string, flags: string, width: number): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

/** `tonumber` of a text in a base, which C reads as an unsigned integer. */
export function wideToNumber(vm: LuaVm, plain: HostFunction): HostFunction {
  return (caller) => {
    if (vm.argumentCount(caller) < 2) return plain(caller);
    const text = vm.argument(caller, 0);
    const base = int32Of(numberAt(vm, caller, 1) ?? 0);
    if (vm.typeAt(text) !== T_STRING || base < 2 || base > 36 || base === 10) return plain(caller);
    const start = vm.stringStart(text);
    const simple = simpleDigits(vm.u8, start, start + vm.stringLength(text), base);
    const value = simple >= 0 ? simple : read(vm.textAt(text).split('\0', 1)[0], base);
    if (value === null) vm.api.lua_pushnil(caller);
    else vm.pushNumber(caller, Number(value));
    return 1;
  };
}

/** The value of a few digits and nothing else; -1 for any other text. */
function simpleDigits(bytes: Uint8Array, start: number, end: number, base: number): number {
  if (end === start || end - start > SAFE_DIGITS) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = digitOf(bytes[at]);
    if (digit >= base) return -1;
    value = value * base + digit;
  }
  return value;
}

/** C's `strtoul` of a whole text; null if it is none. */
function read(text: string, base: number): bigint | null {
  const [, sign, rest] = NUMERAL.exec(text) as RegExpExecArray;
  const digits = base === 16 && /^0x[0-9a-f]/i.test(rest) ? rest.slice(2) : rest;
  if (digits === '') return null;
  let value = 0n;
  for (let i = 0; i < digits.length; i++) {
    const digit = digitOf(digits.charCodeAt(i));
    if (digit >= base) return null;
    value = value * BigInt(base) + BigInt(digit);
  }
  if (value > MAX_UINT64) return MAX_UINT64;
  return sign === '-' ? BigInt.asUintN(64, -value) : value;
}

/** A digit's value; more than any base for what is none. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x7a ? letter - 0x61 + 10 : 36;
}
