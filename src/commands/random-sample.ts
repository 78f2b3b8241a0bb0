/**
 * What SRANDMEMBER, HRANDFIELD and ZRANDMEMBER have in common: elements chosen at random, with and without repeats.
 */
import type { CommandContext } from '../dispatch/command-context.ts';
import { errors } from '../protocol/errors.ts';

const MAX_COUNT = 2n ** 63n - 1n;
const MAX_PAIRS = 2n ** 62n - 1n;

/** How many elements are answered between two looks at whether anybody will read them. */
export const ELEMENTS_PER_LOOK = 1024;

/** A collection that elements are drawn from; `Visit` is called with what it has of each element. */
export interface Sampled<Visit> {
  readonly length: number;
  /** Calls `visit` with an element chosen at random; there must be one. */
  random(visit: Visit): void;
  /** Calls `visit` with `wanted` different elements chosen at random; there must be as many. */
  sample(wanted: number, visit: Visit): void;
}

/** The argument at `index`: how many elements are wanted, and if it is negative, how many with repeats. */
export function readSampleCount(context: CommandContext, index: number): number {
  if (context.integer(index) < -MAX_COUNT) throw errors.notInRange(-MAX_COUNT, MAX_COUNT);
  return context.position(index);
}

/** Refuses the count at `index` where a reply of twice as many elements could not be counted. */
export function requirePairCount(context: CommandContext, index: number): void {
  const count = context.integer(index);
  if (count < -MAX_PAIRS || count > MAX_PAIRS) throw errors.valueOutOfRange;
}

/**
 * Answers a sample: calls `begin` with the number of elements, then `answer` for each, which with a negative `count`
 * are drawn independently of each other, and of any number: until the client is over its output limits.
 */
export function answerSample<Visit>(
  { session }: CommandContext,
  collection: Sampled<Visit> | null,
  count: number,
  begin: (elements: number) => void,
  answer: Visit,
): void {
  if (collection === null || count === 0) {
    begin(0);
  } else if (count < 0) {
    begin(-count);
    for (let i = 0; i < -count; i++) {
      if (i % ELEMENTS_PER_LOOK === 0 && session.transport.isOverLimit) return;
      collection.random(answer);
    }
  } else {
    const wanted = Math.min(count, collection.length);
    begin(wanted);
    collection.sample(wanted, answer);
  }
}
