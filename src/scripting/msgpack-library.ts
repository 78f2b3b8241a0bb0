/**
 * The library `cmsgpack`: MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md) as Redis's scripts know it.
 * All strings are raw, whole numbers are integers of the shortest form, and floats have single precision where nothing is
 * lost.
 */
import { ByteBuilder } from './byte-builder.ts';
import { type LuaPointer, T_BOOLEAN, T_NIL, T_NUMBER, T_STRING, T_TABLE } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import type { Library } from './lua/sandbox.ts';
import { TableReader } from './lua/table-reader.ts';

/** Tables deeper than that become nil. */
const MAX_NESTING = 16;
const INT_MAX = 0x7fffffff;
const INT64_LIMIT = 2 ** 63;

export class MsgpackLibrary {
  private readonly vm: LuaVm;
  private readonly tables: TableReader;
  private readonly builder = new ByteBuilder();
  private readonly view = new DataView(new ArrayBuffer(8));
  // What is unpacked: where in memory it is, and how much is left.
  private at = 0;
  private left = 0;

  constructor(vm: LuaVm) {
    this.vm = vm;
    this.tables = new TableReader(vm);
  }

  get library(): Library {
    return {
      pack: (thread) => this.pack(thread),
      unpack: (thread) => this.unpack(thread, 0, 0),
      unpack_one: (thread) => this.unpackSome(thread, 1, 2),
      unpack_limit: (thread) => this.unpackSome(thread, this.vm.api.luaL_checkinteger(thread, 2), 3),
      _NAME: 'cmsgpack',
      _VERSION: 'lua-cmsgpack 0.4.0',
      _COPYRIGHT: 'Copyright (C) 2012, Salvatore Sanfilippo',
      _DESCRIPTION: 'MessagePack C implementation for Lua',
    };
  }

  // Packing

  private pack(thread: LuaPointer): number {
    const { builder, vm } = this;
    const count = vm.argumentCount(thread);
    if (count === 0) return vm.failArgument(thread, 0, 'MessagePack pack needs input.');
    builder.reset();
    for (let i = 0; i < count; i++) this.value(vm.argument(thread, i), 0);
    vm.pushBytes(thread, builder.bytes, 0, builder.length);
    return 1;
  }

  private value(value: number, level: number): void {
    const { builder, vm } = this;
    switch (vm.typeAt(value)) {
      case T_STRING:
        this.string(vm.stringStart(value), vm.stringLength(value));
        return;
      case T_NUMBER:
        this.number(vm.f64[value >> 3]);
        return;
      case T_BOOLEAN:
        builder.byte(vm.u32[value >> 2] === 0 ? 0xc2 : 0xc3);
        return;
      case T_TABLE:
        if (level === MAX_NESTING) builder.byte(0xc0);
        else this.table(vm.u32[value >> 2], level + 1);
        return;
      default:
        builder.byte(0xc0);
    }
  }

  private string(start: number, length: number): void {
    const { builder } = this;
    if (length < 32) builder.byte(0xa0 | length);
    else this.header(length <= 0xff ? 0xd9 : length <= 0xffff ? 0xda : 0xdb, length, length <= 0xff ? 1 : 2);
    builder.append(this.vm.u8, start, start + length);
  }

  /** A length of `bytes` bytes, or of four where that is too little. */
  private header(type: number, length: number, bytes: number): void {
    this.builder.byte(type);
    this.builder.bigEndian(length, length > 0xffff ? 4 : bytes);
  }

  private number(value: number): void {
    if (Number.isInteger(value) && value >= -INT64_LIMIT && value < INT64_LIMIT) this.integer(value);
    else this.float(value);
  }

  private integer(value: number): void {
    const { builder } = this;
    if (value >= 0) {
      if (value <= 0x7f) builder.byte(value);
      else if (value <= 0xff) this.typed(0xcc, value, 1);
      else if (value <= 0xffff) this.typed(0xcd, value, 2);
      else if (value <= 0xffffffff) this.typed(0xce, value, 4);
      else this.long(0xcf, value);
    } else if (value >= -32) builder.byte(value & 0xff);
    else if (value >= -0x80) this.typed(0xd0, value, 1);
    else if (value >= -0x8000) this.typed(0xd1, value, 2);
    else if (value >= -0x80000000) this.typed(0xd2, value, 4);
    else this.long(0xd3, value);
  }

