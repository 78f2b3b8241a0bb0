/**
 * What scripts see as the global table, and nothing else: Lua's harmless libraries, Redis's, and all of it read-only.
 *
 * Lua 5.1 has no read-only tables. A **sealed** table stands for one: it is empty, its metatable leads reading to the
 * table behind it and refuses writing. Functions that pass metatables by (`next`, `rawget`, `rawset`, …) are replaced by
 * ones that know sealed tables: those that read look at what is behind, those that write refuse. So a script can change
 * nothing that the next one sees.
 *
 * The main thread's global table is the one behind ({@link Sandbox.shadow}); threads of scripts have the sealed one.
 */
import {
  CLOSURE_FUNCTION,
  GLOBALS_INDEX,
  type LuaPointer,
  T_FUNCTION,
  T_LIGHT_USERDATA,
  T_NIL,
  T_NUMBER,
  T_STRING,
  T_TABLE,
  TABLE_METATABLE,
} from './layout.ts';
import type { LuaVm } from './lua-vm.ts';
import type { HostFunction } from './trampolines.ts';
import { wideFormat, wideToNumber, withPositions } from './wide-integers.ts';

/** Functions and constants of a library by name. */
export type Library = Readonly<Record<string, HostFunction | number | string | null>>;

const READ_ONLY = 'Attempt to modify a readonly table';

/** Globals of Lua's base library that scripts don't get, and those that only a directive gives them. */
const REMOVED = ['dofile', 'loadfile', 'print'];
const DEPRECATED = ['newproxy', 'setfenv', 'getfenv'];

/** As many values as a function may have (LUAI_MAXCSTACK). */
const MAX_RESULTS = 8000;

/** The first byte of compiled chunks. */
const COMPILED = 0x1b;

export class Sandbox {
  private readonly vm: LuaVm;
  /** The tables behind sealed ones, by the address of the latter. Sealed tables live as long as the interpreter. */
  private readonly shadows = new Map<LuaPointer, LuaPointer>();
  /** What `getmetatable` answers for a sealed table: the sealed metatable, 0 for none. */
  private readonly metatables = new Map<LuaPointer, LuaPointer>();
  private stringMetatable: LuaPointer = 0;
  private globals = 0;
  private globalsMetatable = 0;
  private refuseFunction = 0;
  private missingFunction = 0;
  private readonly overlays: number[] = [];

  constructor(vm: LuaVm, options: { readonly deprecated: boolean }) {
    this.vm = vm;
    const { api, thread } = vm;
    this.refuseFunction = vm.addFunctions([
      (caller) => vm.fail(caller, READ_ONLY),
      (caller) => this.failMissing(caller),
    ]);
    this.missingFunction = this.refuseFunction + 1;
    for (const open of [api.luaopen_base, api.luaopen_table, api.luaopen_string, api.luaopen_math]) {
      this.open(open);
    }
    const removed = options.deprecated ? REMOVED : [...REMOVED, ...DEPRECATED];
    for (const name of removed) {
      api.lua_pushnil(thread);
      api.lua_setfield(thread, GLOBALS_INDEX, vm.name(name));
    }
    this.guardBase();
    api.lua_settop(thread, 0);
  }

  /** Adds functions and constants to the library `name`, which is made if there is none. */
  extend(name: string, library: Library): void {
    const { api, thread } = this.vm;
    api.lua_getfield(thread, GLOBALS_INDEX, this.vm.name(name));
    if (api.lua_type(thread, -1) === T_NIL) {
      api.lua_settop(thread, 0);
      api.lua_createtable(thread, 0, 0);
      api.lua_pushvalue(thread, -1);
      api.lua_setfield(thread, GLOBALS_INDEX, this.vm.name(name));
    }
    this.fill(library);
    api.lua_settop(thread, 0);
  }

  /** Adds global functions. */
  extendGlobals(library: Library): void {
    const { api, thread } = this.vm;
    api.lua_pushvalue(thread, GLOBALS_INDEX);
    this.fill(library);
    api.lua_settop(thread, 0);
  }

