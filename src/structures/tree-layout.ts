/**
 * The blocks of counted B+trees: lists by position (list-tree.ts) and sorted sets by score and member (score-tree.ts).
 *
 * ```text
 * root   | header | top | count | height |
 * node   | header | children | – | slot … |
 * slot   | child | count |                                   of a list
 *        | child | count | first entry | – | first score, 2 |  of a sorted set
 * ```
 *
 * `top` and `count` of the root are a slot too, the one above all levels. Level 0 are the leaves, and the root's height
 * is the level of its top: 0 while that is a leaf, or null in an empty tree. Invariants: a slot's count is the number
 * of elements below it; all leaves are equally deep; no node is without children; none but the top, and those at the
 * two edges, was ever made with less than half of its slots in use.
 *
 * In the slot of a leaf of a list, {@link PLAIN} in the count says that the leaf is one long element, a byte string,
 * of as many bytes as the other bits say.
 *
 * The first entry and its score separate a child from the one before it. Those of a node's first slot say nothing:
 * what would stand there stands further up, in the next slot on the path that is not the first of its node.
 */

/** Words of the root. */
export const ROOT_SLOT = 2;
export const ROOT_COUNT = 3;
export const ROOT_HEIGHT = 4;
export const ROOT_BYTES = 20;

/** Words of a node. */
export const NODE_CHILDREN = 2;
export const NODE_SLOTS = 4;
export const NODE_HEAD_BYTES = 16;

/** Words of a slot. */
export const SLOT_CHILD = 0;
export const SLOT_COUNT = 1;
export const SLOT_ENTRY = 2;
export const SLOT_SCORE = 4;
export const LIST_SLOT_WORDS = 2;
export const SCORE_SLOT_WORDS = 6;

/** More levels than a tree of 2^32 elements can have. */
export const MAX_LEVELS = 40;

/** The fewest slots that a full node may have. */
export const MIN_FANOUT = 4;

/** The bit of a leaf's count that says that the leaf is a byte string. */
export const PLAIN = 0x80000000;

/** The elements below a slot at `level`, whose count is `word`. */
export function slotCount(word: number, level: number): number {
  return level === 1 && word >= PLAIN ? 1 : word;
}
