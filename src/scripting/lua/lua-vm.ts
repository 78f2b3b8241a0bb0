/**
 * One Lua interpreter: an instance of the module, and the ways in and out. Values lie in memory and on the stacks of
 * threads; what keeps them, raises errors about them and says where they were raised is here too.
 *
 * Strings are bytes in both directions. A JavaScript function that Lua calls gets its arguments on the stack of the
 * thread it is given. It raises an error of Lua by {@link LuaVm.fail} or by any function of {@link LuaApi} that fails:
 * both throw what is a `longjmp` to the module ({@link LuaInstance}), which passes through JavaScript and the module alike,
 * and must never be caught or be thrown while something of ours is half done.
 *
 * Invariant: functions of {@link LuaApi} that may fail are called only where Lua has called us, or where a failure is the
 * end of this interpreter ({@link LuaPanic}): it is thrown away then.
 */
import {
  CLOSURE_FUNCTION,
  CLOSURE_IS_C,
  GC_COLLECT,
  GC_COUNT,
  GC_STEP,
  type LuaPointer,
  MARK_BLACK,
  OBJECT_MARKS,
  PROTOTYPE_LINE_COUNT,
  PROTOTYPE_LINES,
  REGISTRY_INDEX,
  STRING_BYTES,
  STRING_LENGTH,
  T_FUNCTION,
  T_NUMBER,
  T_STRING,
  TABLE_ARRAY,
  TABLE_NODES,
  THREAD_BASE,
  THREAD_TOP,
  VALUE_BYTES,
  VALUE_TAG,
} from './layout.ts';
import { LuaInstance, LuaPanic } from './lua-instance.ts';
import { type HookFunction, type HostFunction, trampolines } from './trampolines.ts';

/** Where texts and bytes on their way into the interpreter are put. */
const SCRATCH_BYTES = 64 * 1024;
/** More than there can be: asking for it fails, in the way that Lua fails when memory is used up. */
const TOO_MUCH = 0x7fffffff;
/** A debug record (lua_Debug) and where in it the source's length of name and the line are. */
const RECORD_BYTES = 128;
const RECORD_NAME = 4;
const RECORD_WHAT = 12;
const RECORD_SOURCE = 16;
const RECORD_LINE = 20;

/** Where an error was raised. */
export interface SourcePosition {
  readonly source: string;
  readonly line: number;
}

export class LuaVm extends LuaInstance {
  /** The main thread. No script runs in it: see {@link Coroutines}. */
  readonly thread: LuaPointer;
  /** Where the length of a string is put that the module answers. */
  readonly lengthCell: number;
  /** Where all tables without nodes have theirs. */
  readonly noNodes: number;

  private readonly scratch: number;
  private readonly record: number;
  private readonly names = new Map<string, number>();
  private readonly strings = new Map<string, LuaPointer>();
  private readonly hosts = new Map<number, HostFunction>();

  /** @param limitBytes how much memory the interpreter may take; beyond it scripts fail */
  constructor(module: WebAssembly.Module, limitBytes: number) {
    super(module, limitBytes);
    this.scratch = this.allocate(SCRATCH_BYTES);
    this.lengthCell = this.allocate(8);
    this.record = this.allocate(RECORD_BYTES);
    this.thread = this.api.luaL_newstate();
    if (this.thread === 0) throw new LuaPanic('not enough memory for an interpreter');
    this.api.lua_createtable(this.thread, 0, 0);
    this.noNodes = this.u32[(this.u32[this.last(this.thread) >> 2] + TABLE_NODES) >> 2];
    this.drop(this.thread, 1);
  }

  /** Bytes that Lua's objects take, what is no longer used included. */
  get usedBytes(): number {
    return this.api.lua_gc(this.thread, GC_COUNT, 0) * 1024;
  }

  /** Collects a part of the garbage; true where that has ended a round. */
  collectSome(steps: number): boolean {
    return this.api.lua_gc(this.thread, GC_STEP, steps) !== 0;
  }