  /** Seals everything. Nothing may be added afterwards. */
  seal(): void {
    const { api, thread, vm } = { api: this.vm.api, thread: this.vm.thread, vm: this.vm };
    for (const name of this.tableNames()) {
      api.lua_getfield(thread, GLOBALS_INDEX, vm.name(name));
      this.sealTop(0);
      api.lua_setfield(thread, GLOBALS_INDEX, vm.name(name));
    }
    this.sealStrings();
    api.lua_pushvalue(thread, GLOBALS_INDEX);
    this.failOnMissing();
    const metatable = this.publicMetatable();
    this.globalsMetatable = this.sealTop(metatable);
    api.lua_pushvalue(thread, -1);
    api.lua_setfield(thread, GLOBALS_INDEX, vm.name('_G'));
    this.globals = vm.keep(thread);
    api.lua_settop(thread, 0);
  }

  /** Pushes the global table of scripts. */
  pushGlobals(thread: LuaPointer): void {
    this.vm.pushKept(thread, this.globals);
  }

  /**
   * Makes a table of libraries that can stand in place of all globals: see {@link show}. It answers an error for what is
   * not in it.
   */
  addOverlay(libraries: Readonly<Record<string, Library>>): number {
    const { api, thread } = this.vm;
    api.lua_createtable(thread, 0, 0);
    for (const [name, library] of Object.entries(libraries)) {
      api.lua_createtable(thread, 0, 0);
      this.fill(library);
      this.failOnMissing();
      this.sealTop(0);
      api.lua_setfield(thread, -2, this.vm.name(name));
    }
    this.failOnMissing();
    return this.overlays.push(this.vm.keep(thread)) - 1;
  }

  /** Lets scripts see an overlay in place of the globals; null for the globals. */
  show(overlay: number | null): void {
    const { api, thread } = this.vm;
    this.vm.pushKept(thread, this.globalsMetatable);
    if (overlay === null) api.lua_pushvalue(thread, GLOBALS_INDEX);
    else this.vm.pushKept(thread, this.overlays[overlay]);
    api.lua_setfield(thread, -2, this.vm.name('__index'));
    api.lua_settop(thread, 0);
  }

  private open(open: () => void): void {
    const { api, thread } = this.vm;
    const table = api.__indirect_function_table;
    // The module puts its own functions into its table.
    for (let index = 0; index < table.length; index++) {
      if (table.get(index) !== open) continue;
      api.lua_pushcclosure(thread, index, 0);
      this.vm.pushText(thread, '');
      api.lua_call(thread, 1, 0);
      return;
    }
    throw new Error('a library is not in the table of functions');
  }

  private tableNames(): readonly string[] {
    const { api, thread, vm } = { api: this.vm.api, thread: this.vm.thread, vm: this.vm };
    const names: string[] = [];
    api.lua_pushnil(thread);
    while (api.lua_next(thread, GLOBALS_INDEX) !== 0) {
      const value = vm.last(thread);
      const name = vm.textAt(value - 16);
      if (vm.typeAt(value) === T_TABLE && name !== '_G') names.push(name);
      vm.drop(thread, 1);
    }
    return names;
  }

  /** Puts a library's members into the table on the top. */
  private fill(library: Library): void {
    const { api, thread } = this.vm;
    const functions = Object.values(library).filter((value) => typeof value === 'function');
    let next = functions.length === 0 ? 0 : this.vm.addFunctions(functions);
    for (const [name, value] of Object.entries(library)) {
      if (typeof value === 'function') api.lua_pushcclosure(thread, next++, 0);
      else if (typeof value === 'number') api.lua_pushnumber(thread, value);
      else if (typeof value === 'string') this.vm.pushText(thread, value);
      else api.lua_pushlightuserdata(thread, 0);
      api.lua_setfield(thread, -2, this.vm.name(name));
    }
  }

