/** Reads sorted sets. */
import { TYPE_ZSET } from '../../../keyspace/key-entry.ts';
import type { Keyspace } from '../../../keyspace/keyspace.ts';
import { ZsetBuilder } from '../../../keyspace/zset-builder.ts';
import { parseDouble } from '../../../lib/double.ts';
import { Slice } from '../../../lib/slice.ts';
import { MAX_LISTPACK_BYTES } from '../../../structures/listpack-block.ts';
import { RDB_ZSET, RDB_ZSET_2, RDB_ZSET_LISTPACK, SCORE_INFINITY, SCORE_MINUS_INFINITY, SCORE_NAN } from '../format.ts';
import type { RdbReader } from '../rdb-reader.ts';
import { Duplicates } from './duplicates.ts';
import { ListpackReader } from './listpack-reader.ts';
import { type PackedReader, withDuplicates } from './packed-reader.ts';
import { TypeDecoder, unitsOf } from './type-decoder.ts';
import { ZiplistReader } from './ziplist-reader.ts';

const DUPLICATE = 'a sorted set has a member twice';
const NOT_A_NUMBER = 'a score is not a number';

export class ZsetDecoder extends TypeDecoder {
  override readonly type = TYPE_ZSET;
  override readonly builder: ZsetBuilder;
  private hasTexts = false;
  private readonly listpacks = new ListpackReader();
  private readonly ziplists = new ZiplistReader();
  private readonly duplicates: Duplicates;
  private memberSlice = new Slice(new Uint8Array(0), 0, 0);
  private previousSlice = new Slice(new Uint8Array(0), 0, 0);
  private readonly scoreSlice = new Slice(new Uint8Array(0), 0, 0);

  constructor(keyspace: Keyspace, reader: RdbReader) {
    super(keyspace, reader);
    this.builder = new ZsetBuilder(keyspace, keyspace.limits.zset);
    this.duplicates = new Duplicates(keyspace.hasher);
  }

  override begin(rdbType: number): void {
    this.left = 0;
    this.reserve(0);
    const { entries } = this.keyspace.limits.zset;
    if (rdbType === RDB_ZSET || rdbType === RDB_ZSET_2) {
      this.hasTexts = rdbType === RDB_ZSET;
      const count = this.reader.count(this.hasTexts ? 2 : 9);
      this.builder.begin(count > entries);
      this.left = count;
      return;
    }
    const packed = rdbType === RDB_ZSET_LISTPACK ? this.listpacks : this.ziplists;
    const { offset } = this.reader;
    const { bytes, start, end } = this.reader.string(this.memberSlice);
    const fault = packed.open(bytes, start, end);
    const what = `Zset ${packed.name}`;
    if (fault !== null) throw this.reader.unsound(what, fault, offset);
    if ((packed.count & 1) === 1) throw this.reader.unsound(what, 'a sorted set has a member without a score', offset);
    const members = packed.count >>> 1;
    const isSmall = members <= entries && end - start <= MAX_LISTPACK_BYTES;
    if (packed === this.listpacks && isSmall) {
      if (this.duplicates.exist(bytes, start, members, 1))
        throw this.reader.unsound(what, withDuplicates(packed), offset);
      if (this.isInOrder(packed, members, offset)) {
        this.builder.adopt(bytes, start, end);
        return;
      }
      packed.open(bytes, start, end);
    }
    this.builder.begin(members > entries);
    this.fill(packed, members, offset);
  }

  protected override readElement(): number {
    const { reader } = this;
    const { offset } = reader;
    const member = this.keep(reader.string(this.memberSlice));
    const score = this.hasTexts ? this.scoreText() : reader.double();
    this.add(member, score, offset);
    return unitsOf(member.length);
  }

  private scoreText(): number {
    const { offset } = this.reader;
    const length = this.reader.byte();
    switch (length) {
      case SCORE_NAN:
        return Number.NaN;
      case SCORE_INFINITY:
        return Number.POSITIVE_INFINITY;
      case SCORE_MINUS_INFINITY:
        return Number.NEGATIVE_INFINITY;
      default:
        return this.parseScore(this.reader.raw(length, this.scoreSlice), offset);
    }
  }

  /** True when members are in the order of score and member, as they have to be. */
  private isInOrder(packed: PackedReader, members: number, offset: number): boolean {
    let previousScore = Number.NEGATIVE_INFINITY;
    let inOrder = true;
    for (let i = 0; i < members; i++) {
      const member = packed.next(this.memberSlice);
      const score = this.parseScore(packed.next(this.scoreSlice), offset);
      if (score < previousScore) inOrder = false;
      else if (score === previousScore && i > 0 && compare(this.previousSlice, member) > 0) inOrder = false;
      // A member that is digits is overwritten by the next but one.
      this.previousSlice = this.keep(member);
      previousScore = score;
    }
    return inOrder;
  }

  private fill(packed: PackedReader, members: number, offset: number): void {
    for (let i = 0; i < members; i++) {
      const member = this.keep(packed.next(this.memberSlice));
      this.add(member, this.parseScore(packed.next(this.scoreSlice), offset), offset);
    }
  }

  private parseScore(text: Slice, offset: number): number {
    const score = parseDouble(text);
    if (score === null) throw this.reader.damaged(NOT_A_NUMBER, offset);
    return score;
  }

  private add(member: Slice, score: number, offset: number): void {
    const { builder, reader } = this;
    if (Number.isNaN(score)) throw reader.damaged(NOT_A_NUMBER, offset);
    this.reserve(member.length);
    if (builder.find(member)) throw reader.damaged(DUPLICATE, offset);
    builder.insert(member, score);
  }
}

/** As `memcmp`, a shorter one before a longer one that it begins. */
function compare(a: Slice, b: Slice): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a.byteAt(i) - b.byteAt(i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
