/**
 * Moves the blocks of lists out of slabs that are being evacuated, leaf by leaf. See list-tree.ts.
 */
import type { Heap } from '../memory/heap.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import type { ByteStrings } from './byte-string.ts';
import type { StringWindow } from './string-window.ts';
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

  /**
   * Moves the leaf with the element at `index`, and the nodes above it, where they must; of an element that is a string
   * of its own, what `window` takes. Answers the root.
   */
  relocateLeaf(root: Pointer, index: number, window: StringWindow): Pointer {
    const { path, strings } = this;
    const local = path.seek(root, index);
    const { leaf, leafWord } = path;
    const isPlain = leafWord >= PLAIN;
    this.nextIndex = index - local + Math.max(1, slotCount(leafWord, 1));
    path.relocate(!isPlain && leaf !== NULL);
    if (!isPlain) return path.root;
    const moved = window.relocate(strings, leaf, leafWord - PLAIN);
    if (moved === leaf) return path.root;
    path.open();
    path.setLeaf(moved);
    return path.root;
  }
}
