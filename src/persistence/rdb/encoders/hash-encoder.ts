/** Writes hashes: a small one as the listpack that it is, a large one as fields and values. */
import { HASH_LISTPACK } from '../../../keyspace/hash-value.ts';
import { encodingOf, structureOf } from '../../../keyspace/key-entry.ts';
import type { HeapView } from '../../../memory/heap-view.ts';
import type { Pointer } from '../../../memory/layout.ts';
import { FieldReader } from '../../../structures/field-reader.ts';
import type { TableReader } from '../../../structures/table-reader.ts';
import { RDB_HASH, RDB_HASH_LISTPACK } from '../format.ts';
import type { RdbWriter } from '../rdb-writer.ts';
import {
  ByteStringRuns,
  newSlice,
  type TypeEncoder,
  tableReader,
  type ValueView,
  writeListpack,
} from './type-encoder.ts';

export class HashEncoder implements TypeEncoder {
  private readonly view: HeapView;
  private readonly table: TableReader;
  private readonly fields: FieldReader;
  private readonly runs: ByteStringRuns;
  private readonly slice = newSlice();

  constructor(where: ValueView) {
    this.view = where.view;
    this.table = tableReader(where);
    this.fields = new FieldReader(where.view, where.entries, where.strings);
    this.runs = new ByteStringRuns(where.strings);
  }

  rdbType(entry: Pointer): number {
    return encodingOf(this.view, entry) === HASH_LISTPACK ? RDB_HASH_LISTPACK : RDB_HASH;
  }

  write(entry: Pointer, writer: RdbWriter): void {
    const pointer = structureOf(this.view, entry);
    if (encodingOf(this.view, entry) === HASH_LISTPACK) {
      writeListpack(this.view, pointer, writer);
      return;
    }
    writer.length(this.table.count(pointer));
    this.table.forEach(pointer, (field) => this.writePair(field, writer));
  }

  private writePair(pair: Pointer, writer: RdbWriter): void {
    const { fields, slice } = this;
    writer.slice(fields.field(pair, slice));
    if (fields.hasLongValue(pair)) this.runs.write(fields.longValue(pair), fields.valueLength(pair), writer);
    else writer.slice(fields.value(pair, slice));
  }
}
