/**
 * Sets: members without order.
 *
 * A set of integers is an intset as long as it has at most `set-max-intset-entries` members. Any other small set is a
 * listpack, a large one a hash table whose entries are the members. Redis 7.0 knows no listpacks of members: to the
 * outside they are hash tables.
 */
import type { Slice } from '../lib/slice.ts';
import { HashTable } from '../structures/hash-table.ts';
import { Int64, MAX_INT64_DIGITS } from '../structures/int64.ts';
import * as intset from '../structures/intset.ts';
import { IntsetBlocks, MAX_INTSET_BYTES } from '../structures/intset-block.ts';
import * as listpack from '../structures/listpack.ts';
import { ListpackBlocks, MAX_LISTPACK_BYTES } from '../structures/listpack-block.ts';
import * as edit from '../structures/listpack-edit.ts';
import { ListpackValue } from '../structures/listpack-encoding.ts';
import type { PackedBlocks } from '../structures/packed-block.ts';
import type { Commons } from './commons.ts';
import type { Database } from './database.ts';
import { NULL, type Pointer, TYPE_SET } from './key-entry.ts';
import { PackedCollection } from './packed-collection.ts';
import { freeSet } from './set-kind.ts';
import { SET_INTEGER_TABLE, SET_INTSET, SET_LISTPACK, SET_TABLE, SetReader } from './set-reader.ts';

/** What small sets may hold. */
export interface SetLimits {
  /** `set-max-intset-entries`. */
  intsetEntries: number;
  /** `set-max-listpack-entries` and `-value` of Redis 7.2. */
  entries: number;
  valueBytes: number;
}

/** Redis's own bound of `set-max-intset-entries`. */
const MAX_INTSET_ENTRIES = 2 ** 30;

export class SetValue extends PackedCollection {
  protected override readonly type = TYPE_SET;

  private readonly limits: SetLimits;
  private readonly reader: SetReader;
  protected readonly table: HashTable;
  protected readonly listpacks: ListpackBlocks;
  protected readonly intsets: IntsetBlocks;
  private readonly value = new ListpackValue();
  private readonly integer = new Int64();

  constructor(commons: Commons, limits: SetLimits) {
    super(commons);
    const { heap, entries, hasher } = commons;
    this.limits = limits;
    this.table = new HashTable(heap, entries, hasher, null);
    this.table.memory = commons.memberPrefetch;
    this.reader = new SetReader(heap, entries, this.table);
    this.listpacks = new ListpackBlocks(heap);
    this.intsets = new IntsetBlocks(heap);
  }

  override get length(): number {
    return this.reader.length(this.encoding, this.pointer);
  }

  /** Makes a set under `key`, which does not exist, and points at it. The caller adds this member at once. */
  createFor(database: Database, key: Slice, member: Slice): this {
    return this.integer.parse(member.bytes, member.start, member.end)
      ? this.createPacked(database, key, SET_INTSET, intset.widthOf(this.integer))
      : this.createPacked(database, key, SET_LISTPACK, this.value.setSlice(member).entryBytes);
  }

  has(member: Slice): boolean {
    return this.reader.has(this.encoding, this.pointer, member);
  }

  /** Adds a member; true when it is new. */
  add(member: Slice): boolean {
    if (this.encoding >= SET_TABLE) return this.addToTable(member);
    return this.encoding === SET_INTSET ? this.addToIntset(member) : this.addToListpack(member);
  }

  /** Takes a member away; true when there was one. The key stays, even if the set becomes empty. */
  delete(member: Slice): boolean {
    if (this.encoding >= SET_TABLE) return this.deleteFromTable(member);
    return this.encoding === SET_INTSET ? this.deleteFromIntset(member) : this.deleteFromListpack(member);
  }

  /** Replaces all members by those of a set that lies under no key, and is gone then. */
  takeOver(builder: SetValue): void {
    const { encoding, pointer } = this;
    const wasInline = pointer === this.entry;
    this.place(builder.encoding, builder.pointer);
    builder.pointer = NULL;
    if (!wasInline) freeSet(this.commons, this.table, encoding, pointer);
  }

  /** Calls `visit` with every member; the slice is reused. `visit` must not change the set. */
  forEach(visit: (member: Slice) => void): void {
    this.reader.forEach(this.encoding, this.pointer, visit);
  }

  /** One step of a SCAN: see {@link TableReader.scan}. A small set is visited whole. */
  scan(cursor: number, visit: (member: Slice) => void): number {
    return this.reader.scan(this.encoding, this.pointer, cursor, visit);
  }

  /** A member chosen at random; the set must not be empty. Valid until the next call and the next change. */
  pick(): Slice {
    return this.reader.random(this.encoding, this.pointer, this.commons.random);
  }

  /** Takes away the member that the last {@link pick} has answered; nothing else may have been done in between. */
  deletePicked(member: Slice): void {
    const { table } = this;
    if (this.encoding < SET_TABLE || !table.findPicked()) {
      this.delete(member);
      return;
    }
    const root = table.removeFound(this.pointer, table.hashOf(member));
    this.commons.entries.free(this.reader.picked);
    this.store(this.encoding, root);
  }

