/**
 * A list that is made before it gets a key, or never does: what is read from a file.
 *
 * After {@link ListBuilder.begin} it is used like any other, until its structure is given to a key or
 * {@link ListBuilder.discard} ends it.
 */
import type { Commons } from './commons.ts';
import { NULL } from './key-entry.ts';
import { freeList } from './list-kind.ts';
import { LIST_TREE, ListValue } from './list-value.ts';

export class ListBuilder extends ListValue {
  constructor(commons: Commons) {
    super(commons, commons.listTree);
  }

  /** Begins an empty list. */
  begin(): void {
    this.entry = NULL;
    this.encoding = LIST_TREE;
    this.pointer = this.commons.listTree.create();
  }

  /** Frees the list. */
  discard(): void {
    freeList(this.commons, this.commons.listTree, this.pointer);
    this.pointer = NULL;
  }
}
