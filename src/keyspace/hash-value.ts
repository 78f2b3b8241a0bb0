/**
 * Hashes: fields with values. A small one is a listpack of fields and values in turn, a large one a {@link FieldTable}.
 */
import { Slice } from '../lib/slice.ts';
import { LEAF_BYTES } from '../structures/byte-string.ts';
import { FieldTable } from '../structures/field-table.ts';
import * as listpack from '../structures/listpack.ts';
import { ListpackBlocks, MAX_LISTPACK_BYTES } from '../structures/listpack-block.ts';
import * as edit from '../structures/listpack-edit.ts';
import { ListpackElement } from '../structures/listpack-element.ts';
import { ListpackValue } from '../structures/listpack-encoding.ts';
import type { Commons } from './commons.ts';
import type { Database } from './database.ts';
import { NULL, type Pointer, TYPE_HASH } from './key-entry.ts';
import { PackedCollection } from './packed-collection.ts';
import { Selection, sampleTable } from './sampling.ts';

/** Encodings of hashes: a listpack, … */
export const HASH_LISTPACK = 0;
/** … a table, … */
export const HASH_TABLE = 1;
/** … and a table that the limits still ask to be a listpack, but it would be too large for one block. */
export const HASH_WIDE = 2;

/** `hash-max-listpack-entries` and `-value`: what a small hash may hold. */
export interface HashLimits {
  entries: number;
  valueBytes: number;
}

export class HashValue extends PackedCollection {
  protected override readonly type = TYPE_HASH;
  /** The value that {@link get} found. Valid until the next change. */
  readonly found = new Slice(new Uint8Array(0), 0, 0);
  /** The bytes of the value that {@link find} found, … */
  foundLength = 0;
  /** … and where it lies, if it lies in pieces. */
  private foundPieces: Pointer = NULL;

  private readonly limits: HashLimits;
  protected override readonly blocks: ListpackBlocks;
  private readonly fields: FieldTable;
  private readonly fieldValue = new ListpackValue();
  private readonly newValue = new ListpackValue();
  private readonly element = new ListpackElement();
  private readonly other = new ListpackElement();
  private readonly fieldSlice = new Slice(new Uint8Array(0), 0, 0);
  private readonly valueSlice = new Slice(new Uint8Array(0), 0, 0);

  constructor(commons: Commons, limits: HashLimits) {
    super(commons);
    this.limits = limits;
    this.blocks = new ListpackBlocks(commons.heap);
    this.fields = new FieldTable(commons.heap, commons.entries, commons.strings, commons.hasher);
    this.fields.table.memory = commons.memberPrefetch;
  }

  override get length(): number {
    if (this.encoding !== HASH_LISTPACK) return this.fields.table.count(this.pointer);
    return listpack.count(this.bytes, this.base) >>> 1;
  }

  /** Makes a hash under `key`, which does not exist, and points at it. The caller sets this field at once. */
  createFor(database: Database, key: Slice, field: Slice, value: Slice): this {
    const bytes = this.fieldValue.setSlice(field).entryBytes + this.newValue.setSlice(value).entryBytes;
    return this.createPacked(database, key, HASH_LISTPACK, bytes);
  }

  /** Finds a field; true when there is one, and then {@link found} is its value, copied if it lies in pieces. */
  get(field: Slice): boolean {
    if (!this.find(field)) return false;
    if (this.isInPieces) {
      const copy = new Uint8Array(this.foundLength);
      this.commons.strings.copyTo(this.foundPieces, this.foundLength, 0, this.foundLength, copy, 0);
      this.found.point(copy, 0, copy.length);
    }
    return true;
  }

  /**
   * Finds a field; true when there is one. Then {@link found} is its value, unless {@link isInPieces}: those are sought
   * one after another with {@link seekPiece}.
   */
  find(field: Slice): boolean {
    this.foundPieces = NULL;
    if (this.encoding !== HASH_LISTPACK) {
      const { fields } = this;
      const entry = fields.find(this.pointer, field);
      if (entry === NULL) return false;
      this.foundLength = fields.valueLength(entry);
      if (this.foundLength > LEAF_BYTES) this.foundPieces = fields.longValue(entry);
      else fields.value(entry, this.found);
      return true;
    }
    const at = this.findInListpack(field);
    if (at === listpack.NO_ELEMENT) return false;
    const { bytes, base } = this;
    this.element.read(bytes, base, listpack.next(bytes, base, at)).toSlice(this.found);
    this.foundLength = this.found.length;
    return true;
  }

  get isInPieces(): boolean {
    return this.foundPieces !== NULL;
  }

  /** Points {@link found} at the piece of the found value that begins at `offset`, and answers its length. */
  seekPiece(offset: number): number {
    const { strings } = this.commons;
    const length = strings.seek(this.foundPieces, this.foundLength, offset, this.foundLength);
    this.found.point(strings.bytes, strings.start, strings.end);
    return length;
  }

  /** True when there is such a field. */
  has(field: Slice): boolean {
    if (this.encoding !== HASH_LISTPACK) return this.fields.find(this.pointer, field) !== NULL;
    return this.findInListpack(field) !== listpack.NO_ELEMENT;
  }

  /** Bytes of a field's value; 0 where there is no such field. */
  valueLength(field: Slice): number {
    if (this.encoding !== HASH_LISTPACK) {
      const entry = this.fields.find(this.pointer, field);
      return entry === NULL ? 0 : this.fields.valueLength(entry);
    }
    const at = this.findInListpack(field);
    if (at === listpack.NO_ELEMENT) return 0;
    const { bytes, base } = this;
    return this.element.read(bytes, base, listpack.next(bytes, base, at)).byteLength();
  }

