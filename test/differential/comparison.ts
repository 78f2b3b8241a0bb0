/**
 * How two replies to one command are compared. Bytes must be equal except where Redis promises less: the order of
 * unordered collections, times that pass between the two servers, figures of an implementation's inside.
 */

import type { Word } from '../support/resp-client.ts';
import { type ReplyTree, readReply, spell } from '../support/resp-reply.ts';

/** True when the two replies mean the same. */
export type Comparison = (a: ReplyTree, b: ReplyTree, command: readonly Word[]) => boolean;

const CLOCK_TOLERANCE_MS = 20_000;

/** Fields whose values depend on the moment or on the implementation. */
const VOLATILE_FIELDS: ReadonlySet<string> = new Set([
  'idle',
  'inactive',
  'seen-time',
  'active-time',
  'radix-tree-keys',
  'radix-tree-nodes',
]);

const sorted: Comparison = (a, b) => spellSorted(a) === spellSorted(b);

function spellSorted(tree: ReplyTree): string {
  if (tree.elements === null) return spell(tree);
  return `${tree.kind}(${tree.elements.map(spell).sort().join(',')})`;
}

const sortedPairs: Comparison = (a, b) => spellPairs(a) === spellPairs(b);

function spellPairs(tree: ReplyTree): string {
  if (tree.elements === null) return spell(tree);
  const pairs: string[] = [];
  for (let i = 0; i < tree.elements.length; i += 2) {
    pairs.push(
      tree.elements
        .slice(i, i + 2)
        .map(spell)
        .join('='),
    );
  }
  return `${tree.kind}(${pairs.sort().join(',')})`;
}

const sameShape: Comparison = (a, b) =>
  a.kind === b.kind && (a.text === null) === (b.text === null) && a.elements?.length === b.elements?.length;

function close(tolerance: number): Comparison {
  return (a, b) => {
    const [x, y] = [Number(a.text), Number(b.text)];
    return a.kind === ':' && b.kind === ':' && x >= 0 && y >= 0 && Math.abs(x - y) <= tolerance;
  };
}

/** Ordered where the command asks for an order. COUNT orders too, to know which are the nearest. */
const geoSearch: Comparison = (a, b, command) => {
  const asked = command.some((word) => typeof word === 'string' && /^(asc|desc|count)$/i.test(word));
  return !asked && sorted(a, b, command);
};

const withoutVolatile: Comparison = (a, b) => spellStable(a) === spellStable(b);

/** Volatile fields and moments masked. */
function spellStable(tree: ReplyTree): string {
  if (tree.elements === null) {
    const isMoment = tree.kind === ':' && Math.abs(Number(tree.text) - Date.now()) < 100 * CLOCK_TOLERANCE_MS;
    return isMoment ? 'moment' : spell(tree);
  }
  const parts: string[] = [];
  let masked = false;
  for (const element of tree.elements) {
    parts.push(masked ? 'masked' : spellStable(element));
    masked = !masked && element.text !== null && VOLATILE_FIELDS.has(element.text);
  }
  return `${tree.kind}(${parts.join(',')})`;
}

/** Entries of XPENDING's long form are id, consumer, idle time, deliveries. */
const withoutIdle: Comparison = (a, b) => spellPending(a) === spellPending(b);

function spellPending(tree: ReplyTree): string {
  if (tree.elements === null) return spell(tree);
  const isEntry = tree.elements.length === 4 && tree.elements[2].kind === ':';
  return `(${tree.elements.map((element, i) => (isEntry && i === 2 ? 'idle' : spellPending(element))).join(',')})`;
}

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ...['keys', 'smembers', 'sunion', 'sinter', 'sdiff', 'hkeys', 'hvals'].map((name) => [name, sorted] as const),
  ['hgetall', sortedPairs],
  ['ttl', close(CLOCK_TOLERANCE_MS / 1000)],
  ['pttl', close(CLOCK_TOLERANCE_MS)],
  ['expiretime', close(CLOCK_TOLERANCE_MS / 1000)],
  ['pexpiretime', close(CLOCK_TOLERANCE_MS)],
  ...['dump', 'time', 'object freq', 'object idletime', 'object refcount', 'memory usage'].map(
    (name) => [name, sameShape] as const,
  ),
  ['xpending', withoutIdle],
  ...['xinfo stream', 'xinfo groups', 'xinfo consumers'].map((name) => [name, withoutVolatile] as const),
  ...['georadius', 'georadius_ro', 'georadiusbymember', 'georadiusbymember_ro', 'geosearch'].map(
    (name) => [name, geoSearch] as const,
  ),
]);

/** The comparison of a command whose replies need not be equal byte by byte, or null. */
export function comparisonOf(name: string): Comparison | null {
  return COMPARISONS.get(name) ?? null;
}

/** Whether two raw replies to one command mean the same. */
export function repliesAgree(name: string, command: readonly Word[], a: Buffer, b: Buffer): boolean {
  if (a.equals(b)) return true;
  const comparison = COMPARISONS.get(name);
  return comparison?.(readReply(a), readReply(b), command) ?? false;
}
