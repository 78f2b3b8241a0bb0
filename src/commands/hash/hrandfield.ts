import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { HashValue } from '../../keyspace/hash-value.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { readHash } from './open-hash.ts';

/** Asked for more than a third of the fields, picking them one by one would mostly meet those it has. */
const SPARSE = 3;

export const hrandfield = defineCommand({
  name: 'hrandfield',
  summary: 'Returns fields of a hash chosen at random.',
  since: '6.2.0',
  group: 'hash',
  complexity: 'O(N), where N is the number of fields returned',
  syntax: 'key [count [WITHVALUES]]',
  arity: -2,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output'],
  run(context) {
    const { args, reply } = context;
    if (args.count > 2) {
      answerSeveral(context);
      return;
    }
    const hash = readHash(context, args.at(1));
    if (hash === null) reply.null();
    else hash.random((field) => reply.bulk(field));
  },
});

function answerSeveral(context: CommandContext): void {
  const { args } = context;
  const count = context.position(2);
  const withValues = args.count === 4 && args.at(3).equalsIgnoreCase('withvalues');
  if (args.count > 4 || (args.count === 4 && !withValues)) throw errors.syntax;
  const exact = context.integer(2);
  if (exact === -(2n ** 63n)) throw errors.valueOutOfRange;
  if (withValues && (exact < -(2n ** 62n) || exact > 2n ** 62n)) throw errors.valueOutOfRange;
  const hash = readHash(context, args.at(1));
  if (hash === null || count === 0) {
    context.reply.array(0);
  } else if (count < 0) {
    answerWithRepeats(context, hash, -count, withValues);
  } else if (count * SPARSE > hash.length) {
    answerMost(context, hash, count, withValues);
  } else {
    answerFew(context, hash, count, withValues);
  }
}

function answerWithRepeats(context: CommandContext, hash: HashValue, count: number, withValues: boolean): void {
  beginAnswer(context, count, withValues);
  const answer = (field: Slice, value: Slice): void => answerPair(context, field, value, withValues);
  for (let i = 0; i < count; i++) hash.random(answer);
}

/** Distinct fields, `count` of them or all: drawn from a list of all. */
function answerMost(context: CommandContext, hash: HashValue, count: number, withValues: boolean): void {
  const { random } = context.keyspace;
  const all: [Uint8Array, Uint8Array][] = [];
  hash.forEach((field, value) => {
    all.push([field.copy(), value.copy()]);
  });
  const wanted = Math.min(count, all.length);
  beginAnswer(context, wanted, withValues);
  for (let i = 0; i < wanted; i++) {
    // Whoever asks for all gets them as they lie.
    const drawn = wanted === all.length ? i : i + random.below(all.length - i);
    const [field, value] = all[drawn];
    all[drawn] = all[i];
    answerPair(context, Slice.from(field), Slice.from(value), withValues);
  }
}

/** Distinct fields of a hash that has many more. */
function answerFew(context: CommandContext, hash: HashValue, count: number, withValues: boolean): void {
  const seen = new Set<string>();
  beginAnswer(context, count, withValues);
  const answer = (field: Slice, value: Slice): void => {
    const name = field.toLatin1();
    if (seen.has(name)) return;
    seen.add(name);
    answerPair(context, field, value, withValues);
  };
  while (seen.size < count) hash.random(answer);
}

/** In RESP3 a field and its value are an array of two, in RESP2 two elements. */
function beginAnswer({ reply }: CommandContext, count: number, withValues: boolean): void {
  reply.array(withValues && reply.version === 2 ? count * 2 : count);
}

function answerPair({ reply }: CommandContext, field: Slice, value: Slice, withValues: boolean): void {
  if (withValues && reply.version === 3) reply.array(2);
  reply.bulk(field);
  if (withValues) reply.bulk(value);
}
