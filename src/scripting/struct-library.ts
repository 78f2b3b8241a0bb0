/**
 * The library `struct`: Roberto Ierusalimschy's packing of values into bytes (https://www.inf.puc-rio.br/~roberto/struct/).
 * Sizes are those of a 64-bit machine, as Redis's are.
 */
import { ByteBuilder } from './byte-builder.ts';
import type { LuaPointer } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import type { Library } from './lua/sandbox.ts';

const MAX_INTEGER_BYTES = 32;
const MAX_ALIGNMENT = 8;
const INT_MAX = 0x7fffffff;
const WORD_BYTES = 8;
const INT64_MIN = 1n << 63n;

const SIZES: Readonly<Record<string, number>> = { b: 1, B: 1, h: 2, H: 2, l: 8, L: 8, T: 8, f: 4, d: 8, x: 1 };
const INTEGERS = 'bBhHlLTiI';

/** Walks through a format. */
class Format {
  readonly text: string;
  option = '';
  size = 0;
  private at = 0;
  private isLittle = true;
  private alignment = 1;
  private readonly vm: LuaVm;
  private readonly thread: LuaPointer;

  constructor(vm: LuaVm, thread: LuaPointer) {
    this.vm = vm;
    this.thread = thread;
    const start = vm.api.luaL_checklstring(thread, 1, vm.lengthCell);
    const text = vm.textOf(start, vm.u32[vm.lengthCell >> 2]);
    const nul = text.indexOf('\0');
    this.text = nul < 0 ? text : text.slice(0, nul);
  }

  get littleEndian(): boolean {
    return this.isLittle;
  }

  /** Goes to the next option; false at the end. */
  next(): boolean {
    if (this.at >= this.text.length) return false;
    this.option = this.text[this.at++];
    this.size = this.sizeOf(this.option);
    return true;
  }

  /** How many bytes are to be skipped at `position` before the option's value. */
  padding(position: number): number {
    if (this.size === 0 || this.option === 'c') return 0;
    const size = Math.min(this.size, this.alignment);
    return (size - (position & (size - 1))) & (size - 1);
  }

  /** Follows an option that is no value. */
  control(): void {
    switch (this.option) {
      case ' ':
        return;
      case '>':
        this.isLittle = false;
        return;
      case '<':
        this.isLittle = true;
        return;
      case '!': {
        const alignment = this.number(MAX_ALIGNMENT);
        if (alignment <= 0 || (alignment & (alignment - 1)) !== 0) {
          this.vm.fail(this.thread, `alignment ${alignment} is not a power of 2`);
        }
        this.alignment = alignment;
        return;
      }
      default:
        this.vm.failArgument(this.thread, 1, `invalid format option '${this.option}'`);
    }
  }

  private sizeOf(option: string): number {
    if (option === 'c') return this.number(1);
    if (option !== 'i' && option !== 'I') return SIZES[option] ?? 0;
    const size = this.number(4);
    if (size > MAX_INTEGER_BYTES) {
      this.vm.fail(this.thread, `integral size ${size} is larger than limit of ${MAX_INTEGER_BYTES}`);
    }
    return size;
  }

  private number(otherwise: number): number {
    const start = this.at;
    let value = 0;
    for (; this.at < this.text.length; this.at++) {
      const digit = this.text.charCodeAt(this.at) - 0x30;
      if (digit < 0 || digit > 9) break;
      if (value > Math.floor(INT_MAX / 10) || value * 10 > INT_MAX - digit) {
        this.vm.fail(this.thread, 'integral size overflow');
      }
      value = value * 10 + digit;
    }
    return this.at === start ? otherwise : value;
  }
}

export class StructLibrary {
  private readonly vm: LuaVm;
  private readonly builder = new ByteBuilder();
  private readonly view = new DataView(new ArrayBuffer(8));

  constructor(vm: LuaVm) {
    this.vm = vm;
  }

  get library(): Library {
    return {
      pack: (thread) => this.pack(thread),
      unpack: (thread) => this.unpack(thread),
      size: (thread) => this.size(thread),
    };
  }

  private pack(thread: LuaPointer): number {
    const { builder, vm } = this;
    const { api } = vm;
    const format = new Format(vm, thread);
    // What is missing among the arguments is a nil here, and an error says so.
    api.lua_pushnil(thread);
    builder.reset();
    for (let argument = 2; format.next(); ) {
      for (let padding = format.padding(builder.length); padding > 0; padding--) builder.byte(0);
      const { option } = format;
      if (INTEGERS.includes(option)) this.packInteger(format, api.luaL_checknumber(thread, argument++));
      else if (option === 'x') builder.byte(0);
      else if (option === 'f' || option === 'd') this.packFloat(format, api.luaL_checknumber(thread, argument++));
      else if (option === 'c' || option === 's') this.packString(thread, format, argument++);
      else format.control();
    }
    vm.pushBytes(thread, builder.bytes, 0, builder.length);
    return 1;
  }

