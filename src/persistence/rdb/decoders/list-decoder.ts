/** Reads lists. */
import { TYPE_LIST } from '../../../keyspace/key-entry.ts';
import type { Keyspace } from '../../../keyspace/keyspace.ts';
import { ListBuilder } from '../../../keyspace/list-builder.ts';
import { Slice } from '../../../lib/slice.ts';
import { CONTAINER_PACKED, CONTAINER_PLAIN, RDB_LIST, RDB_LIST_QUICKLIST, RDB_LIST_ZIPLIST } from '../format.ts';
import type { RdbReader } from '../rdb-reader.ts';
import { ListpackReader } from './listpack-reader.ts';
import { TypeDecoder, unitsOf } from './type-decoder.ts';
import { ZiplistReader } from './ziplist-reader.ts';

export class ListDecoder extends TypeDecoder {
  override readonly type = TYPE_LIST;
  override readonly builder: ListBuilder;
  private rdbType = 0;
  private readonly listpacks = new ListpackReader();
  private readonly ziplists = new ZiplistReader();
  private readonly slice = new Slice(new Uint8Array(0), 0, 0);

  constructor(keyspace: Keyspace, reader: RdbReader) {
    super(keyspace, reader);
    this.builder = new ListBuilder(keyspace);
  }

  override begin(rdbType: number): void {
    this.left = 0;
    this.reserve(0);
    this.rdbType = rdbType;
    const count = rdbType === RDB_LIST_ZIPLIST ? 1 : this.reader.count(1);
    this.builder.begin();
    this.left = count;
  }

  /** Reads an element or, where the list is one of nodes, a node. */
  protected override readElement(): number {
    if (this.rdbType === RDB_LIST) return this.push();
    if (this.rdbType === RDB_LIST_ZIPLIST || this.rdbType === RDB_LIST_QUICKLIST) return this.readZiplist();
    const { offset } = this.reader;
    const container = this.reader.length();
    if (container === CONTAINER_PLAIN) {
      const units = this.push();
      if (this.slice.length === 0) throw this.reader.damaged('a list node without bytes', offset);
      return units;
    }
    if (container !== CONTAINER_PACKED) throw this.reader.damaged(`unknown list container ${container}`, offset);
    return this.readListpack();
  }

  private push(): number {
    const element = this.reader.string(this.slice);
    this.reserve(element.length);
    this.builder.pushTail(element);
    return unitsOf(element.length);
  }

  private readListpack(): number {
    const { listpacks, reader } = this;
    const { offset } = reader;
    const { bytes, start, end } = reader.string(this.slice);
    const fault = listpacks.open(bytes, start, end);
    if (fault !== null) throw reader.unsound('Listpack', fault, offset);
    // Twice, where it is distributed over leaves.
    this.reserve(2 * (end - start));
    this.builder.pushListpack(bytes, start);
    return unitsOf(end - start) + (listpacks.count >>> 4);
  }

  private readZiplist(): number {
    const { reader, ziplists } = this;
    const { offset } = reader;
    const { bytes, start, end } = reader.string(this.slice);
    const fault = ziplists.open(bytes, start, end);
    if (fault !== null) throw reader.unsound('Ziplist', fault, offset);
    this.reserve(2 * (end - start));
    for (let i = 0; i < ziplists.count; i++) this.builder.pushTail(ziplists.next(this.slice));
    return ziplists.count + unitsOf(end - start);
  }
}
