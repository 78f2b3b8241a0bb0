/**
 * The library `cjson`: encoder, decoder, and the settings of both, which last from one script to the next, as in Redis.
 */
import { JsonDecoder } from './json-decoder.ts';
import { JsonEncoder } from './json-encoder.ts';
import { defaultJsonSettings, type JsonSettings } from './json-settings.ts';
import { type LuaPointer, T_BOOLEAN, T_LIGHT_USERDATA, T_NIL, UPVALUE_INDEX } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import type { Library } from './lua/sandbox.ts';
import type { HostFunction } from './lua/trampolines.ts';

const INT_MAX = 0x7fffffff;
/** How many sets of settings `cjson.new` makes. */
const MAX_SETTINGS = 10_000;

export class JsonLibrary {
  private readonly vm: LuaVm;
  private readonly encoder: JsonEncoder;
  private readonly decoder: JsonDecoder;
  /** The number of the settings that a function uses is its upvalue; without one it is 0. */
  private readonly settings: JsonSettings[] = [defaultJsonSettings()];
  private firstFunction = -1;

  constructor(vm: LuaVm) {
    this.vm = vm;
    this.encoder = new JsonEncoder(vm);
    this.decoder = new JsonDecoder(vm);
  }

  get library(): Library {
    return { ...this.functions, null: null, _NAME: 'cjson', _VERSION: '2.1.0' };
  }

  private get functions(): Readonly<Record<string, HostFunction>> {
    return {
      encode: (thread) => this.encode(thread),
      decode: (thread) => this.decode(thread),
      encode_sparse_array: (thread) => this.sparseArray(thread),
      encode_max_depth: (thread) => this.maxDepth(thread, 'encode'),
      decode_max_depth: (thread) => this.maxDepth(thread, 'decode'),
      encode_number_precision: (thread) => this.precision(thread),
      encode_keep_buffer: (thread) => this.keepBuffer(thread),
      encode_invalid_numbers: (thread) => this.encodeInvalidNumbers(thread),
      decode_invalid_numbers: (thread) => this.decodeInvalidNumbers(thread),
      new: (thread) => this.new(thread),
    };
  }

  private settingsOf(thread: LuaPointer): JsonSettings {
    return this.settings[this.vm.api.lua_tonumber(thread, UPVALUE_INDEX)] ?? this.settings[0];
  }

  private encode(thread: LuaPointer): number {
    if (this.vm.argumentCount(thread) !== 1) return this.vm.failArgument(thread, 1, 'expected 1 argument');
    this.encoder.encode(thread, this.settingsOf(thread));
    return 1;
  }

  private decode(thread: LuaPointer): number {
    const { vm } = this;
    if (vm.argumentCount(thread) !== 1) return vm.failArgument(thread, 1, 'expected 1 argument');
    const start = vm.api.luaL_checklstring(thread, 1, vm.lengthCell);
    this.decoder.decode(thread, this.settingsOf(thread), start, vm.u32[vm.lengthCell >> 2]);
    return 1;
  }

  /** The settings of a function that takes up to `count` arguments; those left out are nil. */
  private begin(thread: LuaPointer, count: number): JsonSettings {
    const { vm } = this;
    if (vm.argumentCount(thread) > count) vm.failArgument(thread, count + 1, 'found too many arguments');
    vm.api.lua_settop(thread, count);
    return this.settingsOf(thread);
  }

  private integer(thread: LuaPointer, index: number, current: number, min: number, max: number): number {
    const { api } = this.vm;
    let value = current;
    if (api.lua_type(thread, index) !== T_NIL) {
      value = api.luaL_checkinteger(thread, index);
      if (value < min || value > max) {
        this.vm.failArgument(thread, 1, `expected integer between ${min} and ${max}`);
      }
    }
    this.vm.pushNumber(thread, value);
    return value;
  }

  /** A truth value or one of `options`; answers and pushes the setting. */
  private option<T extends string>(thread: LuaPointer, index: number, current: T, options: readonly T[]): T {
    const { api } = this.vm;
    const type = api.lua_type(thread, index);
    let value = current;
    if (type === T_BOOLEAN) value = options[api.lua_toboolean(thread, index)];
    else if (type !== T_NIL) {
      api.luaL_checklstring(thread, index, this.vm.lengthCell);
      const text = this.vm.textArgument(thread, index) ?? '';
      const found = options.find((option) => option === text);
      if (found === undefined) return this.vm.failArgument(thread, index, `invalid option '${text}'`);
      value = found;
    }
    const place = options.indexOf(value);
    if (place > 1) this.vm.pushText(thread, value);
    else this.vm.pushWord(thread, T_BOOLEAN, place);
    return value;
  }

  private flag(thread: LuaPointer, index: number, current: boolean): boolean {
    return this.option(thread, index, current ? 'on' : 'off', ['off', 'on']) === 'on';
  }

  private sparseArray(thread: LuaPointer): number {
    const { encode } = this.begin(thread, 3);
    encode.sparseConvert = this.flag(thread, 1, encode.sparseConvert);
    encode.sparseRatio = this.integer(thread, 2, encode.sparseRatio, 0, INT_MAX);
    encode.sparseSafe = this.integer(thread, 3, encode.sparseSafe, 0, INT_MAX);
    return 3;
  }

  private maxDepth(thread: LuaPointer, side: 'encode' | 'decode'): number {
    const settings = this.begin(thread, 1)[side];
    settings.maxDepth = this.integer(thread, 1, settings.maxDepth, 1, INT_MAX);
    return 1;
  }

  private precision(thread: LuaPointer): number {
    const { encode } = this.begin(thread, 1);
    encode.precision = this.integer(thread, 1, encode.precision, 1, 14);
    return 1;
  }

  private keepBuffer(thread: LuaPointer): number {
    const { encode } = this.begin(thread, 1);
    encode.keepBuffer = this.flag(thread, 1, encode.keepBuffer);
    return 1;
  }

  private encodeInvalidNumbers(thread: LuaPointer): number {
    const { encode } = this.begin(thread, 1);
    encode.invalidNumbers = this.option(thread, 1, encode.invalidNumbers, ['off', 'on', 'null']);
    return 1;
  }

  private decodeInvalidNumbers(thread: LuaPointer): number {
    const { decode } = this.begin(thread, 1);
    decode.invalidNumbers = this.flag(thread, 1, decode.invalidNumbers);
    return 1;
  }

  /** A library of its own, with settings of its own. */
  private new(thread: LuaPointer): number {
    const { vm } = this;
    const { api } = vm;
    if (this.settings.length > MAX_SETTINGS) vm.runOutOfMemory(thread);
    const { functions } = this;
    if (this.firstFunction < 0) this.firstFunction = vm.addFunctions(Object.values(functions));
    const number = this.settings.push(defaultJsonSettings()) - 1;
    api.lua_createtable(thread, 0, 0);
    for (const [index, name] of Object.keys(functions).entries()) {
      vm.pushNumber(thread, number);
      api.lua_pushcclosure(thread, this.firstFunction + index, 1);
      api.lua_setfield(thread, -2, vm.name(name));
    }
    vm.pushWord(thread, T_LIGHT_USERDATA, 0);
    api.lua_setfield(thread, -2, vm.name('null'));
    for (const name of ['_NAME', '_VERSION'] as const) {
      vm.pushText(thread, name === '_NAME' ? 'cjson' : '2.1.0');
      api.lua_setfield(thread, -2, vm.name(name));
    }
    return 1;
  }
}
