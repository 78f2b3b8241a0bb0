/**
 * Makes WebAssembly functions of JavaScript ones, so that they can be put into a module's function table: a module that
 * imports them and exports them again (https://webassembly.github.io/spec/core/binary/modules.html).
 */

/** A function as Lua calls it: given the thread, it answers how many results it has left on the stack. */
export type HostFunction = (thread: number) => number;

/** A debug hook: given the thread and what is known of the event. */
export type HookFunction = (thread: number, event: number) => void;

const I32 = 0x7f;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const TYPES = [2, 0x60, 1, I32, 1, I32, 0x60, 2, I32, I32, 0];
const HOST_TYPE = 0;
const HOOK_TYPE = 1;

const TYPE_SECTION = 1;
const IMPORT_SECTION = 2;
const EXPORT_SECTION = 7;
const FUNCTION_KIND = 0;

/** The functions for a function table, in the order of `hosts`, and `hook` behind them if there is one. */
export function trampolines(hosts: readonly HostFunction[], hook: HookFunction | null): readonly unknown[] {
  const functions = hook === null ? hosts : [...hosts, hook];
  const imports: number[] = leb128(functions.length);
  const exports: number[] = leb128(functions.length);
  for (const index of functions.keys()) {
    const type = index < hosts.length ? HOST_TYPE : HOOK_TYPE;
    imports.push(...name('h'), ...name(String(index)), FUNCTION_KIND, type);
    exports.push(...name(String(index)), FUNCTION_KIND, ...leb128(index));
  }
  const bytes = [
    ...HEADER,
    ...section(TYPE_SECTION, TYPES),
    ...section(IMPORT_SECTION, imports),
    ...section(EXPORT_SECTION, exports),
  ];
  const module = new WebAssembly.Module(Uint8Array.from(bytes));
  const instance = new WebAssembly.Instance(module, { h: Object.fromEntries(functions.entries()) });
  return Array.from(functions, (_, index) => instance.exports[index]);
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...leb128(content.length), ...content];
}

function name(text: string): readonly number[] {
  return [text.length, ...Buffer.from(text, 'latin1')];
}

/** An unsigned number, seven bits to a byte. */
function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}
