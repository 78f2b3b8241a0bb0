/**
 * ZADD and ZINCRBY: giving members scores.
 */
import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_ZSET } from '../../keyspace/keyspace-events.ts';
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import type { Slice } from '../../lib/slice.ts';
import type { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { openZset } from './open-zset.ts';

/** Options, as bits. */
const NX = 1;
const XX = 2;
const GT = 4;
const LT = 8;
const CH = 16;
const INCR = 32;

/** What became of a member, as bits. */
const ADDED = 1;
const UPDATED = 2;
const LEFT_ALONE = 4;

const conditionsClash = new ReplyError('ERR XX and NX options at the same time are not compatible');
const comparisonsClash = new ReplyError('ERR GT, LT, and/or NX options at the same time are not compatible');
const oneIncrement = new ReplyError('ERR INCR option supports a single increment-element pair');
const sumIsNaN = new ReplyError('ERR resulting score is not a number (NaN)');

export const zadd = defineCommand({
  name: 'zadd',
  summary: 'Adds members to a sorted set, or gives those that it has other scores.',
  since: '1.2.0',
  group: 'sorted-set',
  complexity: 'O(log(N)) for each member, where N is the size of the sorted set.',
  history: [
    ['2.4.0', 'Accepts several members.'],
    ['3.0.2', 'Added `XX`, `NX`, `CH` and `INCR`.'],
    ['6.2.0', 'Added `GT` and `LT`.'],
  ],
  syntax: 'key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'update'),
  run(context) {
    const { args } = context;
    let options = 0;
    let from = 2;
    for (; from < args.count; from++) {
      const option = optionOf(args.at(from));
      if (option === 0) break;
      options |= option;
    }
    check(args, options, from);
    for (let i = from; i < args.count; i += 2) context.double(i);
    addMembers(context, options, from, null);
  },
});

export const zincrby = defineCommand({
  name: 'zincrby',
  summary: 'Adds a number to the score of a member of a sorted set, which counts from 0 if it does not exist.',
  since: '1.2.0',
  group: 'sorted-set',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  syntax: 'key increment:double member',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'access', 'update'),
  run(context) {
    const { args } = context;
    // Redis takes ZADD's options here too: a word in the place of the increment leaves too few arguments behind it.
    if (optionOf(args.at(2)) !== 0) throw errors.syntax;
    context.double(2);
    addMembers(context, INCR, 2, null);
  },
});

/** The option that a word is, or 0. */
function optionOf(word: Slice): number {
  const length = word.end - word.start;
  if (length === 2) {
    if (word.equalsIgnoreCase('nx')) return NX;
    if (word.equalsIgnoreCase('xx')) return XX;
    if (word.equalsIgnoreCase('gt')) return GT;
    if (word.equalsIgnoreCase('lt')) return LT;
    if (word.equalsIgnoreCase('ch')) return CH;
  } else if (length === 4 && word.equalsIgnoreCase('incr')) {
    return INCR;
  }
  return 0;
}

/**
 * Does what ZADD does with scores that are known already: of the members that are every third argument, the first of
 * them two behind `from`.
 */
export function addScored(
  context: CommandContext,
  options: { readonly nx: boolean; readonly xx: boolean; readonly changed: boolean },
  from: number,
  scores: Float64Array,
): void {
  const bits = (options.nx ? NX : 0) | (options.xx ? XX : 0) | (options.changed ? CH : 0);
  addMembers(context, bits, from, scores);
}

/**
 * Adds the members from the argument at `from` on: pairs of a score and a member, or, where the scores are given,
 * triples that end with a member.
 */
function addMembers(context: CommandContext, options: number, from: number, scores: Float64Array | null): void {
  const { args, database, keyspace, reply } = context;
  const key = args.at(1);
  const stride = scores === null ? 2 : 3;
  let zset = openZset(context, key);
  if (zset === null && (options & XX) === 0) {
    const score = scores === null ? context.double(from) : scores[0];
    zset = keyspace.zset.createFor(database, key, args.at(from + stride - 1), score);
  }
  let added = 0;
  let updated = 0;
  let outcome = LEFT_ALONE;
  for (let i = from; i < args.count && zset !== null; i += stride) {
    const score = scores === null ? context.double(i) : scores[(i - from) / 3];
    outcome = addMember(zset, options, args.at(i + stride - 1), score);
    if ((outcome & ADDED) !== 0) added++;
    if ((outcome & UPDATED) !== 0) updated++;
  }
  if (added + updated > 0) {
    database.changed(key, EVENT_ZSET, (options & INCR) === 0 ? 'zadd' : 'zincr');
    keyspace.dirty += added + updated - 1;
  }
  if ((options & INCR) === 0) reply.integer((options & CH) === 0 ? added : added + updated);
  else if (zset === null || (outcome & LEFT_ALONE) !== 0) reply.null();
  else reply.double(zset.foundScore);
}

function check(args: Args, options: number, from: number): void {
  const left = args.count - from;
  if (left === 0 || (left & 1) !== 0) throw errors.syntax;
  if ((options & (NX | XX)) === (NX | XX)) throw conditionsClash;
  const comparisons = options & (GT | LT | NX);
  if (comparisons !== 0 && comparisons !== GT && comparisons !== LT && comparisons !== NX) throw comparisonsClash;
  if ((options & INCR) !== 0 && left > 2) throw oneIncrement;
}

/** Gives one member a score, and leaves the score it has then in `foundScore`. */
function addMember(zset: ZsetValue, options: number, member: Slice, given: number): number {
  if (!zset.find(member)) {
    if ((options & XX) !== 0) return LEFT_ALONE;
    zset.insert(member, given);
    zset.foundScore = given;
    return ADDED;
  }
  if ((options & NX) !== 0) return LEFT_ALONE;
  const current = zset.foundScore;
  const score = (options & INCR) === 0 ? given : current + given;
  if (Number.isNaN(score)) throw sumIsNaN;
  if ((options & LT) !== 0 && score >= current) return LEFT_ALONE;
  if ((options & GT) !== 0 && score <= current) return LEFT_ALONE;
  zset.foundScore = score;
  if (score === current) return 0;
  zset.updateFound(member, score);
  return UPDATED;
}
