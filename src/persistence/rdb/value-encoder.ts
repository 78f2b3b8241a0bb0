/**
 * Writes values of all types, each in the most compact form that version 10 knows: the bytes of listpacks and intsets
 * as they stand in the heap.
 */
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STRING, TYPE_ZSET, typeOf } from '../../keyspace/key-entry.ts';
import { invariant } from '../../lib/invariant.ts';
import type { HeapView } from '../../memory/heap-view.ts';
import type { Pointer } from '../../memory/layout.ts';
import { ByteStringReader } from '../../structures/byte-string.ts';
import { EntryReader } from '../../structures/entry.ts';
import { HashEncoder } from './encoders/hash-encoder.ts';
import { ListEncoder } from './encoders/list-encoder.ts';
import { SetEncoder } from './encoders/set-encoder.ts';
import { StringEncoder } from './encoders/string-encoder.ts';
import { newSlice, type TypeEncoder } from './encoders/type-encoder.ts';
import { ZsetEncoder } from './encoders/zset-encoder.ts';
import type { RdbWriter } from './rdb-writer.ts';

export class ValueEncoder {
  private readonly view: HeapView;
  private readonly writer: RdbWriter;
  private readonly entries: EntryReader;
  private readonly encoders: TypeEncoder[] = [];
  private readonly key = newSlice();

  constructor(view: HeapView, writer: RdbWriter) {
    const strings = new ByteStringReader(view);
    const entries = new EntryReader(view, strings);
    const where = { view, strings, entries };
    this.view = view;
    this.writer = writer;
    this.entries = entries;
    this.encoders[TYPE_STRING] = new StringEncoder(where);
    this.encoders[TYPE_LIST] = new ListEncoder(where);
    this.encoders[TYPE_SET] = new SetEncoder(where);
    this.encoders[TYPE_ZSET] = new ZsetEncoder(where);
    this.encoders[TYPE_HASH] = new HashEncoder(where);
  }

  /** Writes the type, the key and the value of an entry, as in a file. */
  pair(entry: Pointer): void {
    const { writer } = this;
    const encoder = this.encoderOf(entry);
    writer.byte(encoder.rdbType(entry));
    writer.slice(this.entries.key(entry, this.key));
    encoder.write(entry, writer);
  }

  /** Writes the type and the value of an entry, as in a DUMP payload. */
  value(entry: Pointer): void {
    const encoder = this.encoderOf(entry);
    this.writer.byte(encoder.rdbType(entry));
    encoder.write(entry, this.writer);
  }

  private encoderOf(entry: Pointer): TypeEncoder {
    const type = typeOf(this.view, entry);
    const encoder = this.encoders[type];
    invariant(encoder !== undefined, `values of type ${type} can not be written`);
    return encoder;
  }
}
