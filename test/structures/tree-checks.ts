import { invariant } from '../../src/lib/invariant.ts';
import type { HeapView } from '../../src/memory/heap-view.ts';
import { NULL, type Pointer } from '../../src/memory/layout.ts';
import {
  NODE_CHILDREN,
  NODE_SLOTS,
  ROOT_COUNT,
  ROOT_HEIGHT,
  ROOT_SLOT,
  SLOT_CHILD,
  SLOT_COUNT,
} from '../../src/structures/tree-layout.ts';

/** What is expected of a tree's nodes besides their counts. */
export interface TreeRules {
  readonly slotWords: number;
  readonly fanout: number;
  /** Checks a leaf whose slot has this count word, and answers its elements. */
  readonly leaf: (leaf: Pointer, word: number) => number;
  /** Checks a slot that is not the first of its node. */
  readonly separator?: (node: Pointer, slot: number, child: Pointer, level: number) => void;
}

/** Checks the counts, the widths and the depth of a whole tree. Answers its height. */
export function checkTree(view: HeapView, root: Pointer, rules: TreeRules): number {
  const height = view.word(root, ROOT_HEIGHT);
  const top = view.pointer(root, ROOT_SLOT);
  const word = view.word(root, ROOT_COUNT);
  if (top === NULL) {
    invariant(height === 0 && word === 0, 'an empty tree is not');
    return 0;
  }
  if (height === 0) rules.leaf(top, word);
  else invariant(checkNode(view, top, height, height, rules) === word, 'the root miscounts');
  return height;
}

function checkNode(view: HeapView, node: Pointer, level: number, height: number, rules: TreeRules): number {
  const children = view.word(node, NODE_CHILDREN);
  invariant(children >= (level === height ? 2 : 1) && children <= rules.fanout, `a node has ${children} children`);
  let sum = 0;
  for (let i = 0; i < children; i++) {
    const slot = NODE_SLOTS + i * rules.slotWords;
    const child = view.pointer(node, slot + SLOT_CHILD);
    const word = view.word(node, slot + SLOT_COUNT);
    if (i > 0) rules.separator?.(node, slot, child, level);
    const elements = level === 1 ? rules.leaf(child, word) : checkNode(view, child, level - 1, height, rules);
    invariant(level === 1 || elements === word, 'a slot miscounts');
    sum += elements;
  }
  return sum;
}
