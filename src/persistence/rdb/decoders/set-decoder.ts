/** Reads sets. */
import { TYPE_SET } from '../../../keyspace/key-entry.ts';
import type { Keyspace } from '../../../keyspace/keyspace.ts';
import { SetBuilder } from '../../../keyspace/set-builder.ts';
import { Slice } from '../../../lib/slice.ts';
import { Int64, MAX_INT64_DIGITS } from '../../../structures/int64.ts';
import * as intset from '../../../structures/intset.ts';
import { MAX_INTSET_BYTES } from '../../../structures/intset-block.ts';
import { MAX_LISTPACK_BYTES } from '../../../structures/listpack-block.ts';
import { RDB_SET, RDB_SET_INTSET } from '../format.ts';
import type { RdbReader } from '../rdb-reader.ts';
import { Duplicates } from './duplicates.ts';
import { ListpackReader } from './listpack-reader.ts';
import { withDuplicates } from './packed-reader.ts';
import { TypeDecoder, unitsOf } from './type-decoder.ts';

const DUPLICATE = 'a set has a member twice';

export class SetDecoder extends TypeDecoder {
  override readonly type = TYPE_SET;
  override readonly builder: SetBuilder;
  private readonly listpacks = new ListpackReader();
  private readonly duplicates: Duplicates;
  private readonly slice = new Slice(new Uint8Array(0), 0, 0);
  private readonly integer = new Int64();
  private readonly digits = new Uint8Array(MAX_INT64_DIGITS);

  constructor(keyspace: Keyspace, reader: RdbReader) {
    super(keyspace, reader);
    this.builder = new SetBuilder(keyspace, keyspace.limits.set);
    this.duplicates = new Duplicates(keyspace.hasher);
  }

  override begin(rdbType: number): void {
    this.left = 0;
    this.reserve(0);
    if (rdbType === RDB_SET) {
      this.left = this.reader.count(1);
      this.builder.begin();
      return;
    }
    const { offset } = this.reader;
    const { bytes, start, end } = this.reader.string(this.slice);
    if (rdbType === RDB_SET_INTSET) this.readIntset(bytes, start, end, offset);
    else this.readListpack(bytes, start, end, offset);
  }

  protected override readElement(): number {
    const { offset } = this.reader;
    const member = this.reader.string(this.slice);
    this.add(member, offset);
    return unitsOf(member.length);
  }

  private readIntset(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const fault = intset.validateIntset(bytes, start, end, true);
    if (fault !== null) throw this.reader.unsound('Intset', fault, offset);
    const members = intset.count(bytes, start);
    if (members <= this.keyspace.limits.set.intsetEntries && end - start <= MAX_INTSET_BYTES) {
      this.builder.adoptIntset(bytes, start, end);
      return;
    }
    this.builder.begin();
    const member = new Slice(this.digits, 0, 0);
    for (let i = 0; i < members; i++) {
      member.end = intset.get(bytes, start, i, this.integer).writeDigits(this.digits, 0);
      this.add(member, offset);
    }
  }

  private readListpack(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const { listpacks } = this;
    const fault = listpacks.open(bytes, start, end);
    if (fault !== null) throw this.reader.unsound('Set listpack', fault, offset);
    const members = listpacks.count;
    if (members <= this.keyspace.limits.set.entries && end - start <= MAX_LISTPACK_BYTES) {
      if (this.duplicates.exist(bytes, start, members, 0))
        throw this.reader.unsound('Set listpack', withDuplicates(listpacks), offset);
      this.builder.adoptListpack(bytes, start, end);
      return;
    }
    this.builder.begin();
    for (let i = 0; i < members; i++) this.add(listpacks.next(this.slice), offset);
  }

  private add(member: Slice, offset: number): void {
    this.reserve(member.length);
    if (!this.builder.add(member)) throw this.reader.damaged(DUPLICATE, offset);
  }
}
