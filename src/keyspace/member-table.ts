/**
 * Which values have their members or fields in a hash table, and where its root is.
 */
import type { HeapView } from '../memory/heap-view.ts';
import { TABLE_ROOT } from '../structures/scored-members.ts';
import { HASH_LISTPACK } from './hash-value.ts';
import { encodingOf, NULL, type Pointer, TYPE_HASH, TYPE_SET, TYPE_ZSET, typeOf, valuePointer } from './key-entry.ts';
import { SET_TABLE } from './set-reader.ts';
import { ZSET_TREE } from './zset-value.ts';

/** The root of the table of an entry's members or fields; null where there is none. */
export function memberTable(view: HeapView, entry: Pointer): Pointer {
  const encoding = encodingOf(view, entry);
  switch (typeOf(view, entry)) {
    case TYPE_HASH:
      return encoding === HASH_LISTPACK ? NULL : valuePointer(view, entry);
    case TYPE_SET:
      return encoding < SET_TABLE ? NULL : valuePointer(view, entry);
    case TYPE_ZSET:
      return encoding === ZSET_TREE ? view.pointer(valuePointer(view, entry), TABLE_ROOT) : NULL;
    default:
      return NULL;
  }
}