  collectAll(): void {
    this.api.lua_gc(this.thread, GC_COLLECT, 0);
  }

  /** Puts functions into the table of functions, by which Lua knows them: the number of the first. */
  addFunctions(functions: readonly HostFunction[], hook: HookFunction | null = null): number {
    const made = trampolines(functions, hook);
    const table = this.api.__indirect_function_table;
    const first = table.grow(made.length);
    for (const [index, each] of made.entries()) table.set(first + index, each);
    for (const [index, each] of functions.entries()) this.hosts.set(first + index, each);
    return first;
  }

  /** The function of ours that a value in memory is; null for any other value. */
  hostAt(value: number): HostFunction | null {
    if (this.typeAt(value) !== T_FUNCTION) return null;
    const closure = this.u32[value >> 2];
    if (this.u8[closure + CLOSURE_IS_C] === 0) return null;
    return this.hosts.get(this.u32[(closure + CLOSURE_FUNCTION) >> 2]) ?? null;
  }

  /** A function of the table, to be called by us. */
  functionAt(index: number): HostFunction {
    return this.api.__indirect_function_table.get(index) as HostFunction;
  }

  /** A text that ends with a zero, at an address where it stays. For names that the program knows. */
  name(text: string): number {
    let address = this.names.get(text);
    if (address === undefined) {
      address = this.allocate(text.length + 1);
      for (let i = 0; i < text.length; i++) this.u8[address + i] = text.charCodeAt(i);
      this.u8[address + text.length] = 0;
      this.names.set(text, address);
    }
    return address;
  }

  /** A string of Lua that stays where it is: to be pushed by its address. For names that the program knows. */
  interned(text: string): LuaPointer {
    let address = this.strings.get(text);
    if (address === undefined) {
      this.pushText(this.thread, text);
      address = this.u32[this.last(this.thread) >> 2];
      this.keep(this.thread);
      this.strings.set(text, address);
    }
    return address;
  }

  // The stack of a thread

  /** Where argument `index` of the running function is, counted from 0; {@link argumentCount} says how many there are. */
  argument(thread: LuaPointer, index: number): number {
    return this.u32[(thread + THREAD_BASE) >> 2] + index * VALUE_BYTES;
  }

  argumentCount(thread: LuaPointer): number {
    return (this.u32[(thread + THREAD_TOP) >> 2] - this.u32[(thread + THREAD_BASE) >> 2]) >> 4;
  }

  /** Where the value is that was pushed last. */
  last(thread: LuaPointer): number {
    return this.u32[(thread + THREAD_TOP) >> 2] - VALUE_BYTES;
  }

  /** Drops the last `count` values. */
  drop(thread: LuaPointer, count: number): void {
    this.u32[(thread + THREAD_TOP) >> 2] -= count * VALUE_BYTES;
  }

  /** Takes all arguments from the stack. */
  dropArguments(thread: LuaPointer): void {
    this.u32[(thread + THREAD_TOP) >> 2] = this.u32[(thread + THREAD_BASE) >> 2];
  }

  /** Pushes a value that lies in memory. There must be room: every function may push 20 values without asking. */
  pushCopy(thread: LuaPointer, value: number): void {
    const top = this.u32[(thread + THREAD_TOP) >> 2];
    this.u8.copyWithin(top, value, value + VALUE_BYTES);
    this.u32[(thread + THREAD_TOP) >> 2] = top + VALUE_BYTES;
  }

  /** Pushes a number. There must be room. */
  pushNumber(thread: LuaPointer, value: number): void {
    const top = this.u32[(thread + THREAD_TOP) >> 2];
    this.f64[top >> 3] = value;
    this.pushTag(thread, top, T_NUMBER);
  }

  /** Pushes what takes one word: nothing, a truth value, a table. There must be room. */
  pushWord(thread: LuaPointer, tag: number, word: number): void {
    const top = this.u32[(thread + THREAD_TOP) >> 2];
    this.u32[top >> 2] = word;
    this.pushTag(thread, top, tag);
  }

