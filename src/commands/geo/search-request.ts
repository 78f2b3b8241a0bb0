/**
 * What GEOSEARCH and its older forms ask for, parsed in Redis's order of checks.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { quotedText } from '../../protocol/reply-text.ts';
import { readBox, readPosition, readRadius, readUnit } from './arguments.ts';
import { type Position, positionOf } from './geohash.ts';
import type { SearchShape } from './search-area.ts';

/** The forms of the command. */
export interface SearchForm {
  /** Where the center is given: by two arguments, by a member, or by options. */
  readonly center: 'position' | 'member' | 'options';
  /** Whether the result can be stored: never, under the key that an option names, or under the first argument. */
  readonly stores: 'never' | 'by-option' | 'always';
}

export interface SearchRequest {
  /** Null where there is no index to search. */
  readonly shape: SearchShape | null;
  readonly withDistance: boolean;
  readonly withHash: boolean;
  readonly withPosition: boolean;
  readonly order: 'none' | 'ascending' | 'descending';
  /** How many to answer at the most; 0 for all. */
  readonly count: number;
  /** True where any `count` will do. */
  readonly any: boolean;
  /** The key to store the result under, or null. */
  readonly storeKey: Slice | null;
  /** Stores distances as scores. */
  readonly storesDistances: boolean;
}

const noSuchMember = new ReplyError('ERR could not decode requested zset member');
const countNotPositive = new ReplyError('ERR COUNT must be > 0');
const anyNeedsCount = new ReplyError('ERR the ANY argument requires COUNT argument');

/** Reads the arguments; `zset` is the index at the argument `source`, or null. */
export function readSearch(
  context: CommandContext,
  form: SearchForm,
  source: number,
  zset: ZsetValue | null,
): SearchRequest {
  return new SearchParser(context, form, zset).parse(source);
}

class SearchParser {
  private readonly context: CommandContext;
  private readonly form: SearchForm;
  private readonly zset: ZsetValue | null;
  private readonly takesShape: boolean;

  private center: Position | null = null;
  private from: 'member' | 'position' | null = null;
  private by: 'radius' | 'box' | null = null;
  private unitMeters = 1;
  private radius = 0;
  private width = 0;
  private height = 0;
  private withDistance = false;
  private withHash = false;
  private withPosition = false;
  private order: SearchRequest['order'] = 'none';
  private count = 0;
  private any = false;
  private storeKey: Slice | null = null;
  private storesDistances = false;

  constructor(context: CommandContext, form: SearchForm, zset: ZsetValue | null) {
    this.context = context;
    this.form = form;
    this.zset = zset;
    this.takesShape = form.center === 'options';
  }

  parse(source: number): SearchRequest {
    const { args } = this.context;
    if (this.form.stores === 'always') this.storeKey = args.at(1);
    for (let i = this.readLeading(source); i < args.count; ) i = this.readOption(i);
    this.check();
    const { center, unitMeters, width, height } = this;
    // Only COUNT without ANY asks for the nearest.
    const order = this.count !== 0 && this.order === 'none' && !this.any ? 'ascending' : this.order;
    return {
      shape:
        this.zset === null || center === null
          ? null
          : { center, unitMeters, radius: this.by === 'box' ? null : this.radius, width, height },
      withDistance: this.withDistance,
      withHash: this.withHash,
      withPosition: this.withPosition,
      order,
      count: this.count,
      any: this.any,
      storeKey: this.storeKey,
      storesDistances: this.storesDistances,
    };
  }

  /** Reads what the older forms have before their options; answers where these begin. */
  private readLeading(source: number): number {
    if (this.form.center === 'options') return source + 1;
    if (this.form.center === 'position') {
      this.center = readPosition(this.context, source + 1);
      this.readCircle(source + 3);
      return source + 5;
    }
    if (this.zset !== null) {
      this.center = this.positionOfMember(this.context.args.at(source + 1));
      this.readCircle(source + 2);
    }
    return source + 4;
  }

  /** Reads the option at `index`; answers where the next one begins. */
  private readOption(index: number): number {
    const word = this.context.args.at(index);
    if (word.equalsIgnoreCase('withdist')) this.withDistance = true;
    else if (word.equalsIgnoreCase('withhash')) this.withHash = true;
    else if (word.equalsIgnoreCase('withcoord')) this.withPosition = true;
    else if (word.equalsIgnoreCase('any')) this.any = true;
    else if (word.equalsIgnoreCase('asc')) this.order = 'ascending';
    else if (word.equalsIgnoreCase('desc')) this.order = 'descending';
    else return this.readLongOption(word, index);
    return index + 1;
  }

  private readLongOption(word: Slice, index: number): number {
    const { context, form } = this;
    const left = context.args.count - index - 1;
    if (word.equalsIgnoreCase('count') && left >= 1) {
      this.count = context.position(index + 1);
      if (this.count <= 0) throw countNotPositive;
      return index + 2;
    }
    if (form.stores === 'always' && word.equalsIgnoreCase('storedist')) {
      this.storesDistances = true;
      return index + 1;
    }
    const storesDistances = word.equalsIgnoreCase('storedist');
    if (form.stores === 'by-option' && left >= 1 && (storesDistances || word.equalsIgnoreCase('store'))) {
      this.storeKey = context.args.at(index + 1);
      this.storesDistances = storesDistances;
      return index + 2;
    }
    if (this.takesShape) return this.readShape(word, index, left);
    throw errors.syntax;
  }

  private readShape(word: Slice, index: number, left: number): number {
    const { context } = this;
    if (word.equalsIgnoreCase('frommember') && left >= 1 && this.from !== 'position') {
      if (this.zset !== null) this.center = this.positionOfMember(context.args.at(index + 1));
      this.from = 'member';
      return index + 2;
    }
    if (word.equalsIgnoreCase('fromlonlat') && left >= 2 && this.from !== 'member') {
      this.center = readPosition(context, index + 1);
      this.from = 'position';
      return index + 3;
    }
    if (word.equalsIgnoreCase('byradius') && left >= 2 && this.by !== 'box') {
      this.readCircle(index + 1);
      return index + 3;
    }
    if (word.equalsIgnoreCase('bybox') && left >= 3 && this.by !== 'radius') {
      const { width, height } = readBox(context, index + 1);
      this.width = width;
      this.height = height;
      this.unitMeters = readUnit(context, index + 3);
      this.by = 'box';
      return index + 4;
    }
    throw errors.syntax;
  }

  private readCircle(index: number): void {
    this.radius = readRadius(this.context, index);
    this.unitMeters = readUnit(this.context, index + 1);
    this.by = 'radius';
  }

  private positionOfMember(member: Slice): Position {
    if (!this.zset?.find(member)) throw noSuchMember;
    return positionOf(this.zset.foundScore);
  }

  private check(): void {
    if (this.storeKey !== null && (this.withDistance || this.withHash || this.withPosition)) {
      const what = this.form.stores === 'always' ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS';
      throw new ReplyError(`ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
    }
    if (this.takesShape) {
      const command = quotedText(this.context.args.at(0));
      if (this.from === null) {
        throw new ReplyError(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${command}`);
      }
      if (this.by === null) {
        throw new ReplyError(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${command}`);
      }
    }
    if (this.any && this.count === 0) throw anyNeedsCount;
  }
}