  private packInteger({ littleEndian, size }: Format, value: number): void {
    const { builder } = this;
    let rest = toWord(value);
    const start = builder.length;
    builder.reserve(size);
    for (let i = 0; i < size; i++) {
      builder.bytes[littleEndian ? start + i : start + size - 1 - i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    builder.length = start + size;
  }

  private packFloat({ littleEndian, size }: Format, value: number): void {
    if (size === 4) this.view.setFloat32(0, value, littleEndian);
    else this.view.setFloat64(0, value, littleEndian);
    for (let i = 0; i < size; i++) this.builder.byte(this.view.getUint8(i));
  }

  private packString(thread: LuaPointer, { option, size }: Format, argument: number): void {
    const { builder, vm } = this;
    const start = vm.api.luaL_checklstring(thread, argument, vm.lengthCell);
    const length = vm.u32[vm.lengthCell >> 2];
    const wanted = size === 0 ? length : size;
    // Redis names the next argument.
    if (length < wanted) vm.failArgument(thread, argument + 1, 'string too short');
    builder.append(vm.u8, start, start + wanted);
    if (option === 's') builder.byte(0);
  }

  private unpack(thread: LuaPointer): number {
    const { vm } = this;
    const { api } = vm;
    const format = new Format(vm, thread);
    const data = api.luaL_checklstring(thread, 2, vm.lengthCell);
    const length = vm.u32[vm.lengthCell >> 2];
    const offset = api.luaL_optinteger(thread, 3, 1);
    // In C it is an unsigned number.
    if (offset === 0) vm.failArgument(thread, 3, 'offset must be 1 or greater');
    let position = offset < 0 ? Number.MAX_SAFE_INTEGER : offset - 1;
    let results = 0;
    while (format.next()) {
      position += format.padding(position);
      this.checkLength(thread, position, format.size, length);
      if (api.lua_checkstack(thread, 2) === 0) vm.fail(thread, 'stack overflow (too many results)');
      const { option } = format;
      let { size } = format;
      if (INTEGERS.includes(option)) {
        vm.pushNumber(thread, this.readInteger(format, data + position));
        results++;
      } else if (option === 'f' || option === 'd') {
        vm.pushNumber(thread, this.readFloat(format, data + position));
        results++;
      } else if (option === 'c') {
        if (size === 0) {
          if (results === 0 || api.lua_isnumber(thread, -1) === 0) {
            vm.fail(thread, "format 'c0' needs a previous size");
          }
          size = Math.trunc(api.lua_tonumber(thread, -1));
          vm.drop(thread, 1);
          results--;
          this.checkLength(thread, position, size < 0 ? Number.MAX_SAFE_INTEGER : size, length);
        }
        api.lua_pushlstring(thread, data + position, size);
        results++;
      } else if (option === 's') {
        const end = vm.u8.indexOf(0, data + position);
        // Behind each string of Lua there is a zero.
        if (end >= data + length) vm.fail(thread, 'unfinished string in data');
        size = end - (data + position) + 1;
        api.lua_pushlstring(thread, data + position, size - 1);
        results++;
      } else if (option !== 'x') {
        format.control();
      }
      position += size;
    }
    api.lua_checkstack(thread, 1);
    vm.pushNumber(thread, position + 1);
    return results + 1;
  }

  private checkLength(thread: LuaPointer, position: number, size: number, length: number): void {
    if (size <= length && position <= length - size) return;
    this.vm.failArgument(thread, 2, 'data string too short');
  }

  private readInteger({ littleEndian, option, size }: Format, address: number): number {
    const { u8 } = this.vm;
    let value = 0n;
    for (let i = 0; i < size; i++) {
      const byte = u8[littleEndian ? address + size - 1 - i : address + i];
      value = BigInt.asUintN(64, (value << 8n) | BigInt(byte));
    }
    if (option === option.toUpperCase()) return Number(value);
    // Integers of more than a word: the machine shifts by the count modulo 64.
    const mask = BigInt.asUintN(64, -1n << BigInt((size * 8 - 1) & 63));
    if ((value & mask) !== 0n) value |= mask;
    return Number(BigInt.asIntN(64, value));
  }

  private readFloat({ littleEndian, size }: Format, address: number): number {
    for (let i = 0; i < size; i++) this.view.setUint8(i, this.vm.u8[address + i]);
    return size === 4 ? this.view.getFloat32(0, littleEndian) : this.view.getFloat64(0, littleEndian);
  }

  private size(thread: LuaPointer): number {
    const { vm } = this;
    const format = new Format(vm, thread);
    let position = 0;
    while (format.next()) {
      position += format.padding(position);
      if (format.option === 's') vm.failArgument(thread, 1, "option 's' has no fixed size");
      if (format.option === 'c' && format.size === 0) vm.failArgument(thread, 1, "option 'c0' has no fixed size");
      if (!/[0-9A-Za-z]/.test(format.option)) format.control();
      position += format.size;
    }
    vm.pushNumber(thread, position);
    return 1;
  }
}

/** A number as the 64 bits that C's conversions make of it; what does not fit becomes what it does on x86. */
function toWord(value: number): bigint {
  if (value >= 2 ** 64) return 0n;
  if (Number.isNaN(value) || value < -(2 ** 63)) return INT64_MIN;
  return BigInt.asUintN(8 * WORD_BYTES, BigInt(Math.trunc(value)));
}
