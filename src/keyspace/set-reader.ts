/**
 * Reads sets, wherever their structures lie. See {@link SetValue} for the forms.
 *
 * A set is named by its encoding and the pointer to its structure, so that one reader serves any number of them. The
 * slices that it answers are reused by its next call.
 */
import type { Random } from '../lib/random.ts';
import { Slice } from '../lib/slice.ts';
import type { HeapView } from '../memory/heap-view.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import type { EntryReader } from '../structures/entry.ts';
import { Int64, MAX_INT64_DIGITS } from '../structures/int64.ts';
import * as intset from '../structures/intset.ts';
import * as listpack from '../structures/listpack.ts';
import { ListpackElement } from '../structures/listpack-element.ts';
import { ListpackValue } from '../structures/listpack-encoding.ts';
import { packedBase } from '../structures/packed-block.ts';
import type { TableReader } from '../structures/table-reader.ts';
import { Selection, sampleTable } from './sampling.ts';

/** Encodings of sets: a sorted array of integers, … */
export const SET_INTSET = 0;
/** … a listpack of strings and integers, … */
export const SET_LISTPACK = 1;
/** … a hash table, … */
export const SET_TABLE = 2;
/** … and a hash table of integers alone, too many for one block where the limits still ask for an intset. */
export const SET_INTEGER_TABLE = 3;

export class SetReader {
  /** The entry of the member that {@link random} has chosen in a table. */
  picked: Pointer = NULL;

  private readonly view: HeapView;
  private readonly entries: EntryReader;
  private readonly table: TableReader;
  private readonly slice = new Slice(new Uint8Array(0), 0, 0);
  private readonly digits = new Uint8Array(MAX_INT64_DIGITS);
  private readonly integer = new Int64();
  private readonly element = new ListpackElement();
  private readonly sought = new ListpackValue();
  private readonly soughtInteger = new Int64();

  constructor(view: HeapView, entries: EntryReader, table: TableReader) {
    this.view = view;
    this.entries = entries;
    this.table = table;
  }

  /** How many members there are. */
  length(encoding: number, pointer: Pointer): number {
    if (encoding >= SET_TABLE) return this.table.count(pointer);
    const bytes = this.view.bytesOf(pointer);
    const base = packedBase(this.view, pointer);
    return encoding === SET_INTSET ? intset.count(bytes, base) : listpack.count(bytes, base);
  }

  has(encoding: number, pointer: Pointer, member: Slice): boolean {
    if (encoding >= SET_TABLE) return this.table.find(pointer, member, this.table.hashOf(member)) !== NULL;
    const bytes = this.view.bytesOf(pointer);
    const base = packedBase(this.view, pointer);
    if (encoding === SET_INTSET) {
      const { soughtInteger } = this;
      return soughtInteger.parse(member.bytes, member.start, member.end) && intset.contains(bytes, base, soughtInteger);
    }
    const value = this.sought.setSlice(member);
    return listpack.find(bytes, base, listpack.first(bytes, base), value, 0) !== listpack.NO_ELEMENT;
  }

  /** Calls `visit` with every member. `visit` must not change the set. */
  forEach(encoding: number, pointer: Pointer, visit: (member: Slice) => void): void {
    if (encoding >= SET_TABLE) this.table.forEach(pointer, (entry) => visit(this.entries.key(entry, this.slice)));
    else if (encoding === SET_INTSET) this.forEachInteger(pointer, visit);
    else this.forEachElement(pointer, visit);
  }

  /** One step of a SCAN: see {@link TableReader.scan}. A small set is visited whole. */
  scan(encoding: number, pointer: Pointer, cursor: number, visit: (member: Slice) => void): number {
    if (encoding >= SET_TABLE) {
      return this.table.scan(pointer, cursor, (entry) => visit(this.entries.key(entry, this.slice)));
    }
    this.forEach(encoding, pointer, visit);
    return 0;
  }

  /** A member chosen at random; the set must not be empty. */
  random(encoding: number, pointer: Pointer, random: Random): Slice {
    if (encoding >= SET_TABLE) {
      this.picked = this.table.random(pointer, random);
      return this.entries.key(this.picked, this.slice);
    }
    const bytes = this.view.bytesOf(pointer);
    const base = packedBase(this.view, pointer);
    if (encoding === SET_INTSET) {
      return this.spelled(intset.get(bytes, base, random.below(intset.count(bytes, base)), this.integer));
    }
    const at = listpack.seek(bytes, base, random.below(listpack.count(bytes, base)));
    return this.element.read(bytes, base, at).toSlice(this.slice);
  }

  /** Calls `visit` with `wanted` different members chosen at random; the set must have as many. */
  sample(encoding: number, pointer: Pointer, wanted: number, random: Random, visit: (member: Slice) => void): void {
    if (encoding >= SET_TABLE) {
      sampleTable(this.table, pointer, wanted, random, (entry) => visit(this.entries.key(entry, this.slice)));
      return;
    }
    const selection = new Selection(wanted, this.length(encoding, pointer), random);
    this.forEach(encoding, pointer, (member) => {
      if (selection.choosesNext()) visit(member);
    });
  }

  private forEachInteger(pointer: Pointer, visit: (member: Slice) => void): void {
    const bytes = this.view.bytesOf(pointer);
    const base = packedBase(this.view, pointer);
    const count = intset.count(bytes, base);
    for (let i = 0; i < count; i++) visit(this.spelled(intset.get(bytes, base, i, this.integer)));
  }

  private forEachElement(pointer: Pointer, visit: (member: Slice) => void): void {
    const bytes = this.view.bytesOf(pointer);
    const base = packedBase(this.view, pointer);
    for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; at = listpack.next(bytes, base, at)) {
      visit(this.element.read(bytes, base, at).toSlice(this.slice));
    }
  }

  private spelled(integer: Int64): Slice {
    return this.slice.point(this.digits, 0, integer.writeDigits(this.digits, 0));
  }
}
