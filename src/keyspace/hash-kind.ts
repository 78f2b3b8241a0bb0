/**
 * What the keyspace knows of hashes: see {@link ValueKind}.
 */
import { Slice } from '../lib/slice.ts';
import { FieldTable } from '../structures/field-table.ts';
import { ListpackBlocks } from '../structures/listpack-block.ts';
import type { Commons } from './commons.ts';
import { HASH_LISTPACK, HASH_TABLE } from './hash-value.ts';
import { encodingOf, type Pointer, valuePointer } from './key-entry.ts';
import type { Relocation } from './relocation.ts';
import { tableBlockBytes, tableEntryBytes } from './size-estimate.ts';
import { TableReclaim } from './table-reclaim.ts';
import type { ValueKind } from './values.ts';

export class HashKind implements ValueKind {
  private readonly commons: Commons;
  private readonly blocks: ListpackBlocks;
  private readonly fields: FieldTable;
  private readonly fieldSlice = new Slice(new Uint8Array(0), 0, 0);
  private readonly valueSlice = new Slice(new Uint8Array(0), 0, 0);

  constructor(commons: Commons) {
    this.commons = commons;
    this.blocks = new ListpackBlocks(commons.heap);
    this.fields = new FieldTable(commons.heap, commons.entries, commons.strings, commons.hasher);
  }

  free(entry: Pointer): void {
    const { heap } = this.commons;
    freeHash(this.commons, this.fields, encodingOf(heap, entry), valuePointer(heap, entry));
  }

  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    const { heap } = this.commons;
    const pointer = valuePointer(heap, entry);
    if (encodingOf(heap, entry) === HASH_LISTPACK) visit(pointer);
    else this.fields.walk(pointer, visit);
  }

  copy(entry: Pointer): Pointer {
    const { heap } = this.commons;
    const pointer = valuePointer(heap, entry);
    if (encodingOf(heap, entry) === HASH_LISTPACK) return this.blocks.copy(pointer);
    let root = this.fields.table.create();
    this.fields.table.forEach(pointer, (each) => {
      const field = this.fields.field(each, this.fieldSlice);
      this.fields.find(root, field);
      root = this.fields.insert(root, field, this.fields.value(each, this.valueSlice));
    });
    return root;
  }

  relocate(entry: Pointer, relocation: Relocation): Pointer {
    const { heap } = this.commons;
    const pointer = valuePointer(heap, entry);
    if (encodingOf(heap, entry) === HASH_LISTPACK) {
      relocation.advance(0, true);
      return heap.moved(pointer);
    }
    const root = this.fields.relocate(pointer, relocation.position, relocation.strings);
    const { nextCursor } = this.fields.table;
    relocation.advance(nextCursor, nextCursor === 0);
    return root;
  }

  packedBytes(encoding: number, block: Pointer): number {
    return encoding === HASH_LISTPACK ? this.blocks.size(block) : 0;
  }

  size(entry: Pointer): number {
    const { heap } = this.commons;
    return encodingOf(heap, entry) === HASH_LISTPACK ? 1 : this.fields.table.count(valuePointer(heap, entry));
  }

  estimateBytes(entry: Pointer, samples: number): number {
    const { heap, random } = this.commons;
    const { table } = this.fields;
    const root = valuePointer(heap, entry);
    const measure = (field: Pointer): number => this.fields.entryBytes(field);
    return tableBlockBytes(heap, table, root) + tableEntryBytes(table, root, samples, random, measure);
  }

  encodingName(entry: Pointer): string {
    return encodingOf(this.commons.heap, entry) === HASH_TABLE ? 'hashtable' : 'listpack';
  }
}

/** Frees a hash's structure; what is large goes to the reclaimer. */
export function freeHash({ heap, reclaimer }: Commons, fields: FieldTable, encoding: number, pointer: Pointer): void {
  if (encoding === HASH_LISTPACK) heap.free(pointer);
  else reclaimer.free(new TableReclaim(heap, fields.table, pointer, (field) => fields.free(field)));
}