  private typed(type: number, value: number, bytes: number): void {
    this.builder.byte(type);
    this.builder.bigEndian(value, bytes);
  }

  private long(type: number, value: number): void {
    this.view.setBigInt64(0, BigInt(value));
    this.viewed(type, 8);
  }

  private float(value: number): void {
    if (value === Math.fround(value)) {
      this.view.setFloat32(0, value);
      this.viewed(0xca, 4);
    } else {
      this.view.setFloat64(0, value);
      this.viewed(0xcb, 8);
    }
  }

  private viewed(type: number, bytes: number): void {
    this.builder.byte(type);
    for (let i = 0; i < bytes; i++) this.builder.byte(this.view.getUint8(i));
  }

  private table(table: LuaPointer, level: number): void {
    const { tables } = this;
    const length = this.arrayLength(table);
    if (length >= 0) {
      this.aggregate(0x90, 0xdc, length);
      for (let i = 1; i <= length; i++) this.value(tables.element(table, i), level);
      return;
    }
    const places = tables.places(table);
    let count = 0;
    for (let place = 0; place < places; place++) if (tables.entryAt(table, place) !== 0) count++;
    this.aggregate(0x80, 0xde, count);
    for (let place = 0; place < places; place++) {
      const value = tables.entryAt(table, place);
      if (value === 0) continue;
      const key = tables.keyAt(table, place);
      if (key === 0) this.integer(place + 1);
      else this.value(key, level);
      this.value(value, level);
    }
  }

  private aggregate(short: number, long: number, count: number): void {
    if (count <= 15) this.builder.byte(short | count);
    else this.header(count <= 0xffff ? long : long + 1, count, 2);
  }

  /** How many elements a table has if its keys are the numbers from 1 on without a gap; else -1. */
  private arrayLength(table: LuaPointer): number {
    const { tables, vm } = this;
    const places = tables.places(table);
    let count = 0;
    let max = 0;
    for (let place = 0; place < places; place++) {
      if (tables.entryAt(table, place) === 0) continue;
      const key = tables.keyAt(table, place);
      const number = key === 0 ? place + 1 : vm.typeAt(key) === T_NUMBER ? vm.f64[key >> 3] : 0;
      if (number <= 0 || number > INT_MAX || !Number.isInteger(number)) return -1;
      if (number > max) max = number;
      count++;
    }
    return max === count ? count : -1;
  }

  // Unpacking

  private unpackSome(thread: LuaPointer, limit: number, offsetArgument: number): number {
    const offset = this.vm.api.luaL_optinteger(thread, offsetArgument, 0);
    this.vm.api.lua_settop(thread, 1);
    return this.unpack(thread, limit, offset);
  }

  private unpack(thread: LuaPointer, limit: number, offset: number): number {
    const { vm } = this;
    const { api } = vm;
    const start = api.luaL_checklstring(thread, 1, vm.lengthCell);
    const length = vm.u32[vm.lengthCell >> 2];
    const isAll = limit === 0 && offset === 0;
    if (offset < 0 || limit < 0) {
      vm.fail(thread, `Invalid request to unpack with offset of ${offset} and limit of ${length}.`);
    }
    if (offset > length) vm.fail(thread, `Start offset ${offset} greater than input length ${length}.`);
    // Its argument stays on the stack, and so in place.
    this.at = start + offset;
    this.left = length - offset;
    let count = 0;
    try {
      for (; this.left > 0 && (isAll || count < limit); count++) this.decode(thread);
    } catch (error) {
      if (error instanceof RangeError) return vm.fail(thread, 'stack overflow (too deeply nested)');
      throw error;
    }
    if (isAll) return count;
    api.lua_checkstack(thread, 1);
    vm.pushNumber(thread, this.left === 0 ? -1 : length - this.left);
    api.lua_insert(thread, 2);
    return count + 1;
  }

  private decode(thread: LuaPointer): void {
    const { vm } = this;
    this.need(thread, 1);
    if (vm.api.lua_checkstack(thread, 3) === 0) {
      vm.fail(thread, 'stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)');
    }
    const type = vm.u8[this.at];
    if (type < 0x80) this.small(thread, type);
    else if (type >= 0xe0) this.small(thread, type - 0x100);
    else if (type < 0x90) this.map(thread, 1, type & 0xf);
    else if (type < 0xa0) this.array(thread, 1, type & 0xf);
    else if (type < 0xc0) this.raw(thread, 1, type & 0x1f);
    else this.decodeTyped(thread, type);
  }

