/**
 * Takes the elements that SORT is about out of their list, set or sorted set.
 */
import type { ListValue } from '../../keyspace/list-value.ts';
import type { SetValue } from '../../keyspace/set-value.ts';
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import { Slice } from '../../lib/slice.ts';
import { ByteVector } from './byte-vector.ts';

/** The elements of a set, in any order. */
export function elementsOfSet(set: SetValue): ByteVector {
  const elements = new ByteVector();
  set.forEach((member) => {
    elements.push(member);
  });
  return elements;
}

/** `count` elements of a list, which has as many, from `index` on, or backwards from there. */
export function elementsOfList(list: ListValue, index: number, count: number, backwards: boolean): ByteVector {
  const elements = new ByteVector();
  const element = new Slice(new Uint8Array(0), 0, 0);
  if (count > 0) list.seek(index);
  for (let i = 0; i < count; i++) {
    elements.push(list.take(element));
    if (backwards) list.cursor.previous();
    else list.cursor.next();
  }
  return elements;
}

/** `count` members of a sorted set, which has as many, from `rank` on, or backwards from there. */
export function elementsOfZset(zset: ZsetValue, rank: number, count: number, backwards: boolean): ByteVector {
  const elements = new ByteVector();
  if (count > 0) zset.seek(rank);
  for (let i = 0; i < count; i++) {
    elements.push(zset.member);
    if (backwards) zset.previous();
    else zset.next();
  }
  return elements;
}
