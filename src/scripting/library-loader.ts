/**
 * Loads function libraries: runs their code, which registers functions, in an interpreter that shows it nothing but
 * what is needed for that.
 */
import { performance } from 'node:perf_hooks';
import { BAD_NAME, type FunctionLibrary, isName, type LibraryFunction, type LibrarySet } from './function-libraries.ts';
import type { Interpreter } from './interpreter.ts';
import { type LuaPointer, T_FUNCTION, T_NIL, T_TABLE } from './lua/layout.ts';
import { readShebang, scriptFlag } from './script-flags.ts';

/** How long a library's code may run. */
const TIME_LIMIT_MS = 500;
const CHUNK_NAME = '@user_function';

/** What the first line of a library says, and where its code begins. */
interface Metadata {
  readonly engine: string;
  readonly name: string;
  readonly codeStart: number;
}

export class LibraryLoader {
  private readonly interpreter: Interpreter;
  /** What libraries see while they are loaded. */
  private readonly overlay: number;
  private loading: FunctionLibrary | null = null;
  private startedMs = 0;

  constructor(interpreter: Interpreter) {
    this.interpreter = interpreter;
    this.overlay = interpreter.sandbox.addOverlay({
      redis: { ...interpreter.redis.logging, register_function: (thread) => this.register(thread) },
    });
  }

  get isLoading(): boolean {
    return this.loading !== null;
  }

  /** Asked by the hook: ends code that runs for too long. */
  checkTime(thread: LuaPointer): void {
    if (performance.now() - this.startedMs > TIME_LIMIT_MS)
      this.interpreter.redis.fail(thread, 'FUNCTION LOAD timeout');
  }

  /** Loads a library into a set; answers it, or what is wrong with it, and the set is as before then. */
  load(set: LibrarySet, code: Uint8Array, replaces: boolean): FunctionLibrary | string {
    const metadata = readMetadata(code);
    if (typeof metadata === 'string') return metadata;
    const { engine, name } = metadata;
    if (!isName(name)) return BAD_NAME;
    if (engine.toLowerCase() !== 'lua') return `Engine '${engine}' not found`;
    const old = set.libraries.get(name);
    if (old !== undefined && !replaces) return `Library '${name}' already exists`;
    const library: FunctionLibrary = { name, code, functions: new Map() };
    const problem = this.run(library, metadata.codeStart);
    if (old !== undefined) set.remove(old);
    const collision = problem === null ? set.collision(library) : null;
    if (problem !== null || collision !== null) {
      if (old !== undefined) set.add(old);
      this.release(library);
      return problem ?? `Function ${collision} already exists`;
    }
    set.add(library);
    if (old !== undefined) this.release(old);
    return library;
  }

  /** Lets the interpreter forget a library's functions. */
  release(library: FunctionLibrary): void {
    for (const { reference } of library.functions.values()) this.interpreter.vm.release(reference);
  }

  private run(library: FunctionLibrary, codeStart: number): string | null {
    const { interpreter } = this;
    const chunk = interpreter.compile(library.code.subarray(codeStart), CHUNK_NAME);
    if (typeof chunk === 'string') return `Error compiling function: ${chunk}`;
    interpreter.sandbox.show(this.overlay);
    this.loading = library;
    this.startedMs = performance.now();
    try {
      const failure = interpreter.runLoading(chunk);
      interpreter.sandbox.show(null);
      if (failure !== null) return `Error registering functions: ${failure.line}`;
    } finally {
      this.loading = null;
    }
    return library.functions.size === 0 ? 'No functions registered' : null;
  }

  /** `redis.register_function(name, callback)`, or with one table of named arguments. */
  private register(thread: LuaPointer): number {
    const { redis, vm } = this.interpreter;
    const { loading } = this;
    if (loading === null) {
      return redis.fail(thread, 'redis.register_function can only be called on FUNCTION LOAD command');
    }
    const count = vm.argumentCount(thread);
    if (count < 1 || count > 2) return redis.fail(thread, 'wrong number of arguments to redis.register_function');
    const registered = count === 1 ? this.named(thread) : this.positional(thread);
    const problem =
      (isName(registered.name) ? null : BAD_NAME) ??
      (loading.functions.has(registered.name) ? 'Function already exists in the library' : null);
    if (problem !== null) {
      vm.release(registered.reference);
      return redis.fail(thread, problem);
    }
    loading.functions.set(registered.name, registered);
    return 0;
  }

