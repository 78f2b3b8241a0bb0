/**
 * Lists: elements in order, in a counted tree of listpacks whatever their number. Positions count from 0; those of
 * methods must exist unless they say otherwise.
 */
import { Slice } from '../lib/slice.ts';
import type { ListTree } from '../structures/list-tree.ts';
import { ListCursor } from '../structures/list-tree-cursor.ts';
import { ListpackValue } from '../structures/listpack-encoding.ts';
import { Collection } from './collection.ts';
import type { Commons } from './commons.ts';
import type { Database } from './database.ts';
import { TYPE_LIST } from './key-entry.ts';

/** The one encoding of lists. */
export const LIST_TREE = 0;
/** Elements up to this length are taken along in a buffer that is kept. */
const KEPT_BYTES = 1024;

export class ListValue extends Collection {
  /** Where {@link seek} led to. Valid until the next change. */
  readonly cursor: ListCursor;

  private readonly tree: ListTree;
  private readonly value = new ListpackValue();
  private readonly kept = new Uint8Array(KEPT_BYTES);

  constructor(commons: Commons, tree: ListTree) {
    super(commons);
    this.tree = tree;
    this.cursor = new ListCursor(commons.heap, commons.strings);
  }

  override get length(): number {
    return this.tree.count(this.pointer);
  }

  /** Puts an empty list under `key`, which does not exist, and points at it. The caller adds an element at once. */
  create(database: Database, key: Slice): this {
    database.peek(key);
    return this.open(database, key, database.insertValue(key, TYPE_LIST, LIST_TREE, this.tree.create()));
  }

  /** Leads the cursor to the element at `index`; false when there is none. */
  seek(index: number): boolean {
    return this.cursor.seek(this.pointer, index);
  }

  /** Leads the cursor to the first element, for reading it and nothing else. */
  readHead(): void {
    this.tree.readHead(this.pointer, this.cursor);
  }

  /** Leads the cursor to the last element, for reading it and nothing else. */
  readTail(): void {
    this.tree.readTail(this.pointer, this.cursor);
  }

  /** What {@link ListCursor.equals} compares elements with. Valid until the next use of this list. */
  comparand(element: Slice): ListpackValue {
    return this.value.setSlice(element);
  }

  /** Points `target` at a copy of the cursor's element, which is valid until the next one is taken. */
  take(target: Slice): Slice {
    const { cursor, kept } = this;
    const length = cursor.byteLength();
    const bytes = length > KEPT_BYTES ? new Uint8Array(length) : kept;
    if (cursor.isPlain) this.commons.strings.copyTo(cursor.plain, length, 0, length, bytes, 0);
    else cursor.element.writeTo(bytes, 0);
    return target.point(bytes, 0, length);
  }

  pushHead(element: Slice): void {
    this.store(LIST_TREE, this.tree.pushHead(this.pointer, this.value.setSlice(element)));
  }

  pushTail(element: Slice): void {
    this.store(LIST_TREE, this.tree.pushTail(this.pointer, this.value.setSlice(element)));
  }

  /** Removes the first element. */
  popHead(): void {
    this.store(LIST_TREE, this.tree.popHead(this.pointer));
  }

  /** Removes the last element. */
  popTail(): void {
    this.store(LIST_TREE, this.tree.popTail(this.pointer));
  }

  /** Puts an element before the one at `index`, or at the end where `index` is the length. */
  insert(index: number, element: Slice): void {
    this.store(LIST_TREE, this.tree.insert(this.pointer, index, this.value.setSlice(element)));
  }

  /** Puts an element in the place of the one at `index`. */
  set(index: number, element: Slice): void {
    this.store(LIST_TREE, this.tree.set(this.pointer, index, this.value.setSlice(element)));
  }

  /** Removes `count` elements from `start` on. */
  removeRange(start: number, count: number): void {
    this.store(LIST_TREE, this.tree.removeRange(this.pointer, start, count));
  }

  /** Removes the first `limit` elements from `start` on that are equal to `element`, or as many as there are. */
  removeEqual(start: number, element: Slice, limit: number): void {
    this.store(LIST_TREE, this.tree.removeEqual(this.pointer, start, this.value.setSlice(element), limit));
  }

  /** Appends all elements of a valid listpack, `bytes` from `base` on. */
  pushListpack(bytes: Uint8Array, base: number): void {
    this.store(LIST_TREE, this.tree.pushListpack(this.pointer, bytes, base));
  }

  /** Calls `visit` with each element; the slice is reused. `visit` must not change the list. */
  forEach(visit: (element: Slice) => void): void {
    const { cursor } = this;
    const text = new Slice(this.kept, 0, 0);
    for (let found = this.seek(0); found; found = cursor.next()) {
      visit(cursor.isPlain ? this.take(text) : cursor.element.toSlice(text));
    }
  }
}
