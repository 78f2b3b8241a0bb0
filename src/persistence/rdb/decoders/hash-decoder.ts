/** Reads hashes. */
import { HashBuilder } from '../../../keyspace/hash-builder.ts';
import { TYPE_HASH } from '../../../keyspace/key-entry.ts';
import type { Keyspace } from '../../../keyspace/keyspace.ts';
import { Slice } from '../../../lib/slice.ts';
import { MAX_LISTPACK_BYTES } from '../../../structures/listpack-block.ts';
import { RDB_HASH, RDB_HASH_LISTPACK, RDB_HASH_ZIPMAP } from '../format.ts';
import type { RdbReader } from '../rdb-reader.ts';
import { Duplicates } from './duplicates.ts';
import { ListpackReader } from './listpack-reader.ts';
import { type PackedReader, withDuplicates } from './packed-reader.ts';
import { TypeDecoder, unitsOf } from './type-decoder.ts';
import { ZiplistReader } from './ziplist-reader.ts';
import { ZipmapReader } from './zipmap-reader.ts';

const DUPLICATE = 'a hash has a field twice';

export class HashDecoder extends TypeDecoder {
  override readonly type = TYPE_HASH;
  override readonly builder: HashBuilder;
  private readonly listpacks = new ListpackReader();
  private readonly ziplists = new ZiplistReader();
  private readonly zipmaps = new ZipmapReader();
  private readonly duplicates: Duplicates;
  private readonly fieldSlice = new Slice(new Uint8Array(0), 0, 0);
  private readonly valueSlice = new Slice(new Uint8Array(0), 0, 0);

  constructor(keyspace: Keyspace, reader: RdbReader) {
    super(keyspace, reader);
    this.builder = new HashBuilder(keyspace, keyspace.limits.hash);
    this.duplicates = new Duplicates(keyspace.hasher);
  }

  override begin(rdbType: number): void {
    this.left = 0;
    this.reserve(0);
    if (rdbType === RDB_HASH) {
      const count = this.reader.count(2);
      this.builder.begin(count > this.keyspace.limits.hash.entries);
      this.left = count;
      return;
    }
    const packed =
      rdbType === RDB_HASH_LISTPACK ? this.listpacks : rdbType === RDB_HASH_ZIPMAP ? this.zipmaps : this.ziplists;
    const { offset } = this.reader;
    const text = this.reader.string(this.valueSlice);
    const { bytes, start, end } = text;
    const fault = packed.open(bytes, start, end);
    const what = packed === this.zipmaps ? 'Zipmap' : `Hash ${packed.name}`;
    if (fault !== null) throw this.reader.unsound(what, fault, offset);
    if ((packed.count & 1) === 1) throw this.reader.unsound(what, 'a hash has a field without a value', offset);
    const pairs = packed.count >>> 1;
    const isSmall = pairs <= this.keyspace.limits.hash.entries;
    if (packed === this.listpacks && isSmall && end - start <= MAX_LISTPACK_BYTES) {
      if (this.duplicates.exist(bytes, start, pairs, 1))
        throw this.reader.unsound(what, withDuplicates(packed), offset);
      this.builder.adopt(bytes, start, end);
      return;
    }
    this.builder.begin(!isSmall);
    this.fill(packed, pairs, what, offset);
    if (packed === this.listpacks && isSmall) this.builder.callListpack();
  }

  protected override readElement(): number {
    const { builder, reader } = this;
    const { offset } = reader;
    const field = this.keep(reader.string(this.fieldSlice));
    const value = reader.string(this.valueSlice);
    const bytes = field.length + value.length;
    this.reserve(bytes);
    if (!builder.set(field, value)) throw reader.damaged(DUPLICATE, offset);
    return unitsOf(bytes);
  }

  private fill(packed: PackedReader, pairs: number, what: string, offset: number): void {
    for (let i = 0; i < pairs; i++) {
      const field = packed.next(this.fieldSlice);
      const value = packed.next(this.valueSlice);
      this.reserve(field.length + value.length);
      if (!this.builder.set(field, value)) throw this.reader.unsound(what, withDuplicates(packed), offset);
    }
  }
}