  private positional(thread: LuaPointer): LibraryFunction {
    const { redis, vm } = this.interpreter;
    const name = vm.textArgument(thread, 1);
    if (name === null) return redis.fail(thread, 'first argument to redis.register_function must be a string');
    if (vm.api.lua_type(thread, 2) !== T_FUNCTION) {
      return redis.fail(thread, 'second argument to redis.register_function must be a function');
    }
    return { name, description: null, flags: 0, isFunction: true, reference: vm.keep(thread) };
  }

  private named(thread: LuaPointer): LibraryFunction {
    const { redis, vm } = this.interpreter;
    const { api } = vm;
    if (api.lua_type(thread, 1) !== T_TABLE) {
      return redis.fail(
        thread,
        'calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).',
      );
    }
    let name: string | null = null;
    let description: string | null = null;
    let flags = 0;
    let hasCallback = false;
    // The callback has a place of its own below the pairs.
    api.lua_pushnil(thread);
    api.lua_pushnil(thread);
    while (api.lua_next(thread, 1) !== 0) {
      // A number as a key must stay one.
      const key = api.lua_isstring(thread, -2) === 0 ? null : this.copyText(thread, -2);
      switch (key?.toLowerCase()) {
        case undefined:
          return redis.fail(thread, 'named argument key given to redis.register_function is not a string');
        case 'function_name':
          name = this.text(thread, 'function_name');
          break;
        case 'description':
          description = this.text(thread, 'description');
          break;
        case 'callback':
          if (api.lua_type(thread, -1) !== T_FUNCTION) {
            redis.fail(thread, 'callback argument given to redis.register_function must be a function');
          }
          hasCallback = true;
          api.lua_pushvalue(thread, -1);
          api.lua_replace(thread, 2);
          break;
        case 'flags':
          flags = this.flags(thread);
          break;
        default:
          return redis.fail(thread, 'unknown argument given to redis.register_function');
      }
      vm.drop(thread, 1);
    }
    if (name === null) return redis.fail(thread, 'redis.register_function must get a function name argument');
    if (!hasCallback) return redis.fail(thread, 'redis.register_function must get a callback argument');
    api.lua_settop(thread, 2);
    return { name, description, flags, isFunction: true, reference: vm.keep(thread) };
  }

  private copyText(thread: LuaPointer, index: number): string | null {
    const { vm } = this.interpreter;
    vm.api.lua_pushvalue(thread, index);
    const text = vm.textArgument(thread, -1);
    vm.drop(thread, 1);
    return text;
  }

  private text(thread: LuaPointer, argument: string): string {
    const { redis, vm } = this.interpreter;
    const text = vm.textArgument(thread, -1);
    if (text !== null) return text;
    return redis.fail(thread, `${argument} argument given to redis.register_function must be a string`);
  }

  private flags(thread: LuaPointer): number {
    const { redis, vm } = this.interpreter;
    const { api } = vm;
    if (api.lua_type(thread, -1) !== T_TABLE) {
      redis.fail(thread, 'flags argument to redis.register_function must be a table representing function flags');
    }
    let flags = 0;
    for (let i = 1; ; i++) {
      vm.pushNumber(thread, i);
      api.lua_gettable(thread, -2);
      if (api.lua_type(thread, -1) === T_NIL) break;
      const name = api.lua_isstring(thread, -1) === 0 ? null : vm.textArgument(thread, -1);
      const flag = name === null ? null : scriptFlag(name.toLowerCase());
      if (flag === null) return redis.fail(thread, 'unknown flag given');
      flags |= flag;
      vm.drop(thread, 1);
    }
    vm.drop(thread, 1);
    return flags;
  }
}

/** What a library's first line says, or what is wrong with it. */
function readMetadata(code: Uint8Array): Metadata | string {
  const shebang = readShebang(code);
  if (shebang === null) return 'Missing library metadata';
  if (shebang === 'unended' || shebang.words === null) return 'Invalid library metadata';
  const [engine, ...options] = shebang.words;
  let name: string | null = null;
  for (const option of options) {
    if (option.slice(0, 5).toLowerCase() !== 'name=') return `Invalid metadata value given: ${option}`;
    if (name !== null) return 'Invalid metadata value, name argument was given multiple times';
    name = option.slice(5);
  }
  if (name === null) return 'Library name was not given';
  return { engine: engine.slice(2), name, codeStart: shebang.end };
}