  private decodeTyped(thread: LuaPointer, type: number): void {
    const { vm } = this;
    switch (type) {
      case 0xc0:
        this.word(thread, T_NIL, 0);
        return;
      case 0xc2:
      case 0xc3:
        this.word(thread, T_BOOLEAN, type & 1);
        return;
      case 0xca:
        this.fixed(thread, 4, (view) => view.getFloat32(0));
        return;
      case 0xcb:
        this.fixed(thread, 8, (view) => view.getFloat64(0));
        return;
      case 0xcc:
        this.fixed(thread, 1, (view) => view.getUint8(0));
        return;
      case 0xcd:
        this.fixed(thread, 2, (view) => view.getUint16(0));
        return;
      case 0xce:
        this.fixed(thread, 4, (view) => view.getUint32(0));
        return;
      case 0xd0:
        this.fixed(thread, 1, (view) => view.getInt8(0));
        return;
      case 0xd1:
        this.fixed(thread, 2, (view) => view.getInt16(0));
        return;
      case 0xd2:
        this.fixed(thread, 4, (view) => view.getInt32(0));
        return;
      case 0xcf:
      case 0xd3:
        // Redis takes both as signed.
        this.fixed(thread, 8, (view) => Number(view.getBigInt64(0)));
        return;
      case 0xd9:
        this.raw(thread, 2, this.lengthOf(thread, 1));
        return;
      case 0xda:
        this.raw(thread, 3, this.lengthOf(thread, 2));
        return;
      case 0xdb:
        this.raw(thread, 5, this.lengthOf(thread, 4));
        return;
      case 0xdc:
        this.array(thread, 3, this.lengthOf(thread, 2));
        return;
      case 0xdd:
        this.array(thread, 5, this.lengthOf(thread, 4));
        return;
      case 0xde:
        this.map(thread, 3, this.lengthOf(thread, 2));
        return;
      case 0xdf:
        this.map(thread, 5, this.lengthOf(thread, 4));
        return;
      default:
        vm.fail(thread, 'Bad data format in input.');
    }
  }

  private need(thread: LuaPointer, bytes: number): void {
    if (this.left < bytes) this.vm.fail(thread, 'Missing bytes in input.');
  }

  private consume(bytes: number): void {
    this.at += bytes;
    this.left -= bytes;
  }

  private small(thread: LuaPointer, value: number): void {
    this.vm.pushNumber(thread, value);
    this.consume(1);
  }

  private word(thread: LuaPointer, tag: number, value: number): void {
    this.vm.pushWord(thread, tag, value);
    this.consume(1);
  }

  private fixed(thread: LuaPointer, bytes: number, read: (view: DataView) => number): void {
    this.need(thread, 1 + bytes);
    for (let i = 0; i < bytes; i++) this.view.setUint8(i, this.vm.u8[this.at + 1 + i]);
    this.vm.pushNumber(thread, read(this.view));
    this.consume(1 + bytes);
  }

  /** The length of `bytes` bytes behind the type. */
  private lengthOf(thread: LuaPointer, bytes: number): number {
    this.need(thread, 1 + bytes);
    let length = 0;
    for (let i = 1; i <= bytes; i++) length = length * 256 + this.vm.u8[this.at + i];
    return length;
  }

  private raw(thread: LuaPointer, header: number, length: number): void {
    this.need(thread, header + length);
    this.vm.api.lua_pushlstring(thread, this.at + header, length);
    this.consume(header + length);
  }

  private array(thread: LuaPointer, header: number, length: number): void {
    const { api } = this.vm;
    this.consume(header);
    api.lua_createtable(thread, 0, 0);
    for (let i = 1; i <= length; i++) {
      this.decode(thread);
      api.lua_rawseti(thread, -2, i);
    }
  }

  private map(thread: LuaPointer, header: number, length: number): void {
    const { api } = this.vm;
    this.consume(header);
    api.lua_createtable(thread, 0, 0);
    for (let i = 0; i < length; i++) {
      this.decode(thread);
      this.decode(thread);
      api.lua_settable(thread, -3);
    }
  }
}
