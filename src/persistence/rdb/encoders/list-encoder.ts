/** Writes lists: each leaf is a node of a quicklist. */
import { valuePointer } from '../../../keyspace/key-entry.ts';
import type { HeapView } from '../../../memory/heap-view.ts';
import type { Pointer } from '../../../memory/layout.ts';
import { ListCursor } from '../../../structures/list-tree-cursor.ts';
import { ListTreeReader } from '../../../structures/list-tree-reader.ts';
import * as listpack from '../../../structures/listpack.ts';
import { CONTAINER_PACKED, CONTAINER_PLAIN, RDB_LIST_QUICKLIST_2 } from '../format.ts';
import type { RdbWriter } from '../rdb-writer.ts';
import { ByteStringRuns, type TypeEncoder, type ValueView } from './type-encoder.ts';

export class ListEncoder implements TypeEncoder {
  private readonly view: HeapView;
  private readonly tree: ListTreeReader;
  private readonly cursor: ListCursor;
  private readonly runs: ByteStringRuns;

  constructor({ view, strings }: ValueView) {
    this.view = view;
    this.tree = new ListTreeReader(view, strings);
    this.cursor = new ListCursor(view, strings);
    this.runs = new ByteStringRuns(strings);
  }

  rdbType(): number {
    return RDB_LIST_QUICKLIST_2;
  }

  write(entry: Pointer, writer: RdbWriter): void {
    const { cursor, tree } = this;
    const root = valuePointer(this.view, entry);
    writer.length(tree.leafCount(root));
    for (let more = cursor.seek(root, 0); more; more = cursor.nextLeaf()) {
      if (cursor.isPlain) {
        writer.length(CONTAINER_PLAIN);
        this.runs.write(cursor.plain, cursor.plainLength, writer);
      } else {
        writer.length(CONTAINER_PACKED);
        const { leafBytes, leafBase } = cursor;
        writer.string(leafBytes, leafBase, leafBase + listpack.totalBytes(leafBytes, leafBase));
      }
    }
  }
}