  /**
   * Takes the last value from the stack and puts it into a table's array, which must have room for `index` (from 1 on).
   * False where the collector has to be told: nothing is done then.
   */
  popIntoArray(thread: LuaPointer, table: LuaPointer, index: number): boolean {
    const { u32 } = this;
    if ((this.u8[table + OBJECT_MARKS] & MARK_BLACK) !== 0) return false;
    const value = u32[(thread + THREAD_TOP) >> 2] - VALUE_BYTES;
    const to = u32[(table + TABLE_ARRAY) >> 2] + (index - 1) * VALUE_BYTES;
    u32[to >> 2] = u32[value >> 2];
    u32[(to + 4) >> 2] = u32[(value + 4) >> 2];
    u32[(to + VALUE_TAG) >> 2] = u32[(value + VALUE_TAG) >> 2];
    u32[(thread + THREAD_TOP) >> 2] = value;
    return true;
  }

  /** Pushes a string of the given bytes. */
  pushBytes(thread: LuaPointer, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= SCRATCH_BYTES) {
      const to = this.scratch;
      if (length < 32) for (let i = 0; i < length; i++) this.u8[to + i] = bytes[start + i];
      else this.u8.set(bytes.subarray(start, end), to);
      this.api.lua_pushlstring(thread, to, length);
      return;
    }
    const room = this.api.malloc(length);
    if (room === 0) this.runOutOfMemory(thread);
    this.u8.set(bytes.subarray(start, end), room);
    try {
      this.api.lua_pushlstring(thread, room, length);
    } finally {
      this.api.free(room);
    }
  }

  /** Pushes a text, each of whose characters is a byte. */
  pushText(thread: LuaPointer, text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.pushBytes(thread, bytes, 0, bytes.length);
  }

  // Values in memory

  typeAt(value: number): number {
    return this.u32[(value + VALUE_TAG) >> 2];
  }

  /** The bytes of a string that lies at `value`: where they begin. */
  stringStart(value: number): number {
    return this.u32[value >> 2] + STRING_BYTES;
  }

  stringLength(value: number): number {
    return this.u32[(this.u32[value >> 2] + STRING_LENGTH) >> 2];
  }

  /** A string that lies at `value`, a character for each byte. */
  textAt(value: number): string {
    return this.textOf(this.stringStart(value), this.stringLength(value));
  }

  textOf(start: number, length: number): string {
    return Buffer.from(this.u8.buffer, start, length).toString('latin1');
  }

  /** An argument as text, if it is a string or a number (which becomes a string where it is). */
  textArgument(thread: LuaPointer, index: number): string | null {
    const start = this.api.lua_tolstring(thread, index, this.lengthCell);
    return start === 0 ? null : this.textOf(start, this.u32[this.lengthCell >> 2]);
  }

  /** The string field `name` of the table on the top of the stack, read without metamethods. */
  textField(thread: LuaPointer, name: string): string | null {
    this.pushText(thread, name);
    this.api.lua_rawget(thread, -2);
    const value = this.last(thread);
    const type = this.typeAt(value);
    const text = type === T_STRING || type === T_NUMBER ? this.textArgument(thread, -1) : null;
    this.drop(thread, 1);
    return text;
  }

  // Errors

  /** Raises an error with the position of the caller before its text, as `luaL_error` does. */
  fail(thread: LuaPointer, text: string): never {
    this.api.luaL_where(thread, 1);
    this.pushText(thread, text);
    this.api.lua_concat(thread, 2);
    return this.api.lua_error(thread);
  }

  /** Raises an error without a position. */
  failPlainly(thread: LuaPointer, text: string): never {
    this.pushText(thread, text);
    return this.api.lua_error(thread);
  }

  /** Raises the error about argument `index`, counted from 1. */
  failArgument(thread: LuaPointer, index: number, text: string): never {
    this.pushText(thread, `${text}\0`);
    return this.api.luaL_argerror(thread, index, this.stringStart(this.last(thread)));
  }

  runOutOfMemory(thread: LuaPointer): never {
    this.api.lua_newuserdata(thread, TOO_MUCH);
    throw new LuaPanic('an impossible allocation succeeded');
  }

  /** Where level `level` of a thread is in its source; null where that is not known. */
  position(thread: LuaPointer, level: number): (SourcePosition & { readonly isC: boolean }) | null {
    const { record } = this;
    if (this.api.lua_getstack(thread, level, record) === 0) return null;
    this.api.lua_getinfo(thread, this.name('Sl'), record);
    const line = this.u32[(record + RECORD_LINE) >> 2] | 0;
    const source = this.zeroEnded(this.u32[(record + RECORD_SOURCE) >> 2]);
    const isC = this.zeroEnded(this.u32[(record + RECORD_WHAT) >> 2]) === 'C';
    return { source, line, isC };
  }

  /** The function at level `level` of a thread: where in its source, and how it is called; null where there is none. */
  calledFunction(thread: LuaPointer, level: number): (SourcePosition & { readonly name: string | null }) | null {
    const position = this.position(thread, level);
    if (position === null) return null;
    this.api.lua_getinfo(thread, this.name('n'), this.record);
    const name = this.u32[(this.record + RECORD_NAME) >> 2];
    return { source: position.source, line: position.line, name: name === 0 ? null : this.zeroEnded(name) };
  }

  /**
   * Calls `visit` with the names of the local variables at a level, and the addresses of their values, for as long as it
   * answers true.
   */
  forEachLocal(
    thread: LuaPointer,
    level: number,
    visit: (name: string, value: number) => boolean,
  ): 'all' | 'stopped' | 'no such level' {
    if (this.api.lua_getstack(thread, level, this.record) === 0) return 'no such level';
    for (let index = 1; ; index++) {
      const name = this.api.lua_getlocal(thread, this.record, index);
      if (name === 0) return 'all';
      const goesOn = visit(this.zeroEnded(name), this.last(thread));
      this.drop(thread, 1);
      if (!goesOn) return 'stopped';
    }
  }

  // References: values that Lua must keep for us

  /** Takes the last value from the stack and keeps it. */
  keep(thread: LuaPointer): number {
    return this.api.luaL_ref(thread, REGISTRY_INDEX);
  }

  release(reference: number): void {
    this.api.luaL_unref(this.thread, REGISTRY_INDEX, reference);
  }

  pushKept(thread: LuaPointer, reference: number): void {
    this.api.lua_rawgeti(thread, REGISTRY_INDEX, reference);
  }

  /** Compiles a chunk and leaves the function on the stack, or an error. Chunks of compiled code are none to Lua here. */
  load(thread: LuaPointer, code: Uint8Array, name: string): number {
    // Lua tells compiled code by its first byte: behind a space it is but a text that makes no sense.
    const isCompiled = code[0] === 0x1b;
    const length = code.length + (isCompiled ? 1 : 0);
    const room = this.api.malloc(length + 1);
    if (room === 0) throw new LuaPanic('not enough memory');
    if (isCompiled) this.u8[room] = 0x20;
    this.u8.set(code, room + length - code.length);
    const status = this.api.luaL_loadbuffer(thread, room, length, this.name(name));
    this.api.free(room);
    return status;
  }

  /** Lets the function on the top have no lines: errors raised below it do not name it. */
  forgetLines(thread: LuaPointer): void {
    const prototype = this.u32[(this.u32[this.last(thread) >> 2] + CLOSURE_FUNCTION) >> 2];
    this.u32[(prototype + PROTOTYPE_LINES) >> 2] = 0;
    this.u32[(prototype + PROTOTYPE_LINE_COUNT) >> 2] = 0;
  }

  private pushTag(thread: LuaPointer, top: number, tag: number): void {
    this.u32[(top + VALUE_TAG) >> 2] = tag;
    this.u32[(thread + THREAD_TOP) >> 2] = top + VALUE_BYTES;
  }

  private zeroEnded(start: number): string {
    return this.textOf(start, this.u8.indexOf(0, start) - start);
  }
}