  /** Replaces the table on the top by a sealed one in front of it. Answers what keeps the metatable in between. */
  private sealTop(publicMetatable: LuaPointer): number {
    const { api, thread } = this.vm;
    const shadow = api.lua_topointer(thread, -1);
    api.lua_createtable(thread, 0, 0);
    api.lua_insert(thread, -2);
    api.lua_createtable(thread, 0, 0);
    api.lua_insert(thread, -2);
    api.lua_setfield(thread, -2, this.vm.name('__index'));
    api.lua_pushcclosure(thread, this.refuseFunction, 0);
    api.lua_setfield(thread, -2, this.vm.name('__newindex'));
    api.lua_pushvalue(thread, -1);
    const metatable = this.vm.keep(thread);
    api.lua_setmetatable(thread, -2);
    const sealed = api.lua_topointer(thread, -1);
    this.shadows.set(sealed, shadow);
    this.metatables.set(sealed, publicMetatable);
    // Keeps the one in front too.
    api.lua_pushvalue(thread, -1);
    this.vm.keep(thread);
    return metatable;
  }

  /** Lets reading what is not in the table on the top be an error. */
  private failOnMissing(): void {
    const { api, thread } = this.vm;
    api.lua_createtable(thread, 0, 0);
    api.lua_pushcclosure(thread, this.missingFunction, 0);
    api.lua_setfield(thread, -2, this.vm.name('__index'));
    api.lua_setmetatable(thread, -2);
  }

  /** A sealed table like the metatable of {@link failOnMissing}: what scripts are shown as the one of the globals. */
  private publicMetatable(): LuaPointer {
    const { api, thread } = this.vm;
    api.lua_createtable(thread, 0, 0);
    api.lua_pushcclosure(thread, this.missingFunction, 0);
    api.lua_setfield(thread, -2, this.vm.name('__index'));
    this.sealTop(0);
    const sealed = api.lua_topointer(thread, -1);
    this.vm.drop(thread, 1);
    return sealed;
  }

  /** What scripts are shown as the metatable of strings. */
  private sealStrings(): void {
    const { api, thread } = this.vm;
    api.lua_createtable(thread, 0, 0);
    api.lua_getfield(thread, GLOBALS_INDEX, this.vm.name('string'));
    api.lua_setfield(thread, -2, this.vm.name('__index'));
    this.sealTop(0);
    this.stringMetatable = api.lua_topointer(thread, -1);
    this.vm.drop(thread, 1);
  }

  /** The table behind a value, if it is a sealed one; else 0. */
  private shadowOf(value: number): LuaPointer {
    const { vm } = this;
    if (vm.typeAt(value) !== T_TABLE) return 0;
    const table = vm.u32[value >> 2];
    // Hardly a table has a metatable, sealed ones all have.
    if (vm.u32[(table + TABLE_METATABLE) >> 2] === 0) return 0;
    return this.shadows.get(table) ?? 0;
  }

  private failMissing(thread: LuaPointer): number {
    const { vm } = this;
    if (vm.argumentCount(thread) !== 2) {
      return vm.fail(thread, 'Wrong number of arguments to luaProtectedTableError');
    }
    const name = vm.textArgument(thread, 2);
    if (name === null) {
      return vm.fail(thread, 'Second argument to luaProtectedTableError must be a string or number');
    }
    const [text] = name.split('\0', 1);
    return vm.fail(thread, `Script attempted to access nonexistent global variable '${text}'`);
  }

  // Lua's own functions, made to know sealed tables

