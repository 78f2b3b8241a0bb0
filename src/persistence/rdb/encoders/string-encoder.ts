/** Writes strings. */

import { valuePointer } from '../../../keyspace/key-entry.ts';
import { StringValues } from '../../../keyspace/string-value.ts';
import type { HeapView } from '../../../memory/heap-view.ts';
import type { Pointer } from '../../../memory/layout.ts';
import { RDB_STRING } from '../format.ts';
import type { RdbWriter } from '../rdb-writer.ts';
import { ByteStringRuns, newSlice, type TypeEncoder, type ValueView } from './type-encoder.ts';

export class StringEncoder implements TypeEncoder {
  private readonly view: HeapView;
  private readonly values: StringValues;
  private readonly runs: ByteStringRuns;
  private readonly slice = newSlice();

  constructor({ view, strings }: ValueView) {
    this.view = view;
    this.values = new StringValues(view, strings);
    this.runs = new ByteStringRuns(strings);
  }

  rdbType(): number {
    return RDB_STRING;
  }

  write(entry: Pointer, writer: RdbWriter): void {
    const { values } = this;
    if (values.isInline(entry)) writer.slice(values.inline(entry, this.slice));
    else this.runs.write(valuePointer(this.view, entry), values.length(entry), writer);
  }
}
