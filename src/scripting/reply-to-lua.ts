/**
 * Makes a command's reply values of Lua, as Redis does: RESP2's nulls are `false`, statuses and errors tables with one
 * field, and RESP3's types tables with a field named after them.
 */
import { type LuaPointer, T_BOOLEAN, T_NIL, T_STRING } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import {
  OP_ARRAY,
  OP_BIG_NUMBER,
  OP_BOOLEAN,
  OP_BULK,
  OP_DOUBLE,
  OP_ERROR,
  OP_INTEGER,
  OP_MAP,
  OP_NULL,
  OP_SET,
  OP_STATUS,
  OP_VERBATIM,
  type ReplyTape,
} from './reply-tape.ts';

const SPACE = 0x20;
const LF = 0x0a;
const CR = 0x0d;
const UPPER_O = 0x4f;
const UPPER_K = 0x4b;

export class ReplyToLua {
  private readonly vm: LuaVm;
  private readonly tape: ReplyTape;
  private at = 0;
  private readonly okName: LuaPointer;
  private readonly okText: LuaPointer;
  private readonly bigNumberName: LuaPointer;

  constructor(vm: LuaVm, tape: ReplyTape) {
    this.vm = vm;
    this.tape = tape;
    this.okName = vm.interned('ok');
    this.okText = vm.interned('OK');
    this.bigNumberName = vm.interned('big_number');
  }

  /** Pushes the reply on the tape. True if it is an error. */
  push(thread: LuaPointer): boolean {
    this.at = 0;
    const isError = this.tape.operations[0] === OP_ERROR;
    this.value(thread);
    return isError;
  }

  /** Pushes the table that stands for an error; its text is `bytes[start, end)`, code included. */
  pushError(thread: LuaPointer, text: Uint8Array, start: number, end: number): void {
    const { vm } = this;
    let stop = end;
    while (stop > start && (text[stop - 1] === LF || text[stop - 1] === CR)) stop--;
    vm.api.lua_createtable(thread, 0, 2);
    if (text.subarray(start, stop).includes(SPACE)) {
      vm.pushBytes(thread, text, start, stop);
    } else {
      vm.pushText(thread, 'ERR ');
      vm.pushBytes(thread, text, start, stop);
      vm.api.lua_concat(thread, 2);
    }
    vm.api.lua_setfield(thread, -2, vm.name('err'));
  }

  private value(thread: LuaPointer): void {
    const { tape, vm } = this;
    const operation = tape.operations[this.at];
    const operand = tape.operations[this.at + 1];
    this.at += 2;
    switch (operation) {
      case OP_INTEGER:
        vm.pushNumber(thread, operand);
        return;
      case OP_BULK:
        vm.pushBytes(thread, tape.bytes, operand, operand + this.next());
        return;
      case OP_NULL:
        vm.pushWord(thread, tape.version === 3 ? T_NIL : T_BOOLEAN, 0);
        return;
      case OP_STATUS:
        this.textField(thread, this.okName, operand, this.next());
        return;
      case OP_ERROR:
        this.pushError(thread, tape.bytes, operand, operand + this.next());
        vm.pushWord(thread, T_BOOLEAN, 1);
        vm.api.lua_setfield(thread, -2, vm.name('ignore_error_stats_update'));
        return;
      case OP_ARRAY:
        this.array(thread, operand);
        return;
      case OP_MAP:
        this.map(thread, operand);
        return;
      case OP_SET:
        this.set(thread, operand);
        return;
      case OP_BOOLEAN:
        vm.pushWord(thread, T_BOOLEAN, operand);
        return;
      case OP_DOUBLE:
        vm.api.lua_createtable(thread, 0, 1);
        vm.pushNumber(thread, operand);
        vm.api.lua_setfield(thread, -2, vm.name('double'));
        return;
      case OP_BIG_NUMBER:
        this.textField(thread, this.bigNumberName, operand, this.next());
        return;
      case OP_VERBATIM:
        this.verbatim(thread, operand, this.next());
        return;
      default:
        this.attribute(thread, operand);
    }
  }

  private next(): number {
    return this.tape.operations[this.at++];
  }

  private textField(thread: LuaPointer, name: LuaPointer, start: number, length: number): void {
    const { vm } = this;
    const { bytes } = this.tape;
    vm.api.lua_createtable(thread, 0, 1);
    vm.pushWord(thread, T_STRING, name);
    // The usual status needs no look at the strings that there are.
    if (length === 2 && bytes[start] === UPPER_O && bytes[start + 1] === UPPER_K)
      vm.pushWord(thread, T_STRING, this.okText);
    else vm.pushBytes(thread, bytes, start, start + length);
    vm.api.lua_rawset(thread, -3);
  }

  /** Makes room within an aggregate for another one, a key, a value, and what is made of them. */
  private makeRoom(thread: LuaPointer): void {
    this.vm.api.lua_checkstack(thread, 8);
  }

  private array(thread: LuaPointer, length: number): void {
    const { vm } = this;
    const { api } = vm;
    this.makeRoom(thread);
    // Where there are gaps, Lua's length of a table depends on how it has grown.
    const isSized = this.tape.version !== 3;
    api.lua_createtable(thread, isSized ? length : 0, 0);
    const table = vm.u32[vm.last(thread) >> 2];
    for (let i = 1; i <= length; i++) {
      this.value(thread);
      if (!isSized || !vm.popIntoArray(thread, table, i)) api.lua_rawseti(thread, -2, i);
    }
  }

  private map(thread: LuaPointer, pairs: number): void {
    const { vm } = this;
    this.makeRoom(thread);
    vm.api.lua_createtable(thread, 0, 1);
    vm.api.lua_createtable(thread, 0, 0);
    for (let i = 0; i < pairs; i++) {
      this.value(thread);
      this.value(thread);
      vm.api.lua_settable(thread, -3);
    }
    vm.api.lua_setfield(thread, -2, vm.name('map'));
  }

  private set(thread: LuaPointer, length: number): void {
    const { vm } = this;
    this.makeRoom(thread);
    vm.api.lua_createtable(thread, 0, 1);
    vm.api.lua_createtable(thread, 0, 0);
    for (let i = 0; i < length; i++) {
      this.value(thread);
      vm.pushWord(thread, T_BOOLEAN, 1);
      vm.api.lua_settable(thread, -3);
    }
    vm.api.lua_setfield(thread, -2, vm.name('set'));
  }

  private verbatim(thread: LuaPointer, start: number, length: number): void {
    const { vm } = this;
    const { bytes } = this.tape;
    vm.api.lua_createtable(thread, 0, 1);
    vm.api.lua_createtable(thread, 0, 2);
    vm.pushBytes(thread, bytes, start + 4, start + length);
    vm.api.lua_setfield(thread, -2, vm.name('string'));
    vm.pushBytes(thread, bytes, start, start + 3);
    vm.api.lua_setfield(thread, -2, vm.name('format'));
    vm.api.lua_setfield(thread, -2, vm.name('verbatim_string'));
  }

  /** Attributes are not shown to scripts: the reply that follows them is. */
  private attribute(thread: LuaPointer, pairs: number): void {
    this.makeRoom(thread);
    for (let i = 0; i < 2 * pairs; i++) {
      this.value(thread);
      this.vm.drop(thread, 1);
    }
    this.value(thread);
  }
}