  /** Sets a field; true when it is new. The slices must not lie in this hash. */
  set(field: Slice, value: Slice): boolean {
    const { valueBytes, entries } = this.limits;
    const isLong = field.length > valueBytes || value.length > valueBytes;
    if (this.encoding === HASH_LISTPACK && (isLong || !this.hasRoom(field, value))) this.enlarge(HASH_WIDE);
    if (this.encoding === HASH_LISTPACK) {
      const isNew = this.setInListpack(field, value);
      if (this.length > entries) this.enlarge(HASH_TABLE);
      return isNew;
    }
    return this.setInTable(field, value, isLong);
  }

  /** Takes a field away; true when there was one. The key stays, even if the hash becomes empty. */
  delete(field: Slice): boolean {
    if (this.encoding !== HASH_LISTPACK) {
      const entry = this.fields.find(this.pointer, field);
      if (entry === NULL) return false;
      this.store(this.encoding, this.fields.removeFound(this.pointer, entry));
      return true;
    }
    const at = this.findInListpack(field);
    if (at === listpack.NO_ELEMENT) return false;
    this.makeRoom(0);
    edit.remove(this.bytes, this.base, at, 2);
    this.trim();
    return true;
  }

  /** Calls `visit` with every field and value; the slices are reused. `visit` must not change the hash. */
  forEach(visit: (field: Slice, value: Slice) => void): void {
    if (this.encoding !== HASH_LISTPACK) {
      this.fields.table.forEach(this.pointer, (entry) => this.visitEntry(entry, visit));
      return;
    }
    const { bytes, base } = this;
    for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; ) {
      const valueAt = listpack.next(bytes, base, at);
      visit(
        this.element.read(bytes, base, at).toSlice(this.fieldSlice),
        this.other.read(bytes, base, valueAt).toSlice(this.valueSlice),
      );
      at = listpack.next(bytes, base, valueAt);
    }
  }

  /** One step of a SCAN: see {@link TableReader.scan}. A small hash is visited whole. */
  scan(cursor: number, visit: (field: Slice, value: Slice) => void): number {
    if (this.encoding !== HASH_LISTPACK) {
      return this.fields.table.scan(this.pointer, cursor, (entry) => this.visitEntry(entry, visit));
    }
    this.forEach(visit);
    return 0;
  }

  /** Calls `visit` with a field chosen at random and its value; the hash must not be empty. */
  random(visit: (field: Slice, value: Slice) => void): void {
    const { random } = this.commons;
    if (this.encoding !== HASH_LISTPACK) {
      this.visitEntry(this.fields.table.random(this.pointer, random), visit);
      return;
    }
    const { bytes, base } = this;
    const at = listpack.seek(bytes, base, random.below(this.length) * 2);
    visit(
      this.element.read(bytes, base, at).toSlice(this.fieldSlice),
      this.other.read(bytes, base, listpack.next(bytes, base, at)).toSlice(this.valueSlice),
    );
  }

  /** Calls `visit` with `wanted` different fields chosen at random and their values; the hash must have as many. */
  sample(wanted: number, visit: (field: Slice, value: Slice) => void): void {
    const { random } = this.commons;
    if (this.encoding !== HASH_LISTPACK) {
      sampleTable(this.fields.table, this.pointer, wanted, random, (entry) => this.visitEntry(entry, visit));
      return;
    }
    const selection = new Selection(wanted, this.length, random);
    this.forEach((field, value) => {
      if (selection.choosesNext()) visit(field, value);
    });
  }

  private visitEntry(entry: Pointer, visit: (field: Slice, value: Slice) => void): void {
    visit(this.fields.field(entry, this.fieldSlice), this.fields.value(entry, this.valueSlice));
  }

  private findInListpack(field: Slice): number {
    const { bytes, base } = this;
    const at = listpack.first(bytes, base);
    if (at === listpack.NO_ELEMENT) return at;
    return listpack.find(bytes, base, at, this.fieldValue.setSlice(field), 1);
  }

  /** True when the listpack surely has room for both. */
  private hasRoom(field: Slice, value: Slice): boolean {
    return this.blocks.size(this.pointer) + field.length + value.length + 32 <= MAX_LISTPACK_BYTES;
  }

  private setInTable(field: Slice, value: Slice, isLong: boolean): boolean {
    const { fields } = this;
    const entry = fields.find(this.pointer, field);
    const root =
      entry === NULL ? fields.insert(this.pointer, field, value) : fields.setFound(this.pointer, entry, value);
    const isWide = this.encoding === HASH_WIDE && !isLong && fields.table.count(root) <= this.limits.entries;
    this.store(isWide ? HASH_WIDE : HASH_TABLE, root);
    return entry === NULL;
  }

  private setInListpack(field: Slice, value: Slice): boolean {
    const at = this.findInListpack(field);
    this.newValue.setSlice(value);
    if (at !== listpack.NO_ELEMENT) {
      const valueAt = listpack.next(this.bytes, this.base, at);
      this.makeRoom(edit.sizeAfterReplace(this.bytes, this.base, valueAt, this.newValue));
      edit.replace(this.bytes, this.base, valueAt, this.newValue);
      return false;
    }
    const added = this.fieldValue.setSlice(field).entryBytes + this.newValue.entryBytes;
    this.makeRoom(this.blocks.size(this.pointer) + added);
    const { bytes, base } = this;
    edit.append(bytes, base, this.fieldValue);
    edit.append(bytes, base, this.newValue);
    return true;
  }

  /** Turns the small form into the large one. */
  private enlarge(encoding: number): void {
    let root = this.fields.table.create();
    this.forEach((field, value) => {
      this.fields.find(root, field);
      root = this.fields.insert(root, field, value);
    });
    this.replacePacked(encoding, root);
  }
}
