/**
 * Ranges of members: `[a` and `(a` with and without the bound itself, `-` before and `+` behind all others.
 */
import { ZSET_LISTPACK, type ZsetValue } from '../../keyspace/zset-value.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const OPEN = 0x28;
const CLOSED = 0x5b;

class Bound {
  /** -1 before all members, 1 behind them, 0 at {@link member}. */
  side = 0;
  excluded = false;
  readonly member = new Slice(new Uint8Array(0), 0, 0);

  parse(text: Slice): void {
    const { bytes, start, end } = text;
    const first = start < end ? bytes[start] : 0;
    if (first === OPEN || first === CLOSED) {
      this.side = 0;
      this.excluded = first === OPEN;
      this.member.point(bytes, start + 1, end);
    } else if ((first === PLUS || first === MINUS) && (end === start + 1 || bytes[start + 1] === 0)) {
      this.side = first === PLUS ? 1 : -1;
      this.excluded = true;
    } else {
      throw errors.minMaxNotRange;
    }
  }

  /** Orders a member against the bound. */
  compare(member: Slice): number {
    return this.side === 0 ? member.compare(this.member) : -this.side;
  }

  /** The rank at which the bound lies; `above` for behind the bound's own member. */
  rank(zset: ZsetValue, above: boolean): number {
    if (this.side !== 0) return this.side < 0 ? 0 : zset.length;
    return zset.rankOfMember(this.member, above);
  }
}

/** A range of members; reused for one command after another. */
export class MemberRange {
  /** After {@link resolve}: the rank of the first member in the range, … */
  from = 0;
  /** … and the rank behind the last one, not below {@link from}. */
  to = 0;
  private readonly min = new Bound();
  private readonly max = new Bound();

  /** The slices must stay valid as long as the range is used. @throws ReplyError where they are no bounds. */
  parse(min: Slice, max: Slice): this {
    this.min.parse(min);
    this.max.parse(max);
    return this;
  }

  /** Finds the range in a sorted set; `reverse` says from which end. */
  resolve(zset: ZsetValue, reverse: boolean): void {
    this.from = 0;
    this.to = 0;
    if (zset.encoding === ZSET_LISTPACK) {
      this.resolveSmall(zset, reverse);
      return;
    }
    this.from = this.min.rank(zset, this.min.excluded);
    this.to = Math.max(this.from, this.max.rank(zset, !this.max.excluded));
  }

  /**
   * As Redis does it in a small sorted set: one member after another, from the first that is in the range to the one
   * before the next that is not. Where scores differ, and ranges of members mean nothing, the answer is so the same.
   */
  private resolveSmall(zset: ZsetValue, reverse: boolean): void {
    const last = zset.length - 1;
    zset.seek(last);
    if (this.isBefore(zset.member)) return;
    zset.seek(0);
    if (this.isBehind(zset.member)) return;
    let rank = reverse ? last : 0;
    const step = reverse ? -1 : 1;
    zset.seek(rank);
    for (; rank >= 0 && rank <= last; rank += step) {
      if (reverse ? !this.isBehind(zset.member) : !this.isBefore(zset.member)) break;
      move(zset, reverse);
    }
    const start = rank;
    for (; rank >= 0 && rank <= last; rank += step) {
      if (reverse ? this.isBefore(zset.member) : this.isBehind(zset.member)) break;
      move(zset, reverse);
    }
    this.from = reverse ? rank + 1 : start;
    this.to = reverse ? start + 1 : rank;
  }

  private isBefore(member: Slice): boolean {
    const order = this.min.compare(member);
    return this.min.excluded ? order <= 0 : order < 0;
  }

  private isBehind(member: Slice): boolean {
    const order = this.max.compare(member);
    return this.max.excluded ? order >= 0 : order > 0;
  }
}

function move(zset: ZsetValue, reverse: boolean): void {
  if (reverse) zset.previous();
  else zset.next();
}
