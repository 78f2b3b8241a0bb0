/**
 * An instance of the Lua module, its memory, and what it asks of the world: more memory and jumps, nothing else.
 *
 * Invariant: whatever calls into the module may make memory grow, which replaces {@link LuaInstance.u8} and its like, so
 * they are read anew after each call.
 */
import type { LuaApi } from './lua-module.ts';

/** The interpreter can't go on: memory ran out, or the stack, where nothing in Lua could catch it. */
export class LuaPanic extends Error {
  readonly code = 'LUA_PANIC';
}

/** What the module's `longjmp` throws: an error of Lua on its way to who catches it. */
const LONG_JUMP = Symbol('longjmp');

const PAGE_BYTES = 64 * 1024;
/** By how much memory grows at least. */
const GROWTH = 1.25;
/** What the module answers for system calls: there is no system (ENOSYS, in negative for those of the kernel). */
const NO_SYSTEM = 52;

/** A function of the module that may jump. */
type Invoked = (a: number, b: number) => void;

export class LuaInstance {
  readonly api: LuaApi;
  u8 = new Uint8Array(0);
  u16 = new Uint16Array(0);
  u32 = new Uint32Array(0);
  f64 = new Float64Array(0);

  private readonly limitBytes: number;
  private readonly invoked: Invoked[] = [];

  /** @param limitBytes how much memory the instance may take; beyond it allocations fail */
  constructor(module: WebAssembly.Module, limitBytes: number) {
    this.limitBytes = limitBytes;
    const instance = new WebAssembly.Instance(module, this.imports(module));
    this.api = instance.exports as unknown as LuaApi;
    this.remap();
    this.api.__wasm_call_ctors();
  }

  /** Bytes that the instance takes from the system. */
  get reservedBytes(): number {
    return this.u8.length;
  }

  protected allocate(bytes: number): number {
    const address = this.api.malloc(bytes);
    if (address === 0) throw new LuaPanic('not enough memory');
    return address;
  }

  private remap(): void {
    const { buffer } = this.api.memory;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  private grow(toBytes: number): number {
    if (toBytes > this.limitBytes) return 0;
    // In large steps: each replaces all views.
    const bytes = Math.min(this.limitBytes, Math.max(toBytes, this.u8.length * GROWTH));
    try {
      this.api.memory.grow(Math.ceil((bytes - this.u8.length) / PAGE_BYTES));
    } catch {
      return 0;
    }
    this.remap();
    return 1;
  }

  /** Runs what `setjmp` guards. */
  private invoke(index: number, a: number, b: number): void {
    const { api } = this;
    let target = this.invoked[index];
    if (target === undefined) {
      target = api.__indirect_function_table.get(index) as Invoked;
      this.invoked[index] = target;
    }
    const stack = api.stackSave();
    try {
      target(a, b);
    } catch (error) {
      api.stackRestore(stack);
      if (error !== LONG_JUMP) throw error;
      api.setThrew(1, 0);
    }
  }

  /** All that the module imports. */
  private imports(module: WebAssembly.Module): WebAssembly.Imports {
    const imports: Record<string, Record<string, (...args: number[]) => number | undefined>> = {};
    for (const { module: space, name } of WebAssembly.Module.imports(module)) {
      imports[space] ??= {};
      imports[space][name] = () => (name.startsWith('__syscall') ? -NO_SYSTEM : NO_SYSTEM);
    }
    Object.assign(imports.env, {
      exit: () => {
        throw new LuaPanic('an error that nothing in Lua could catch');
      },
      _emscripten_throw_longjmp: () => {
        throw LONG_JUMP;
      },
      invoke_vii: (index: number, a: number, b: number) => this.invoke(index, a, b),
      emscripten_memcpy_js: (to: number, from: number, length: number) => {
        this.u8.copyWithin(to, from, from + length);
      },
      emscripten_resize_heap: (bytes: number) => this.grow(bytes >>> 0),
      emscripten_date_now: () => Date.now(),
    });
    // No environment variables, so that the addresses that are asked for stay as they are.
    imports.wasi_snapshot_preview1.environ_sizes_get = (count, size) => {
      this.u32[count >> 2] = this.u32[size >> 2] = 0;
      return 0;
    };
    imports.wasi_snapshot_preview1.environ_get = () => 0;
    return imports;
  }
}
