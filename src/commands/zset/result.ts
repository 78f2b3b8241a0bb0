import type { ZsetBuilder } from '../../keyspace/zset-builder.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

/**
 * Adds a member, which may be there already, to a result; `score` is its new score.
 *
 * @throws ReplyError `OOM …` when there is no room; the result is gone then.
 */
export function addToResult(result: ZsetBuilder, member: Slice, score: number): void {
  if (!result.reserve(member)) {
    result.discard();
    throw errors.oom;
  }
  result.set(member, score);
}
