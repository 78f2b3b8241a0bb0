/**
 * What the encoders of all types have in common: they write the value of a key entry, which they find on any view of
 * the heap, a frozen one in another thread too.
 */
import { Slice } from '../../../lib/slice.ts';
import type { HeapView } from '../../../memory/heap-view.ts';
import type { Pointer } from '../../../memory/layout.ts';
import type { ByteStringReader } from '../../../structures/byte-string.ts';
import type { EntryReader } from '../../../structures/entry.ts';
import { KeyHasher } from '../../../structures/hash.ts';
import * as listpack from '../../../structures/listpack.ts';
import { packedBase } from '../../../structures/packed-block.ts';
import { TableReader } from '../../../structures/table-reader.ts';
import type { RdbWriter, RunSource } from '../rdb-writer.ts';

/** Where values are read. */
export interface ValueView {
  readonly view: HeapView;
  readonly strings: ByteStringReader;
  readonly entries: EntryReader;
}

export interface TypeEncoder {
  /** Which of the types of format.ts the entry's value is written as. */
  rdbType(entry: Pointer): number;
  /** Writes the value, without its type. */
  write(entry: Pointer, writer: RdbWriter): void;
}

/** Where one element after another is pointed at. */
export function newSlice(): Slice {
  return new Slice(new Uint8Array(0), 0, 0);
}

/** For going through tables, which asks for no hash. */
export function tableReader({ view, entries }: ValueView): TableReader {
  return new TableReader(view, entries, new KeyHasher([0, 0]));
}

/** Writes the listpack that is a block's packed value. */
export function writeListpack(view: HeapView, block: Pointer, writer: RdbWriter): void {
  const bytes = view.bytesOf(block);
  const base = packedBase(view, block);
  writer.string(bytes, base, base + listpack.totalBytes(bytes, base));
}

/** A byte string as a source of runs. */
export class ByteStringRuns implements RunSource {
  private readonly reader: ByteStringReader;
  private pointer!: Pointer;
  private length = 0;

  constructor(reader: ByteStringReader) {
    this.reader = reader;
  }

  get bytes(): Uint8Array {
    return this.reader.bytes;
  }

  get start(): number {
    return this.reader.start;
  }

  get end(): number {
    return this.reader.end;
  }

  /** Makes it the byte string `pointer` of `length` bytes. */
  point(pointer: Pointer, length: number): this {
    this.pointer = pointer;
    this.length = length;
    return this;
  }

  /** Writes the byte string `pointer` of `length` bytes. */
  write(pointer: Pointer, length: number, writer: RdbWriter): void {
    this.point(pointer, length);
    if (this.reader.seek(pointer, length, 0, length) === length) {
      writer.string(this.reader.bytes, this.reader.start, this.reader.end);
    } else {
      writer.longString(this, length);
    }
  }

  seek(offset: number, limit: number): number {
    return this.reader.seek(this.pointer, this.length, offset, limit);
  }
}
