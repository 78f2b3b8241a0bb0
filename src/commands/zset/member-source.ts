/**
 * What ZUNION, ZINTER and ZDIFF take their members from: sorted sets, sets (whose members all have the score 1), and
 * keys that do not exist.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { NULL, type Pointer, TYPE_SET, TYPE_ZSET, typeOf } from '../../keyspace/key-entry.ts';
import { SetValue } from '../../keyspace/set-value.ts';
import { ZsetValue } from '../../keyspace/zset-value.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

export interface MemberSource {
  readonly length: number;
  /** Calls `visit` with every member and score until it answers false. The slice is reused. */
  eachWhile(visit: (member: Slice, score: number) => boolean): void;
  /** The score of a member; NaN when it is not there. */
  scoreOf(member: Slice): number;
}

/** Checks that a key holds something that has members, or nothing. */
export function checkSource(context: CommandContext, key: Slice): void {
  const entry = context.database.lookup(key);
  if (entry === NULL) return;
  const type = typeOf(context.keyspace.heap, entry);
  if (type !== TYPE_ZSET && type !== TYPE_SET) throw errors.wrongType;
}

/** What is under a key that {@link checkSource} has let pass. */
export function openSource(context: CommandContext, key: Slice): MemberSource {
  const entry = context.database.find(key);
  if (entry === NULL) return new NoMembers();
  return typeOf(context.keyspace.heap, entry) === TYPE_ZSET
    ? new ScoredSource(context, key, entry)
    : new SetSource(context, key, entry);
}

class ScoredSource implements MemberSource {
  private readonly zset: ZsetValue;

  constructor({ keyspace, database }: CommandContext, key: Slice, entry: Pointer) {
    this.zset = new ZsetValue(keyspace, keyspace.limits.zset).open(database, key, entry);
  }

  get length(): number {
    return this.zset.length;
  }

  eachWhile(visit: (member: Slice, score: number) => boolean): void {
    const { zset } = this;
    for (let more = zset.seek(0); more && visit(zset.member, zset.score); more = zset.next());
  }

  scoreOf(member: Slice): number {
    return this.zset.find(member) ? this.zset.foundScore : Number.NaN;
  }
}

class SetSource implements MemberSource {
  private readonly set: SetValue;

  constructor({ keyspace, database }: CommandContext, key: Slice, entry: Pointer) {
    this.set = new SetValue(keyspace, keyspace.limits.set).open(database, key, entry);
  }

  get length(): number {
    return this.set.length;
  }

  eachWhile(visit: (member: Slice, score: number) => boolean): void {
    let isEnough = false;
    this.set.forEach((member) => {
      if (!isEnough) isEnough = !visit(member, 1);
    });
  }

  scoreOf(member: Slice): number {
    return this.set.has(member) ? 1 : Number.NaN;
  }
}

class NoMembers implements MemberSource {
  readonly length = 0;

  eachWhile(): void {
    // There is nothing to visit.
  }

  scoreOf(): number {
    return Number.NaN;
  }
}
