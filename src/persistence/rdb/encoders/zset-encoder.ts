/**
 * Writes sorted sets: a small one as the listpack that it is, a large one as members with scores from the highest to
 * the lowest, which is the order that Redis loads fastest.
 */
import { encodingOf, structureOf } from '../../../keyspace/key-entry.ts';
import { ZSET_LISTPACK } from '../../../keyspace/zset-value.ts';
import type { HeapView } from '../../../memory/heap-view.ts';
import type { Pointer } from '../../../memory/layout.ts';
import type { EntryReader } from '../../../structures/entry.ts';
import { ScoreCursor } from '../../../structures/score-tree-cursor.ts';
import { ScoreTreeReader } from '../../../structures/score-tree-reader.ts';
import { TREE_ROOT } from '../../../structures/scored-members.ts';
import { RDB_ZSET_2, RDB_ZSET_LISTPACK } from '../format.ts';
import type { RdbWriter } from '../rdb-writer.ts';
import { newSlice, type TypeEncoder, type ValueView, writeListpack } from './type-encoder.ts';

export class ZsetEncoder implements TypeEncoder {
  private readonly view: HeapView;
  private readonly entries: EntryReader;
  private readonly tree: ScoreTreeReader;
  private readonly cursor: ScoreCursor;
  private readonly slice = newSlice();

  constructor({ view, entries }: ValueView) {
    this.view = view;
    this.entries = entries;
    this.tree = new ScoreTreeReader(view, entries);
    this.cursor = new ScoreCursor(view);
  }

  rdbType(entry: Pointer): number {
    return encodingOf(this.view, entry) === ZSET_LISTPACK ? RDB_ZSET_LISTPACK : RDB_ZSET_2;
  }

  write(entry: Pointer, writer: RdbWriter): void {
    const { cursor, entries, slice, view } = this;
    const pointer = structureOf(view, entry);
    if (encodingOf(view, entry) === ZSET_LISTPACK) {
      writeListpack(view, pointer, writer);
      return;
    }
    const root = view.pointer(pointer, TREE_ROOT);
    const count = this.tree.count(root);
    writer.length(count);
    for (let more = cursor.seek(root, count - 1); more; more = cursor.previous()) {
      writer.slice(entries.key(cursor.entry, slice));
      writer.double(cursor.score);
    }
  }
}