  private guardBase(): void {
    const original = (table: string | null, name: string): HostFunction => this.functionOf(table, name);
    const next = original(null, 'next');
    const plainNext = this.keepGlobal('next');
    const loadText = this.textOnly(original(null, 'loadstring'));
    const seeThrough =
      (plain: HostFunction): HostFunction =>
      (caller) => {
        this.lookBehind(caller);
        return plain(caller);
      };
    this.extendGlobals({
      next: seeThrough(next),
      rawget: seeThrough(original(null, 'rawget')),
      rawset: this.refusing(original(null, 'rawset')),
      setmetatable: this.refusing(original(null, 'setmetatable')),
      tostring: this.namingNull(original(null, 'tostring')),
      getmetatable: this.showingMetatables(original(null, 'getmetatable')),
      tonumber: wideToNumber(this.vm, original(null, 'tonumber')),
      unpack: this.limitedUnpack(original(null, 'unpack')),
      loadstring: loadText,
      load: (caller) => this.loadPieces(caller, loadText),
    });
    this.extend('string', {
      byte: withPositions(this.vm, original('string', 'byte'), 1, 2),
      find: withPositions(this.vm, original('string', 'find'), 2, 1),
      format: wideFormat(this.vm, original('string', 'format')),
      match: withPositions(this.vm, original('string', 'match'), 2, 1),
      sub: withPositions(this.vm, original('string', 'sub'), 1, 2),
    });
    this.extend('table', {
      insert: this.refusing(original('table', 'insert')),
      foreach: seeThrough(original('table', 'foreach')),
    });
    this.extendGlobals({ pairs: this.pairing(plainNext, this.keepGlobal('next')) });
  }

  private keepGlobal(name: string): number {
    this.vm.api.lua_getfield(this.vm.thread, GLOBALS_INDEX, this.vm.name(name));
    return this.vm.keep(this.vm.thread);
  }

  /** A function of Lua's own, to be called with its caller's thread. */
  functionOf(table: string | null, name: string): HostFunction {
    const { api, thread, vm } = { api: this.vm.api, thread: this.vm.thread, vm: this.vm };
    if (table === null) api.lua_pushvalue(thread, GLOBALS_INDEX);
    else api.lua_getfield(thread, GLOBALS_INDEX, vm.name(table));
    api.lua_getfield(thread, -1, vm.name(name));
    const index = vm.u32[(vm.u32[vm.last(thread) >> 2] + CLOSURE_FUNCTION) >> 2];
    api.lua_settop(thread, 0);
    return vm.functionAt(index);
  }

  private lookBehind(caller: LuaPointer): void {
    const { vm } = this;
    if (vm.argumentCount(caller) === 0) return;
    const argument = vm.argument(caller, 0);
    const shadow = this.shadowOf(argument);
    if (shadow !== 0) vm.u32[argument >> 2] = shadow;
  }

  private refusing(plain: HostFunction): HostFunction {
    const { vm } = this;
    return (caller) => {
      const isSealed = vm.argumentCount(caller) > 1 && this.shadowOf(vm.argument(caller, 0)) !== 0;
      return isSealed ? vm.failPlainly(caller, READ_ONLY) : plain(caller);
    };
  }

  /** `pairs`. For sealed tables its generator is our `next`: Lua's own would need the table behind. */
  private pairing(plainNext: number, sealedNext: number): HostFunction {
    const { vm } = this;
    return (caller) => {
      vm.api.luaL_checktype(caller, 1, T_TABLE);
      const isSealed = this.shadowOf(vm.argument(caller, 0)) !== 0;
      vm.pushKept(caller, isSealed ? sealedNext : plainNext);
      vm.pushCopy(caller, vm.argument(caller, 0));
      vm.pushWord(caller, T_NIL, 0);
      return 3;
    };
  }

  private showingMetatables(plain: HostFunction): HostFunction {
    const { vm } = this;
    return (caller) => {
      if (vm.argumentCount(caller) === 0) return plain(caller);
      const argument = vm.argument(caller, 0);
      const isString = vm.typeAt(argument) === T_STRING;
      if (!isString && this.shadowOf(argument) === 0) return plain(caller);
      const shown = isString ? this.stringMetatable : (this.metatables.get(vm.u32[argument >> 2]) ?? 0);
      vm.pushWord(caller, shown === 0 ? T_NIL : T_TABLE, shown);
      return 1;
    };
  }

  /** `tostring`, which says of the null pointer, as which JSON's null is shown, what C's library on Linux says. */
  private namingNull(plain: HostFunction): HostFunction {
    const { vm } = this;
    return (caller) => {
      if (vm.argumentCount(caller) === 0) return plain(caller);
      const argument = vm.argument(caller, 0);
      if (vm.typeAt(argument) !== T_LIGHT_USERDATA || vm.u32[argument >> 2] !== 0) return plain(caller);
      vm.pushText(caller, 'userdata: (nil)');
      return 1;
    };
  }

