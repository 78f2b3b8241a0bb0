/**
 * Unions, intersections and differences of sorted sets and sets.
 *
 * Sums of floats depend on their order, and Redis adds the smaller sets' scores first; so does this.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import type { ZsetBuilder } from '../../keyspace/zset-builder.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { checkSource, type MemberSource, openSource } from './member-source.ts';
import { addToResult } from './result.ts';

export type SetOperation = 'union' | 'intersection' | 'difference';

/** What a command takes besides keys. */
export interface OperationForm {
  readonly operation: SetOperation;
  /** The command's name, for messages. */
  readonly command: string;
  /** The index of the argument that counts the keys. */
  readonly countAt: number;
  /** What may follow the keys. */
  readonly takesWeights: boolean;
  readonly takesScores: boolean;
  readonly takesLimit: boolean;
}

type Aggregate = 'sum' | 'min' | 'max';

interface WeightedSource {
  readonly source: MemberSource;
  readonly weight: number;
}

/** The parsed arguments of such a command. */
export interface OperationRequest {
  readonly sources: readonly WeightedSource[];
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
  /** How many members to count at the most; 0 for all. */
  readonly limit: number;
}

const weightNotFloat = new ReplyError('ERR weight value is not a float');

/** Reads the arguments, in Redis's order of checks: the types of the keys before the options. */
export function readOperation(context: CommandContext, form: OperationForm): OperationRequest {
  const { args } = context;
  const keys = context.position(form.countAt);
  if (keys < 1) throw new ReplyError(`ERR at least 1 input key is needed for '${form.command}' command`);
  const first = form.countAt + 1;
  if (keys > args.count - first) throw errors.syntax;
  for (let i = first; i < first + keys; i++) checkSource(context, args.at(i));
  const weights = new Array<number>(keys).fill(1);
  let aggregate: Aggregate = 'sum';
  let withScores = false;
  let limit = 0;
  for (let i = first + keys; i < args.count; i++) {
    const word = args.at(i);
    const left = args.count - i;
    if (form.takesWeights && left > keys && word.equalsIgnoreCase('weights')) {
      for (let k = 0; k < keys; k++) weights[k] = context.double(++i, weightNotFloat);
    } else if (form.takesWeights && left >= 2 && word.equalsIgnoreCase('aggregate')) {
      aggregate = readAggregate(context, ++i);
    } else if (form.takesScores && word.equalsIgnoreCase('withscores')) {
      withScores = true;
    } else if (form.takesLimit && left >= 2 && word.equalsIgnoreCase('limit')) {
      limit = context.position(++i, errors.negativeLimit);
      if (limit < 0) throw errors.negativeLimit;
    } else {
      throw errors.syntax;
    }
  }
  const sources = weights.map((weight, i) => ({ source: openSource(context, args.at(first + i)), weight }));
  if (form.operation !== 'difference') sources.sort((a, b) => a.source.length - b.source.length);
  return { sources, aggregate, withScores, limit };
}

function readAggregate(context: CommandContext, index: number): Aggregate {
  const word = context.args.at(index);
  if (word.equalsIgnoreCase('sum')) return 'sum';
  if (word.equalsIgnoreCase('min')) return 'min';
  if (word.equalsIgnoreCase('max')) return 'max';
  throw errors.syntax;
}

/** Begins a result and fills it. */
export function runOperation(operation: SetOperation, request: OperationRequest, result: ZsetBuilder): void {
  result.begin(true);
  if (operation === 'union') unite(request, result);
  else if (operation === 'intersection') intersect(request, result);
  else subtract(request, result);
}

/** How many members all sources have, counted up to the limit. */
export function countCommon({ sources, limit }: OperationRequest): number {
  const [smallest, ...others] = sources;
  let count = 0;
  smallest.source.eachWhile((member) => {
    for (const { source } of others) if (Number.isNaN(source.scoreOf(member))) return true;
    count++;
    return count !== limit;
  });
  return count;
}

function unite({ sources, aggregate }: OperationRequest, result: ZsetBuilder): void {
  for (const { source, weight } of sources) {
    source.eachWhile((member, score) => {
      const weighted = orZero(weight * score);
      addToResult(result, member, result.find(member) ? combine(result.foundScore, weighted, aggregate) : weighted);
      return true;
    });
  }
}

function intersect({ sources, aggregate }: OperationRequest, result: ZsetBuilder): void {
  const [smallest, ...others] = sources;
  smallest.source.eachWhile((member, score) => {
    let combined = orZero(smallest.weight * score);
    for (const { source, weight } of others) {
      const other = source.scoreOf(member);
      if (Number.isNaN(other)) return true;
      combined = combine(combined, other * weight, aggregate);
    }
    addToResult(result, member, combined);
    return true;
  });
}

function subtract({ sources }: OperationRequest, result: ZsetBuilder): void {
  const [{ source: minuend }, ...subtrahends] = sources;
  // Where the first is the smaller, each of its members is looked up in the others, else theirs in the result.
  const total = subtrahends.reduce((sum, { source }) => sum + source.length, 0);
  if ((minuend.length * sources.length) / 2 <= total + minuend.length) {
    subtrahends.sort((a, b) => b.source.length - a.source.length);
    minuend.eachWhile((member, score) => {
      if (subtrahends.every(({ source }) => Number.isNaN(source.scoreOf(member)))) addToResult(result, member, score);
      return true;
    });
    return;
  }
  minuend.eachWhile((member, score) => {
    addToResult(result, member, score);
    return true;
  });
  for (const { source } of subtrahends) {
    source.eachWhile((member) => {
      result.delete(member);
      return result.length > 0;
    });
  }
}

function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

/** NaN, as of infinities that cancel out, counts as 0 in a sum, and never as the lesser or greater. */
function combine(a: number, b: number, aggregate: Aggregate): number {
  if (aggregate === 'sum') return orZero(a + b);
  const replaces = aggregate === 'min' ? b < a : b > a;
  return replaces ? b : a;
}
