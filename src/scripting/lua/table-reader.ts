/**
 * Reads Lua's tables where they lie in memory (ltable.c): without metamethods, without calls into the module, and in the
 * order in which Lua's own `next` goes through them: array, then nodes.
 *
 * Addresses of values are good until Lua runs again.
 */
import {
  type LuaPointer,
  NODE_BYTES,
  NODE_KEY,
  T_NIL,
  T_NUMBER,
  T_STRING,
  TABLE_ARRAY,
  TABLE_ARRAY_SIZE,
  TABLE_LOG_NODES,
  TABLE_NODES,
  VALUE_BYTES,
} from './layout.ts';
import type { LuaVm } from './lua-vm.ts';

/** Where in a string its hash is. */
const STRING_HASH = 8;
/** Where in a node its key's type and the next node are. */
const NODE_KEY_TAG = NODE_KEY + 8;
const NODE_NEXT = NODE_KEY + 12;

export class TableReader {
  private readonly vm: LuaVm;
  private readonly number = new Float64Array(1);
  private readonly words = new Uint32Array(this.number.buffer);

  constructor(vm: LuaVm) {
    this.vm = vm;
  }

  /** True for a table that has an array only. */
  hasNoFields(table: LuaPointer): boolean {
    return this.vm.u32[(table + TABLE_NODES) >> 2] === this.vm.noNodes;
  }

  /** The address of the value under the string `name` (the address of the interned string), 0 for none. */
  field(table: LuaPointer, name: LuaPointer): number {
    const { u32, u8 } = this.vm;
    const mask = (1 << u8[table + TABLE_LOG_NODES]) - 1;
    let node = u32[(table + TABLE_NODES) >> 2] + (u32[(name + STRING_HASH) >> 2] & mask) * NODE_BYTES;
    for (; node !== 0; node = u32[(node + NODE_NEXT) >> 2]) {
      if (u32[(node + NODE_KEY_TAG) >> 2] !== T_STRING || u32[(node + NODE_KEY) >> 2] !== name) continue;
      return this.vm.typeAt(node) === T_NIL ? 0 : node;
    }
    return 0;
  }

  /** The address of the value under a whole number from 1 on, 0 for none. */
  element(table: LuaPointer, key: number): number {
    const { u32, f64 } = this.vm;
    let value: number;
    if (key <= u32[(table + TABLE_ARRAY_SIZE) >> 2]) {
      value = u32[(table + TABLE_ARRAY) >> 2] + (key - 1) * VALUE_BYTES;
      return this.vm.typeAt(value) === T_NIL ? 0 : value;
    }
    const nodes = 1 << this.vm.u8[table + TABLE_LOG_NODES];
    this.number[0] = key;
    const hash = (this.words[0] + this.words[1]) >>> 0;
    value = u32[(table + TABLE_NODES) >> 2] + (hash % ((nodes - 1) | 1)) * NODE_BYTES;
    for (; value !== 0; value = u32[(value + NODE_NEXT) >> 2]) {
      if (u32[(value + NODE_KEY_TAG) >> 2] !== T_NUMBER || f64[(value + NODE_KEY) >> 3] !== key) continue;
      return this.vm.typeAt(value) === T_NIL ? 0 : value;
    }
    return 0;
  }

  /** How many elements there are from 1 on without a gap. */
  sequenceLength(table: LuaPointer): number {
    let length = 0;
    while (this.element(table, length + 1) !== 0) length++;
    return length;
  }

  /** How many places a table has for entries: what {@link entryAt} counts through. */
  places(table: LuaPointer): number {
    return this.vm.u32[(table + TABLE_ARRAY_SIZE) >> 2] + (1 << this.vm.u8[table + TABLE_LOG_NODES]);
  }

  /** The address of the value in place `place`, 0 where there is none. Its key is what {@link keyAt} says. */
  entryAt(table: LuaPointer, place: number): number {
    const { u32 } = this.vm;
    const arraySize = u32[(table + TABLE_ARRAY_SIZE) >> 2];
    const value =
      place < arraySize
        ? u32[(table + TABLE_ARRAY) >> 2] + place * VALUE_BYTES
        : u32[(table + TABLE_NODES) >> 2] + (place - arraySize) * NODE_BYTES;
    return this.vm.typeAt(value) === T_NIL ? 0 : value;
  }

  /** The address of the key of the entry in place `place`; 0 for one in the array, whose key is `place + 1`. */
  keyAt(table: LuaPointer, place: number): number {
    const { u32 } = this.vm;
    const arraySize = u32[(table + TABLE_ARRAY_SIZE) >> 2];
    if (place < arraySize) return 0;
    return u32[(table + TABLE_NODES) >> 2] + (place - arraySize) * NODE_BYTES + NODE_KEY;
  }
}
