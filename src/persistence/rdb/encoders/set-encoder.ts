/**
 * Writes sets: integers in one block as the intset that they are, everything else as members, since version 10 has no
 * listpacks of sets.
 */
import { encodingOf, structureOf } from '../../../keyspace/key-entry.ts';
import { SET_INTSET, SetReader } from '../../../keyspace/set-reader.ts';
import type { Slice } from '../../../lib/slice.ts';
import type { HeapView } from '../../../memory/heap-view.ts';
import type { Pointer } from '../../../memory/layout.ts';
import * as intset from '../../../structures/intset.ts';
import { packedBase } from '../../../structures/packed-block.ts';
import { RDB_SET, RDB_SET_INTSET } from '../format.ts';
import type { RdbWriter } from '../rdb-writer.ts';
import { type TypeEncoder, tableReader, type ValueView } from './type-encoder.ts';

export class SetEncoder implements TypeEncoder {
  private readonly view: HeapView;
  private readonly sets: SetReader;

  constructor(where: ValueView) {
    this.view = where.view;
    this.sets = new SetReader(where.view, where.entries, tableReader(where));
  }

  rdbType(entry: Pointer): number {
    return encodingOf(this.view, entry) === SET_INTSET ? RDB_SET_INTSET : RDB_SET;
  }

  write(entry: Pointer, writer: RdbWriter): void {
    const encoding = encodingOf(this.view, entry);
    const pointer = structureOf(this.view, entry);
    if (encoding === SET_INTSET) {
      const bytes = this.view.bytesOf(pointer);
      const base = packedBase(this.view, pointer);
      writer.string(bytes, base, base + intset.totalBytes(bytes, base));
      return;
    }
    writer.length(this.sets.length(encoding, pointer));
    this.sets.forEach(encoding, pointer, (member: Slice) => writer.slice(member));
  }
}