  /** `unpack`: how many results there may be Lua asks itself in 32 bits, which overflow. */
  private limitedUnpack(plain: HostFunction): HostFunction {
    const { vm } = this;
    const { api } = vm;
    return (caller) => {
      if (vm.argumentCount(caller) < 2) return plain(caller);
      api.luaL_checktype(caller, 1, T_TABLE);
      const from = api.luaL_optinteger(caller, 2, 1);
      const hasEnd = api.lua_type(caller, 3) > T_NIL;
      const to = hasEnd ? api.luaL_checkinteger(caller, 3) : api.lua_objlen(caller, 1);
      return to - from < MAX_RESULTS ? plain(caller) : vm.fail(caller, 'too many results to unpack');
    };
  }

  /** `loadstring` for which a compiled chunk is a text that makes no sense: behind a space, Lua sees no signature. */
  private textOnly(loadstring: HostFunction): HostFunction {
    const { vm } = this;
    return (caller) => {
      const isCompiled =
        vm.argumentCount(caller) > 0 &&
        vm.typeAt(vm.argument(caller, 0)) === T_STRING &&
        vm.u8[vm.stringStart(vm.argument(caller, 0))] === COMPILED;
      if (!isCompiled) return loadstring(caller);
      // Lua names a chunk without a name after its text.
      if (vm.argumentCount(caller) === 1) vm.api.lua_pushvalue(caller, 1);
      vm.pushText(caller, ' ');
      vm.api.lua_pushvalue(caller, 1);
      vm.api.lua_concat(caller, 2);
      vm.api.lua_replace(caller, 1);
      return loadstring(caller);
    };
  }

  /** `load`: gathers the pieces first. */
  private loadPieces(caller: LuaPointer, loadstring: HostFunction): number {
    const { vm } = this;
    const { api } = vm;
    api.luaL_checktype(caller, 1, T_FUNCTION);
    const name = api.luaL_optlstring(caller, 2, vm.name('=(load)'), vm.lengthCell);
    const nameLength = vm.u32[vm.lengthCell >> 2];
    const chunkName = vm.textOf(name, nameLength);
    const pieces: Buffer[] = [];
    for (;;) {
      api.lua_pushvalue(caller, 1);
      if (api.lua_pcall(caller, 0, 1, 0) !== 0) return this.answerFailedReader(caller);
      const type = api.lua_type(caller, -1);
      if (type !== T_NIL && type !== T_STRING && type !== T_NUMBER) {
        vm.pushText(caller, 'reader function must return a string');
        return this.answerFailure(caller);
      }
      const piece = vm.textArgument(caller, -1) ?? '';
      vm.drop(caller, 1);
      if (piece === '') break;
      pieces.push(Buffer.from(piece, 'latin1'));
    }
    const code = Buffer.concat(pieces);
    api.lua_settop(caller, 0);
    vm.pushBytes(caller, code, 0, code.length);
    vm.pushText(caller, chunkName);
    return loadstring(caller);
  }

  /** The reader's error has passed the script's handler of errors, which makes a table of it. */
  private answerFailedReader(caller: LuaPointer): number {
    const { vm } = this;
    if (vm.typeAt(vm.last(caller)) === T_STRING) {
      vm.pushText(caller, 'ERR ');
      vm.api.lua_insert(caller, -2);
      vm.api.lua_concat(caller, 2);
      vm.api.lua_createtable(caller, 0, 1);
      vm.api.lua_insert(caller, -2);
      vm.api.lua_setfield(caller, -2, vm.name('err'));
    }
    return this.answerFailure(caller);
  }

  private answerFailure(caller: LuaPointer): number {
    this.vm.api.lua_pushnil(caller);
    this.vm.api.lua_insert(caller, -2);
    return 2;
  }
}
