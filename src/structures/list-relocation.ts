/**
 * Moves the blocks of lists out of slabs that are being evacuated, leaf by leaf. See list-tree.ts.
 */
import type { Heap } from '../memory/heap.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import { type ByteStrings, RELOCATED_BYTES } from './byte-string.ts';
import { TreeEditor } from './tree-editor.ts';
import { LIST_SLOT_WORDS, MIN_FANOUT, PLAIN, slotCount } from './tree-layout.ts';

export class ListRelocation {
  /** Where {@link relocateLeaf} is to go on: the index of the next leaf's first element. */
  nextIndex = 0;
  private readonly strings: ByteStrings;
  private readonly path: TreeEditor;

  constructor(heap: Heap, strings: ByteStrings) {
    this.strings = strings;
    // No node is made or split.
    this.path = new TreeEditor(heap, LIST_SLOT_WORDS, MIN_FANOUT);
  }

  /** Moves the leaf with the element at `index`, and the nodes above it, where they must. Answers the root. */
  relocateLeaf(root: Pointer, index: number): Pointer {
    const { path, strings } = this;
    const local = path.seek(root, index);
    const { leaf, leafWord } = path;
    const isPlain = leafWord >= PLAIN;
    this.nextIndex = index - local + Math.max(1, slotCount(leafWord, 1));
    path.relocate(!isPlain && leaf !== NULL);
    const length = leafWord - PLAIN;
    if (!isPlain || length > RELOCATED_BYTES) return path.root;
    const moved = strings.relocate(leaf, length, 0, length);
    if (moved === leaf) return path.root;
    path.open();
    path.setLeaf(moved);
    return path.root;
  }
}
