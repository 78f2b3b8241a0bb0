/**
 * What HSCAN, SSCAN and ZSCAN have in common.
 */
import type { CommandContext } from '../dispatch/command-context.ts';
import { Slice } from '../lib/slice.ts';
import { matchesPattern, readScanOptions } from './keys/scan-options.ts';

/** Empty buckets are passed over, but not more than so many times COUNT in one call. */
const BUCKETS_PER_COUNT = 10;

/** A collection that can be gone through; elements may have a value each. */
export interface Scanned {
  scan(cursor: number, visit: (element: Slice, value?: Slice) => void): number;
}

/** Answers one step of a scan from `cursor` on, with the options that follow the cursor in the arguments. */
export function answerScan(context: CommandContext, cursor: number, collection: Scanned | null): void {
  const { reply } = context;
  if (collection === null) {
    reply.array(2);
    reply.integerBulk(0);
    reply.array(0);
    return;
  }
  const options = readScanOptions(context, 3, false);
  const found: Uint8Array[] = [];
  let visited = 0;
  const visit = (element: Slice, value?: Slice): void => {
    visited++;
    if (!matchesPattern(options, element)) return;
    found.push(element.copy());
    if (value !== undefined) found.push(value.copy());
  };
  let next = cursor;
  let bucketsLeft = options.count * BUCKETS_PER_COUNT;
  do next = collection.scan(next, visit);
  while (next !== 0 && bucketsLeft-- > 0 && visited < options.count);
  reply.array(2);
  reply.integerBulk(next);
  reply.array(found.length);
  for (const bytes of found) reply.bulk(Slice.from(bytes));
}
