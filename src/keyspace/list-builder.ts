/**
 * A list that is made before it gets a key, or never does: what is read from a file.
 *
 * After {@link ListBuilder.begin} it is used like any other, until its structure is given to a key or
 * {@link ListBuilder.discard} ends it.
 */
import type { Commons } from './commons.ts';
import { NULL, type Pointer } from './key-entry.ts';
import { freeList } from './list-kind.ts';
import { ListValue } from './list-value.ts';

export class ListBuilder extends ListValue {
  constructor(commons: Commons) {
    super(commons, commons.listTree);
  }

  /** Begins an empty list. */
  begin(): void {
    this.entry = NULL;
    [this.encoding, this.pointer] = this.empty();
  }

  /** Frees the list. */
  discard(): void {
    freeList(this.commons, this.commons.listTree, this.pointer);
    this.pointer = NULL;
  }

  protected override store(encoding: number, pointer: Pointer): void {
    this.encoding = encoding;
    this.pointer = pointer;
  }
}
