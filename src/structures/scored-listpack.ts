/**
 * Members with scores in a listpack, in turn and in the order of score and member: the small form of sorted sets, in
 * Redis's own bytes.
 *
 * Scores that are integers of up to 2^62 are stored as such (so -0 becomes 0), others as text with 17 digits. An
 * element is named by its offset as in listpack.ts.
 */
import { MAX_DOUBLE_LENGTH, parseDoubleRange, writeDouble } from '../lib/double.ts';
import type { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import * as listpack from './listpack.ts';
import { ListpackBlocks, MAX_LISTPACK_BYTES } from './listpack-block.ts';
import * as edit from './listpack-edit.ts';
import { ListpackElement } from './listpack-element.ts';
import { ListpackValue } from './listpack-encoding.ts';

const TWO_32 = 2 ** 32;
/** Integers beyond are stored as text. */
export const MAX_INTEGER_SCORE = 2 ** 62;

/** The most that a pair takes beyond its member: two entries' heads and back lengths, and the longest score. */
const PAIR_OVERHEAD_BYTES = 48;

export class ScoredListpack {
  readonly blocks: ListpackBlocks;
  private readonly heap: Heap;
  private readonly element = new ListpackElement();
  private readonly scoreElement = new ListpackElement();
  private readonly memberValue = new ListpackValue();
  private readonly scoreValue = new ListpackValue();
  private readonly scoreText = new Uint8Array(MAX_DOUBLE_LENGTH);

  constructor(heap: Heap) {
    this.heap = heap;
    this.blocks = new ListpackBlocks(heap);
  }

  /** How many pairs there are. */
  count(block: Pointer): number {
    return listpack.count(this.heap.bytesOf(block), this.blocks.base(block)) >>> 1;
  }

  /** True when there is surely room for one more pair, or for a longer score. */
  hasRoom(block: Pointer, memberLength: number): boolean {
    return this.blocks.size(block) + memberLength + PAIR_OVERHEAD_BYTES <= MAX_LISTPACK_BYTES;
  }

  /** The member's element, or {@link listpack.NO_ELEMENT}. */
  find(block: Pointer, member: Slice): number {
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    const at = listpack.first(bytes, base);
    if (at === listpack.NO_ELEMENT) return at;
    return listpack.find(bytes, base, at, this.memberValue.setSlice(member), 1);
  }

  /** The member of this rank; negative ranks count from the end, -1 is the last. */
  seek(block: Pointer, rank: number): number {
    return listpack.seek(this.heap.bytesOf(block), this.blocks.base(block), rank * 2);
  }

  /** The next member. */
  next(block: Pointer, at: number): number {
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    return listpack.next(bytes, base, listpack.next(bytes, base, at));
  }

  /** The member before. */
  previous(block: Pointer, at: number): number {
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    const score = listpack.previous(bytes, base, at);
    return score === listpack.NO_ELEMENT ? score : listpack.previous(bytes, base, score);
  }

  /** Points `slice` at a member: valid until the next call, and until the listpack changes. */
  member(block: Pointer, at: number, slice: Slice): Slice {
    return this.element.read(this.heap.bytesOf(block), this.blocks.base(block), at).toSlice(slice);
  }

  /** The score of the member at `at`. */
  score(block: Pointer, at: number): number {
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    return this.readScore(bytes, base, listpack.next(bytes, base, at));
  }

  /** The rank of the member at `at`. */
  rankAt(block: Pointer, at: number): number {
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    let elements = 0;
    for (let each = listpack.first(bytes, base); each !== at; each = listpack.next(bytes, base, each)) elements++;
    return elements >>> 1;
  }

  /** The rank of the first member with at least this score, or, with `above`, with a higher one; else the count. */
  rankOfScore(block: Pointer, score: number, above: boolean): number {
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    let rank = 0;
    for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; rank++) {
      const scoreAt = listpack.next(bytes, base, at);
      const each = this.readScore(bytes, base, scoreAt);
      if (above ? each > score : each >= score) break;
      at = listpack.next(bytes, base, scoreAt);
    }
    return rank;
  }

  /** The rank of the first member that is not before `member`, or, with `above`, is behind it; else the count. */
  rankOfMember(block: Pointer, member: Slice, above: boolean): number {
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    let rank = 0;
    for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; rank++) {
      const order = this.element.read(bytes, base, at).compare(member);
      if (above ? order > 0 : order >= 0) break;
      at = listpack.next(bytes, base, listpack.next(bytes, base, at));
    }
    return rank;
  }

  /** Prepares adding a pair: answers the bytes that it takes. */
  stage(member: Slice, score: number): number {
    return this.memberValue.setSlice(member).entryBytes + this.setScoreValue(score).entryBytes;
  }

  /** Bytes of the pair at `at`. */
  pairBytes(block: Pointer, at: number): number {
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    const scoreAt = at + listpack.entryBytesAt(bytes, base, at);
    return scoreAt + listpack.entryBytesAt(bytes, base, scoreAt) - at;
  }

  /** Adds the pair just staged, whose member is not there and must not lie in the block. There must be room for it. */
  insertStaged(block: Pointer, member: Slice, score: number): void {
    const at = this.placeOf(block, member, score);
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    edit.insertBefore(bytes, base, at, this.scoreValue);
    edit.insertBefore(bytes, base, at, this.memberValue);
  }

  /** Adds a member behind all others, where the order allows it. Answers the block, which may move. */
  append(block: Pointer, member: Slice, score: number): Pointer {
    const writable = this.blocks.resize(block, this.blocks.size(block) + this.stage(member, score));
    const bytes = this.heap.bytesOf(writable);
    const base = this.blocks.base(writable);
    edit.append(bytes, base, this.memberValue);
    edit.append(bytes, base, this.scoreValue);
    return writable;
  }

  /** Takes out `count` members from `at` on. */
  remove(block: Pointer, at: number, count: number): void {
    edit.remove(this.heap.bytesOf(block), this.blocks.base(block), at, count * 2);
  }

  /** Where a member with this score belongs; the end of the listpack's elements for the last place. */
  private placeOf(block: Pointer, member: Slice, score: number): number {
    const bytes = this.heap.bytesOf(block);
    const base = this.blocks.base(block);
    const end = listpack.endOffset(bytes, base);
    const last = listpack.last(bytes, base);
    // Scores often grow.
    if (last === listpack.NO_ELEMENT || this.readScore(bytes, base, last) < score) return end;
    for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; ) {
      const scoreAt = listpack.next(bytes, base, at);
      const each = this.readScore(bytes, base, scoreAt);
      if (each > score) return at;
      if (each === score && this.element.read(bytes, base, at).compare(member) > 0) return at;
      at = listpack.next(bytes, base, scoreAt);
    }
    return end;
  }

  private readScore(bytes: Uint8Array, base: number, at: number): number {
    const { isInteger, integer, start, end } = this.scoreElement.read(bytes, base, at);
    if (isInteger) return integer.high * TWO_32 + (integer.low >>> 0);
    return parseDoubleRange(bytes, start, end) ?? looseDouble(bytes, start, end);
  }

  private setScoreValue(score: number): ListpackValue {
    if (Number.isInteger(score) && Math.abs(score) <= MAX_INTEGER_SCORE) {
      const high = Math.floor(score / TWO_32);
      const { integer } = this.scoreElement;
      return this.scoreValue.setInt64(integer.setHalves(high, score - high * TWO_32));
    }
    return this.scoreValue.setBytes(this.scoreText, 0, writeDouble(this.scoreText, 0, score));
  }
}

/** What a foreign listpack may have for a score: as much of it as is a number, else 0. */
function looseDouble(bytes: Uint8Array, start: number, end: number): number {
  return Number.parseFloat(Buffer.from(bytes.subarray(start, end)).toString('latin1')) || 0;
}
