/**
 * The interpreter: PUC Lua 5.1.5 as a WebAssembly module from the package `wasmoon-lua5.1`. Only the module is used, not
 * the package's JavaScript, which would put its own names among the global ones.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { invariant } from '../../lib/invariant.ts';
import type { LuaPointer } from './layout.ts';

type Pointer = number;

/** What the module exports, as far as it is used: Lua's C interface (https://www.lua.org/manual/5.1/manual.html#3). */
export interface LuaApi {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  malloc(bytes: number): Pointer;
  free(pointer: Pointer): void;
  stackSave(): Pointer;
  stackRestore(pointer: Pointer): void;
  setThrew(value: number, code: number): void;

  luaL_newstate(): LuaPointer;
  luaopen_base(): void;
  luaopen_table(): void;
  luaopen_string(): void;
  luaopen_math(): void;
  luaopen_debug(): void;

  lua_newthread(thread: LuaPointer): LuaPointer;
  lua_pushthread(thread: LuaPointer): number;
  lua_xmove(from: LuaPointer, to: LuaPointer, count: number): void;
  lua_resume(thread: LuaPointer, argumentCount: number): number;
  lua_yield(thread: LuaPointer, resultCount: number): number;
  lua_status(thread: LuaPointer): number;
  lua_sethook(thread: LuaPointer, hook: number, mask: number, count: number): void;
  lua_getstack(thread: LuaPointer, level: number, record: Pointer): number;
  lua_getinfo(thread: LuaPointer, what: Pointer, record: Pointer): number;
  lua_getlocal(thread: LuaPointer, record: Pointer, index: number): Pointer;

  lua_gettop(thread: LuaPointer): number;
  lua_settop(thread: LuaPointer, index: number): void;
  lua_checkstack(thread: LuaPointer, slots: number): number;
  lua_pushvalue(thread: LuaPointer, index: number): void;
  lua_insert(thread: LuaPointer, index: number): void;
  lua_remove(thread: LuaPointer, index: number): void;
  lua_replace(thread: LuaPointer, index: number): void;

  lua_type(thread: LuaPointer, index: number): number;
  lua_isnumber(thread: LuaPointer, index: number): number;
  lua_isstring(thread: LuaPointer, index: number): number;
  lua_tonumber(thread: LuaPointer, index: number): number;
  lua_toboolean(thread: LuaPointer, index: number): number;
  lua_tolstring(thread: LuaPointer, index: number, length: Pointer): Pointer;
  lua_tothread(thread: LuaPointer, index: number): LuaPointer;
  lua_topointer(thread: LuaPointer, index: number): LuaPointer;
  lua_objlen(thread: LuaPointer, index: number): number;

  lua_pushnil(thread: LuaPointer): void;
  lua_pushnumber(thread: LuaPointer, value: number): void;
  lua_pushboolean(thread: LuaPointer, value: number): void;
  lua_pushlightuserdata(thread: LuaPointer, pointer: Pointer): void;
  lua_pushlstring(thread: LuaPointer, bytes: Pointer, length: number): void;
  lua_pushcclosure(thread: LuaPointer, index: number, upvalues: number): void;

  lua_createtable(thread: LuaPointer, arrayLength: number, hashLength: number): void;
  lua_gettable(thread: LuaPointer, index: number): void;
  lua_getfield(thread: LuaPointer, index: number, name: Pointer): void;
  lua_setfield(thread: LuaPointer, index: number, name: Pointer): void;
  lua_rawget(thread: LuaPointer, index: number): void;
  lua_rawset(thread: LuaPointer, index: number): void;
  lua_rawgeti(thread: LuaPointer, index: number, key: number): void;
  lua_rawseti(thread: LuaPointer, index: number, key: number): void;
  lua_getmetatable(thread: LuaPointer, index: number): number;
  lua_setmetatable(thread: LuaPointer, index: number): number;
  lua_settable(thread: LuaPointer, index: number): void;
  lua_next(thread: LuaPointer, index: number): number;
  lua_concat(thread: LuaPointer, count: number): void;
  lua_call(thread: LuaPointer, argumentCount: number, resultCount: number): void;
  lua_pcall(thread: LuaPointer, argumentCount: number, resultCount: number, handler: number): number;
  lua_error(thread: LuaPointer): never;
  lua_gc(thread: LuaPointer, what: number, data: number): number;
  lua_newuserdata(thread: LuaPointer, bytes: number): Pointer;

  luaL_loadbuffer(thread: LuaPointer, bytes: Pointer, length: number, name: Pointer): number;
  luaL_where(thread: LuaPointer, level: number): void;
  luaL_argerror(thread: LuaPointer, argument: number, message: Pointer): never;
  luaL_checkany(thread: LuaPointer, argument: number): void;
  luaL_checktype(thread: LuaPointer, argument: number, type: number): void;
  luaL_typerror(thread: LuaPointer, argument: number, name: Pointer): never;
  luaL_checklstring(thread: LuaPointer, argument: number, length: Pointer): Pointer;
  luaL_optlstring(thread: LuaPointer, argument: number, otherwise: Pointer, length: Pointer): Pointer;
  luaL_checknumber(thread: LuaPointer, argument: number): number;
  luaL_checkinteger(thread: LuaPointer, argument: number): number;
  luaL_optinteger(thread: LuaPointer, argument: number, otherwise: number): number;
  luaL_ref(thread: LuaPointer, table: number): number;
  luaL_unref(thread: LuaPointer, table: number, reference: number): void;
}

/** Where the module's file is. */
export function luaModulePath(): string {
  return createRequire(import.meta.url).resolve('wasmoon-lua5.1/dist/liblua5.1.wasm');
}

/**
 * In `luaS_newlstr`: whether a string's length is more than a 32nd of it, which is how many bytes its hash passes over each
 * time. Redis's Lua hashes all bytes: then nobody can choose strings that collide, and `next` goes through a table with
 * long keys in another order.
 */
const HASH_STEP = Uint8Array.of(0x20, 2, 0x20, 2, 0x41, 5, 0x76, 0x22, 5, 0x4b);
/** Where in it the 5 is by which the length is shifted, and what leaves nothing of any length. */
const STEP_SHIFT = 5;
const WHOLE_LENGTH = 31;

/** Reads and compiles the module, which takes some milliseconds. */
export function openLuaModule(): WebAssembly.Module {
  const bytes = readFileSync(luaModulePath());
  const at = bytes.indexOf(HASH_STEP);
  invariant(at >= 0, 'the Lua module is another than the one that is known');
  bytes[at + STEP_SHIFT] = WHOLE_LENGTH;
  return new WebAssembly.Module(bytes);
}