  /** Calls `visit` with a member chosen at random; the set must not be empty. */
  random(visit: (member: Slice) => void): void {
    visit(this.pick());
  }

  /** Calls `visit` with `wanted` different members chosen at random; the set must have as many. */
  sample(wanted: number, visit: (member: Slice) => void): void {
    this.reader.sample(this.encoding, this.pointer, wanted, this.commons.random, visit);
  }

  protected override get blocks(): PackedBlocks {
    return this.encoding === SET_INTSET ? this.intsets : this.listpacks;
  }

  private get intsetEntries(): number {
    return Math.min(this.limits.intsetEntries, MAX_INTSET_ENTRIES);
  }

  private addToIntset(member: Slice): boolean {
    const { integer, bytes, base } = this;
    if (!integer.parse(member.bytes, member.start, member.end)) {
      this.admitStrings();
      return this.add(member);
    }
    const index = intset.search(bytes, base, integer);
    if (index >= 0) return false;
    const size = intset.sizeAfterInsert(bytes, base, integer);
    if (size > MAX_INTSET_BYTES) {
      this.enlarge(SET_INTEGER_TABLE);
      return this.addToTable(member);
    }
    this.makeRoom(size);
    intset.insertAt(this.bytes, this.base, ~index, integer);
    if (this.length > this.intsetEntries) this.admitStrings();
    return true;
  }

  private addToListpack(member: Slice): boolean {
    const { bytes, base, limits, value } = this;
    value.setSlice(member);
    if (listpack.find(bytes, base, listpack.first(bytes, base), value, 0) !== listpack.NO_ELEMENT) return false;
    const size = edit.sizeAfterInsert(bytes, base, value);
    if (
      size > MAX_LISTPACK_BYTES ||
      member.length > limits.valueBytes ||
      listpack.count(bytes, base) >= limits.entries
    ) {
      this.enlarge(SET_TABLE);
      return this.addToTable(member);
    }
    this.makeRoom(size);
    edit.append(this.bytes, this.base, value);
    return true;
  }

  private addToTable(member: Slice): boolean {
    const { table } = this;
    const hash = table.hashOf(member);
    if (table.find(this.pointer, member, hash) !== NULL) return false;
    const root = table.insert(this.pointer, this.commons.entries.create(member, 0, 0, 0), hash);
    this.store(this.encoding === SET_TABLE || this.outgrowsIntegers(member, root) ? SET_TABLE : this.encoding, root);
    return true;
  }

  /** True when a table of integers, to which a member has been added, is no longer one. */
  private outgrowsIntegers(member: Slice, root: Pointer): boolean {
    if (this.table.count(root) > this.intsetEntries) return true;
    return !this.integer.parse(member.bytes, member.start, member.end);
  }

  private deleteFromTable(member: Slice): boolean {
    const { table } = this;
    const hash = table.hashOf(member);
    const entry = table.find(this.pointer, member, hash);
    if (entry === NULL) return false;
    const root = table.removeFound(this.pointer, hash);
    this.commons.entries.free(entry);
    this.store(this.encoding, root);
    return true;
  }

  private deleteFromIntset(member: Slice): boolean {
    const { integer } = this;
    if (!integer.parse(member.bytes, member.start, member.end)) return false;
    const index = intset.search(this.bytes, this.base, integer);
    if (index < 0) return false;
    this.makeRoom(0);
    intset.removeAt(this.bytes, this.base, index);
    this.trim();
    return true;
  }

  private deleteFromListpack(member: Slice): boolean {
    const { bytes, base } = this;
    const at = listpack.find(bytes, base, listpack.first(bytes, base), this.value.setSlice(member), 0);
    if (at === listpack.NO_ELEMENT) return false;
    this.makeRoom(0);
    edit.remove(this.bytes, this.base, at);
    this.trim();
    return true;
  }

  /** Turns an intset into a set of anything: a listpack where that may hold so many members, else a table. */
  private admitStrings(): void {
    const { length, limits } = this;
    // Digits are never longer than strings in a listpack may usually be.
    if (length > limits.entries || limits.valueBytes < MAX_INT64_DIGITS) {
      this.enlarge(SET_TABLE);
      return;
    }
    const { heap } = this.commons;
    let block = this.listpacks.create();
    this.forEach((member) => {
      block = this.listpacks.resize(block, this.listpacks.size(block) + this.value.setSlice(member).entryBytes);
      edit.append(heap.bytesOf(block), this.listpacks.base(block), this.value);
    });
    this.replacePacked(SET_LISTPACK, block);
  }

  /** Turns a small form into a table. */
  private enlarge(encoding: number): void {
    const { table } = this;
    const { entries } = this.commons;
    let root = table.create();
    this.forEach((member) => {
      root = table.insert(root, entries.create(member, 0, 0, 0), table.hashOf(member));
    });
    this.replacePacked(encoding, root);
  }
}
