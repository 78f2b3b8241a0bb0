/**
 * `cjson.encode`: writes a value of Lua as JSON, byte for byte as Redis's cjson 2.1 does. Tables are read where they lie in
 * memory, in the order of `next`.
 */
import { formatGeneral } from '../lib/general-format.ts';
import { writeDecimal } from '../lib/integer.ts';
import { ByteBuilder } from './byte-builder.ts';
import type { JsonSettings } from './json-settings.ts';
import {
  type LuaPointer,
  T_BOOLEAN,
  T_FUNCTION,
  T_LIGHT_USERDATA,
  T_NIL,
  T_NUMBER,
  T_STRING,
  T_TABLE,
  T_THREAD,
} from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import { TableReader } from './lua/table-reader.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const MAX_DIGITS = 32;
/** Nested tables beyond which Redis's stack is full: three places for each. */
const STACK_DEPTH = 2660;

/** What a byte becomes in a string; empty for itself. */
const escapes: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const short = { 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r' }[byte];
  if (short !== undefined) return short;
  if (byte < 0x20 || byte === 0x7f) return `\\u${byte.toString(16).padStart(4, '0')}`;
  return '"\\/'.includes(String.fromCharCode(byte)) ? `\\${String.fromCharCode(byte)}` : '';
});
const isPlain = Uint8Array.from(escapes, (written) => (written === '' ? 1 : 0));

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [T_NIL]: 'nil',
  [T_BOOLEAN]: 'boolean',
  [T_LIGHT_USERDATA]: 'userdata',
  [T_NUMBER]: 'number',
  [T_STRING]: 'string',
  [T_TABLE]: 'table',
  [T_FUNCTION]: 'function',
  [T_THREAD]: 'thread',
};

export class JsonEncoder {
  private readonly vm: LuaVm;
  private readonly tables: TableReader;
  private readonly builder = new ByteBuilder();
  private thread: LuaPointer = 0;
  private settings!: JsonSettings;

  constructor(vm: LuaVm) {
    this.vm = vm;
    this.tables = new TableReader(vm);
  }

  /** Pushes the JSON of the running function's first argument. */
  encode(thread: LuaPointer, settings: JsonSettings): void {
    this.thread = thread;
    this.settings = settings;
    this.builder.reset();
    this.value(this.vm.argument(thread, 0), 0);
    this.vm.pushBytes(thread, this.builder.bytes, 0, this.builder.length);
  }

  private value(value: number, depth: number): void {
    const { builder, vm } = this;
    const type = vm.typeAt(value);
    switch (type) {
      case T_STRING:
        this.string(value);
        return;
      case T_NUMBER:
        this.number(vm.f64[value >> 3]);
        return;
      case T_BOOLEAN:
        builder.text(vm.u32[value >> 2] !== 0 ? 'true' : 'false');
        return;
      case T_TABLE:
        this.table(vm.u32[value >> 2], depth + 1);
        return;
      case T_NIL:
        builder.text('null');
        return;
      default:
        if (type === T_LIGHT_USERDATA && vm.u32[value >> 2] === 0) builder.text('null');
        else this.refuse(type, 'type not supported');
    }
  }

  private refuse(type: number, reason: string): never {
    return this.vm.fail(this.thread, `Cannot serialise ${TYPE_NAMES[type] ?? 'userdata'}: ${reason}`);
  }

  private string(value: number): void {
    const { builder } = this;
    const { u8 } = this.vm;
    const start = this.vm.stringStart(value);
    const end = start + this.vm.stringLength(value);
    builder.byte(QUOTE);
    for (let at = start; at < end; ) {
      let run = at;
      while (run < end && isPlain[u8[run]] === 1) run++;
      if (run > at) builder.append(u8, at, run);
      if (run < end) builder.text(escapes[u8[run++]]);
      at = run;
    }
    builder.byte(QUOTE);
  }

  private number(value: number): void {
    const { builder } = this;
    const { invalidNumbers, precision } = this.settings.encode;
    if (!Number.isFinite(value)) {
      if (invalidNumbers === 'off') this.refuse(T_NUMBER, 'must not be NaN or Inf');
      builder.text(invalidNumbers === 'null' ? 'null' : formatGeneral(value, precision));
    } else if ((value | 0) === value && !Object.is(value, -0) && precision >= 10) {
      builder.reserve(MAX_DIGITS);
      builder.length = writeDecimal(builder.bytes, builder.length, value);
    } else {
      builder.text(formatGeneral(value, precision));
    }
  }

  private table(table: LuaPointer, depth: number): void {
    if (depth > this.settings.encode.maxDepth || depth > STACK_DEPTH) {
      this.vm.fail(this.thread, `Cannot serialise, excessive nesting (${depth})`);
    }
    const length = this.arrayLength(table);
    if (length > 0) this.array(table, length, depth);
    else this.object(table, depth);
  }

  private array(table: LuaPointer, length: number, depth: number): void {
    const { builder, tables } = this;
    builder.text('[');
    for (let i = 1; i <= length; i++) {
      if (i > 1) builder.byte(COMMA);
      const value = tables.element(table, i);
      if (value === 0) builder.text('null');
      else this.value(value, depth);
    }
    builder.text(']');
  }

  private object(table: LuaPointer, depth: number): void {
    const { builder, tables } = this;
    builder.text('{');
    const places = tables.places(table);
    let isFirst = true;
    for (let place = 0; place < places; place++) {
      const value = tables.entryAt(table, place);
      if (value === 0) continue;
      if (isFirst) isFirst = false;
      else builder.byte(COMMA);
      this.key(table, place);
      builder.byte(COLON);
      this.value(value, depth);
    }
    builder.text('}');
  }

  private key(table: LuaPointer, place: number): void {
    const { builder, vm } = this;
    const key = this.tables.keyAt(table, place);
    const type = key === 0 ? T_NUMBER : vm.typeAt(key);
    if (type === T_STRING) {
      this.string(key);
      return;
    }
    if (type !== T_NUMBER) this.refuse(type, 'table key must be a number or string');
    builder.byte(QUOTE);
    this.number(key === 0 ? place + 1 : vm.f64[key >> 3]);
    builder.byte(QUOTE);
  }

  /** The length of the array that a table is; -1 where it is none. Too many gaps are an error, or make it no array. */
  private arrayLength(table: LuaPointer): number {
    const { tables, vm } = this;
    const { sparseConvert, sparseRatio, sparseSafe } = this.settings.encode;
    const places = tables.places(table);
    let count = 0;
    let max = 0;
    for (let place = 0; place < places; place++) {
      if (tables.entryAt(table, place) === 0) continue;
      const key = tables.keyAt(table, place);
      const number = key === 0 ? place + 1 : vm.typeAt(key) === T_NUMBER ? vm.f64[key >> 3] : 0;
      if (!(number >= 1) || Math.floor(number) !== number) return -1;
      if (number > max) max = number;
      count++;
    }
    if (sparseRatio > 0 && max > count * sparseRatio && max > sparseSafe) {
      if (!sparseConvert) this.refuse(T_TABLE, 'excessively sparse array');
      return -1;
    }
    return max;
  }
}
