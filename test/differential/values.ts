/**
 * The pools that random arguments come from. They are small on purpose: keys collide so that types clash, members
 * repeat, and edge values turn up often. What takes a server long or fills its memory is left out.
 */
import type { Word } from '../support/resp-client.ts';
import type { Random } from './random.ts';

/** Keys belong to families, so that most commands meet the type they are made for. */
export type KeyFamily = 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream' | 'geo' | 'hll' | 'lex';

/** Those that any command may touch. Sorted sets of the family `lex` have equal scores, as ranges by member demand. */
const FAMILIES: readonly KeyFamily[] = ['string', 'list', 'set', 'zset', 'hash', 'stream', 'geo', 'hll'];
const KEYS_PER_FAMILY = 4;

const MEMBERS: readonly string[] = Array.from({ length: 16 }, (_, i) => `m${i}`);

const INTEGER_EDGES: readonly string[] = [
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '-9223372036854775809',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '4294967296',
  '2147483648',
  '-2147483649',
  '32768',
  '-32769',
];

const FLOATS: readonly string[] = [
  '0',
  '-0',
  '1.5',
  '-2.25',
  '3.0',
  '0.1',
  '1e3',
  '-1.5e-7',
  '1e17',
  '1e21',
  '123456789.123456789',
  '5e-324',
  '1.7976931348623157e308',
  'inf',
  '-inf',
];

/** Numbers that are none, none that a number parser might take for a small positive one. */
const GARBAGE: readonly string[] = [
  '',
  'abc',
  '1.5x',
  '0x10',
  ' 1',
  '1 ',
  '+1',
  '01',
  '-0',
  '1e',
  'nan',
  '--1',
  '(',
  '[',
  '9223372036854775808',
  '18446744073709551616',
  '1e400',
];

const PATTERNS: readonly string[] = [
  '*',
  'key:*',
  '*1*',
  'm?',
  'key:*:[0-2]',
  'key:list:?',
  '[^m]*',
  'm[1-3]*',
  'nothing',
  '\\*',
  '',
];

export function family(random: Random): KeyFamily {
  return random.pick(FAMILIES);
}

/** A key of the family, and sometimes of another. */
export function key(random: Random, family: KeyFamily): string {
  const others = family === 'lex' ? (['string', 'list'] as const) : FAMILIES;
  const chosen = random.chance(0.93) ? family : random.pick(others);
  // Few streams, so that they have consumer groups.
  return `key:${chosen}:${random.below(chosen === 'stream' ? 2 : KEYS_PER_FAMILY)}`;
}

export function garbage(random: Random): string {
  return random.pick(GARBAGE);
}

/** A field, member or list element. */
export function member(random: Random): Word {
  const kind = random.below(20);
  if (kind < 12) return random.pick(MEMBERS);
  if (kind < 18) return String(random.between(-6, 16));
  return value(random);
}

/** Anything a string may hold. */
export function value(random: Random): Word {
  const kind = random.below(40);
  if (kind < 12) return random.pick(MEMBERS);
  if (kind < 20) return String(random.between(-100, 1000));
  if (kind < 23) return random.pick(INTEGER_EDGES);
  if (kind < 27) return random.pick(FLOATS);
  if (kind < 29) return '';
  if (kind < 32) return random.bytes(random.between(1, 20));
  if (kind < 35) return `long-${'x'.repeat(random.between(60, 100))}`;
  if (kind < 37) return 'word '.repeat(random.between(100, 140));
  if (kind < 38) return random.bytes(random.between(510, 700));
  if (kind < 39 && random.chance(0.25)) return 'block'.repeat(random.between(3300, 4100));
  return `${random.between(0, 100_000)}`;
}

export function integer(random: Random): string {
  return random.chance(0.88) ? String(random.between(-10, 40)) : random.pick(INTEGER_EDGES);
}

export function double(random: Random): string {
  const kind = random.below(10);
  if (kind < 4) return String(random.between(-10, 40));
  if (kind < 7) return random.pick(FLOATS);
  return String(random.between(-100_000, 100_000) / random.pick([3, 7, 8, 10, 100, 1000]));
}

/** Negative counts stay small: SRANDMEMBER and its kin answer that many elements. */
export function count(random: Random): string {
  return random.chance(0.92)
    ? String(random.between(-4, 12))
    : random.pick(['100', '9223372036854775807', '-9223372036854775808', '9223372036854775808']);
}

/** Offsets stay small where they are valid, since a string grows up to them. */
export function offset(random: Random): string {
  return random.chance(0.9)
    ? String(random.between(-2, 300))
    : random.pick(['5000', '4294967296', '-1', '9223372036854775807']);
}

export function pattern(random: Random): string {
  return random.pick(PATTERNS);
}

/** A time to live that either lasts longer than any run or is over at once. */
export function duration(random: Random, unitsPerSecond: 1 | 1000): string {
  const kind = random.below(20);
  if (kind < 14) return String(random.between(100_000, 900_000) * unitsPerSecond);
  if (kind < 16) return random.pick(['0', '-1', '-100']);
  if (kind < 18) return random.pick(['9223372036854775807', '-9223372036854775808', '9223372036854775']);
  return random.pick(['4000000000', '92233720368547']);
}

/** A deadline far away or long past. */
export function deadline(random: Random, unitsPerSecond: 1 | 1000): string {
  const kind = random.below(20);
  if (kind < 15) return String(random.between(4_000_000_000, 9_000_000_000) * unitsPerSecond);
  if (kind < 18) return random.pick(['0', '-1', '1', '1000000']);
  return random.pick(['9223372036854775807', '9223372036854775', '-9223372036854775808']);
}

export function scoreBound(random: Random): string {
  const kind = random.below(10);
  if (kind < 3) return random.pick(['-inf', '+inf', 'inf']);
  return random.chance(0.25) ? `(${double(random)}` : double(random);
}

export function lexBound(random: Random): Word {
  const kind = random.below(10);
  if (kind < 4) return random.pick(['-', '+']);
  return `${random.pick(['[', '('])}${random.pick(MEMBERS)}`;
}

/** Grows with the run, so that most entries can be added. */
function streamTime(random: Random): number {
  return 100 + Math.floor(random.drawn / 100);
}

/** The ID of an entry to add. */
export function newStreamId(random: Random): string {
  const kind = random.below(20);
  if (kind < 15) return `${streamTime(random)}-${random.between(0, 3)}`;
  if (kind < 18) return `${streamTime(random)}-*`;
  return streamId(random);
}

/** An ID that an entry may have. */
export function streamId(random: Random): string {
  const kind = random.below(40);
  if (kind < 20) return `${streamTime(random) - random.between(0, 150)}-${random.between(0, 3)}`;
  if (kind < 26) return String(streamTime(random) - random.between(0, 150));
  if (kind < 36) return random.pick(['0-0', '0', '0-1', '5']);
  return random.pick(['18446744073709551615-18446744073709551614', '1-', 'x', '18446744073709551616-1']);
}

/** Coordinates with so many digits that no two distances tie. */
export function coordinate(random: Random, limit: number): string {
  if (random.chance(0.04)) return random.pick(['181', '-86', 'inf', '180.000001']);
  return (((random.next() / 0x1_0000_0000) * 2 - 1) * limit).toFixed(9);
}
