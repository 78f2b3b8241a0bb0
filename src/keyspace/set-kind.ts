/**
 * What the keyspace knows of sets: see {@link ValueKind}.
 */
import { Slice } from '../lib/slice.ts';
import type { Pointer } from '../memory/layout.ts';
import { HashTable } from '../structures/hash-table.ts';
import { IntsetBlocks } from '../structures/intset-block.ts';
import { ListpackBlocks } from '../structures/listpack-block.ts';
import type { PackedBlocks } from '../structures/packed-block.ts';
import type { Commons } from './commons.ts';
import { encodingOf, valuePointer } from './key-entry.ts';
import type { Relocation } from './relocation.ts';
import { SET_INTEGER_TABLE, SET_INTSET, SET_TABLE } from './set-reader.ts';
import { tableBlockBytes, tableEntryBytes } from './size-estimate.ts';
import { TableReclaim } from './table-reclaim.ts';
import type { ValueKind } from './values.ts';

export class SetKind implements ValueKind {
  private readonly commons: Commons;
  private readonly listpacks: ListpackBlocks;
  private readonly intsets: IntsetBlocks;
  private readonly table: HashTable;
  private readonly slice = new Slice(new Uint8Array(0), 0, 0);

  constructor(commons: Commons) {
    this.commons = commons;
    this.listpacks = new ListpackBlocks(commons.heap);
    this.intsets = new IntsetBlocks(commons.heap);
    this.table = new HashTable(commons.heap, commons.entries, commons.hasher, null);
  }

  free(entry: Pointer): void {
    const { heap } = this.commons;
    freeSet(this.commons, this.table, encodingOf(heap, entry), valuePointer(heap, entry));
  }

  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    const { heap, entries } = this.commons;
    const pointer = valuePointer(heap, entry);
    if (encodingOf(heap, entry) < SET_TABLE) {
      visit(pointer);
      return;
    }
    this.table.walk(pointer, visit);
    this.table.forEach(pointer, (member) => entries.walk(member, visit));
  }

  copy(entry: Pointer): Pointer {
    const { heap, entries } = this.commons;
    const { table } = this;
    const encoding = encodingOf(heap, entry);
    const pointer = valuePointer(heap, entry);
    if (encoding < SET_TABLE) return this.blocksOf(encoding).copy(pointer);
    let root = table.create();
    table.forEach(pointer, (each) => {
      const member = entries.key(each, this.slice);
      root = table.insert(root, entries.create(member, 0, 0, 0), table.hashOf(member));
    });
    return root;
  }

  relocate(entry: Pointer, relocation: Relocation): Pointer {
    const { heap, entries } = this.commons;
    const pointer = valuePointer(heap, entry);
    if (encodingOf(heap, entry) < SET_TABLE) {
      relocation.advance(0, true);
      return heap.moved(pointer);
    }
    const { position, strings } = relocation;
    const root = this.table.relocate(pointer, position, (member) => entries.relocate(member, strings));
    const { nextCursor } = this.table;
    relocation.advance(nextCursor, nextCursor === 0);
    return root;
  }

  packedBytes(encoding: number, block: Pointer): number {
    return encoding < SET_TABLE ? this.blocksOf(encoding).size(block) : 0;
  }

  size(entry: Pointer): number {
    const { heap } = this.commons;
    return encodingOf(heap, entry) < SET_TABLE ? 1 : this.table.count(valuePointer(heap, entry));
  }

  estimateBytes(entry: Pointer, samples: number): number {
    const { entries, heap, random } = this.commons;
    const root = valuePointer(heap, entry);
    const measure = (member: Pointer): number => entries.blockBytes(member);
    return tableBlockBytes(heap, this.table, root) + tableEntryBytes(this.table, root, samples, random, measure);
  }

  encodingName(entry: Pointer): string {
    const encoding = encodingOf(this.commons.heap, entry);
    return encoding === SET_INTSET || encoding === SET_INTEGER_TABLE ? 'intset' : 'hashtable';
  }

  /** Of the packed encodings. */
  private blocksOf(encoding: number): PackedBlocks {
    return encoding === SET_INTSET ? this.intsets : this.listpacks;
  }
}

/** Frees a set's structure; what is large goes to the reclaimer. */
export function freeSet({ heap, entries, reclaimer }: Commons, table: HashTable, encoding: number, pointer: Pointer) {
  if (encoding < SET_TABLE) heap.free(pointer);
  else reclaimer.free(new TableReclaim(heap, table, pointer, (member) => entries.free(member)));
}
