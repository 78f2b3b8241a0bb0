/**
 * What ZRANGE and its older forms ask for: a range by rank, score or member, in either direction, of which LIMIT takes
 * a part. It is parsed in Redis's order of checks, and resolved to ranks of one sorted set.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { MemberRange } from './member-range.ts';
import { ScoreRange } from './score-range.ts';

const limitNeedsRange = new ReplyError(
  'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
);
const membersWithScores = new ReplyError('ERR syntax error, WITHSCORES not supported in combination with BYLEX');

export type RangeBy = 'rank' | 'score' | 'member';

/** A query that is reused for one command after another. */
export class RangeQuery {
  by: RangeBy = 'rank';
  reverse = false;
  withScores = false;
  /** The rank of the first member to answer, … */
  rank = 0;
  /** … and how many there are, in the direction asked for. */
  count = 0;

  private start = 0;
  private stop = 0;
  private offset = 0;
  private limit = -1;
  private readonly scores = new ScoreRange();
  private readonly members = new MemberRange();

  /**
   * Reads a query whose source key is the argument at `source`. `by` and `reverse` are null where options say it.
   * `stores` forbids WITHSCORES.
   */
  parse(context: CommandContext, source: number, by: RangeBy | null, reverse: boolean | null, stores: boolean): void {
    this.by = by ?? 'rank';
    this.reverse = reverse ?? false;
    this.withScores = false;
    this.offset = 0;
    this.limit = -1;
    if (context.args.count > source + 3) this.parseOptions(context, source + 3, by === null, reverse === null, stores);
    this.parseBounds(context, source);
  }

  /** Finds the ranks in a sorted set: sets {@link rank} and {@link count}. */
  resolve(zset: ZsetValue): void {
    if (this.by === 'rank') {
      this.resolveRanks(zset.length);
      return;
    }
    const range = this.by === 'score' ? this.scores : this.members;
    range.resolve(zset, this.reverse);
    const { from, to } = range;
    const left = this.offset < 0 ? 0 : Math.max(0, to - from - this.offset);
    this.count = this.limit < 0 ? left : Math.min(left, this.limit);
    this.rank = this.reverse ? to - 1 - this.offset : from + this.offset;
  }

  private parseOptions(
    context: CommandContext,
    from: number,
    choosesBy: boolean,
    turns: boolean,
    stores: boolean,
  ): void {
    const { args } = context;
    let isChosen = !choosesBy;
    let isTurned = !turns;
    for (let i = from; i < args.count; i++) {
      const word = args.at(i);
      if (!stores && word.equalsIgnoreCase('withscores')) {
        this.withScores = true;
      } else if (word.equalsIgnoreCase('limit') && i + 2 < args.count) {
        this.offset = context.position(i + 1);
        this.limit = context.position(i + 2);
        i += 2;
      } else if (!isTurned && word.equalsIgnoreCase('rev')) {
        this.reverse = isTurned = true;
      } else if (!isChosen && word.equalsIgnoreCase('bylex')) {
        this.by = 'member';
        isChosen = true;
      } else if (!isChosen && word.equalsIgnoreCase('byscore')) {
        this.by = 'score';
        isChosen = true;
      } else {
        throw errors.syntax;
      }
    }
    if (this.limit !== -1 && this.by === 'rank') throw limitNeedsRange;
    if (this.withScores && this.by === 'member') throw membersWithScores;
  }

  private parseBounds(context: CommandContext, source: number): void {
    if (this.by === 'rank') {
      this.start = context.position(source + 1);
      this.stop = context.position(source + 2);
      return;
    }
    const range = this.by === 'score' ? this.scores : this.members;
    const min = context.args.at(source + (this.reverse ? 2 : 1));
    const max = context.args.at(source + (this.reverse ? 1 : 2));
    range.parse(min, max);
  }

  private resolveRanks(length: number): void {
    const start = Math.max(0, this.start < 0 ? length + this.start : this.start);
    const stop = Math.min(length - 1, this.stop < 0 ? length + this.stop : this.stop);
    this.count = Math.max(0, stop - start + 1);
    this.rank = this.reverse ? length - 1 - start : start;
  }
}
