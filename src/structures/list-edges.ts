/**
 * Pushing and popping at the two ends of a list where nothing but the leaf there, and the counts above it, must change,
 * which is nearly always. Every method answers false, and has changed nothing, where there is more to be done: the leaf
 * has no room or would be left with none, a block on the way is frozen, the element is not in a listpack. That is left
 * to {@link ListTree}, which says so beforehand ({@link ListEdges.forget}).
 *
 * Queues do little else, so both ends of the list that was used last are remembered.
 */
import type { Heap } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import { ListEdge } from './list-edge.ts';
import type { ListCursor } from './list-tree-cursor.ts';
import { wastesRoom } from './list-tree-leaf.ts';
import { entryBytesAt, LISTPACK_HEADER_BYTES, previous } from './listpack.ts';
import { LISTPACK_END, type ListpackValue } from './listpack-encoding.ts';

export class ListEdges {
  private readonly head: ListEdge;
  private readonly tail: ListEdge;

  constructor(heap: Heap) {
    this.head = new ListEdge(heap, false);
    this.tail = new ListEdge(heap, true);
  }

  /** To be called before a list is made, or changed by anything but these methods. */
  forget(): void {
    this.head.forget();
    this.tail.forget();
  }

  /** `maxBytes` and `maxCount` are what a leaf may grow to. */
  pushHead(root: Pointer, value: ListpackValue, maxBytes: number, maxCount: number): boolean {
    const { head } = this;
    if (!head.reach(root) || head.count >= maxCount) return false;
    const size = value.entryBytes;
    const base = head.base - size;
    const total = head.total + size;
    if (base < head.start || total > maxBytes) return false;
    this.change(head, this.tail);
    value.writeEntry(head.bytes, base + LISTPACK_HEADER_BYTES);
    head.rebase(base);
    head.resize(total, 1);
    return true;
  }

  pushTail(root: Pointer, value: ListpackValue, maxBytes: number, maxCount: number): boolean {
    const { tail } = this;
    if (!tail.reach(root) || tail.count >= maxCount) return false;
    const { bytes, base } = tail;
    const total = tail.total + value.entryBytes;
    if (total > maxBytes || base - tail.start + total > tail.room) return false;
    this.change(tail, this.head);
    bytes[value.writeEntry(bytes, base + tail.total - 1)] = LISTPACK_END;
    tail.resize(total, 1);
    return true;
  }

  popHead(root: Pointer): boolean {
    const { head } = this;
    if (!head.reach(root) || head.count === 1) return false;
    const size = entryBytesAt(head.bytes, head.base, LISTPACK_HEADER_BYTES);
    const total = head.total - size;
    if (wastesRoom(head.room, total)) return false;
    this.change(head, this.tail);
    head.rebase(head.base + size);
    head.resize(total, -1);
    return true;
  }

  popTail(root: Pointer): boolean {
    const { tail } = this;
    if (!tail.reach(root) || tail.count === 1) return false;
    const { bytes, base } = tail;
    const at = previous(bytes, base, tail.total - 1);
    if (wastesRoom(tail.room, at + 1)) return false;
    this.change(tail, this.head);
    bytes[base + at] = LISTPACK_END;
    tail.resize(at + 1, -1);
    return true;
  }

  /** Leads the cursor to the first element; false where it has to find its way there. */
  readHead(root: Pointer, cursor: ListCursor): boolean {
    const { head } = this;
    if (!head.reach(root)) return false;
    cursor.point(head.bytes, head.base, LISTPACK_HEADER_BYTES);
    return true;
  }

  /** Leads the cursor to the last element; false where it has to find its way there. */
  readTail(root: Pointer, cursor: ListCursor): boolean {
    const { tail } = this;
    if (!tail.reach(root)) return false;
    cursor.point(tail.bytes, tail.base, previous(tail.bytes, tail.base, tail.total - 1));
    return true;
  }

  /** Before `edge` changes: what the other end remembers of the same leaf is not true any more. */
  private change(edge: ListEdge, other: ListEdge): void {
    if (edge.leaf === other.leaf) other.forget();
  }
}
