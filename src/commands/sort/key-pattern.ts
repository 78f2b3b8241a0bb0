/**
 * What BY and GET name: `weight_*`, the string at a key whose name has the element in the place of the first asterisk;
 * `object_*->name`, a field of the hash at such a key; `#`, the element itself. Anything else names nothing.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { NULL, type Pointer, TYPE_HASH, TYPE_STRING, typeOf } from '../../keyspace/key-entry.ts';
import { Slice } from '../../lib/slice.ts';
import type { ByteVector } from './byte-vector.ts';
import { textEnd } from './c-text.ts';

const ASTERISK = 0x2a;
const HASH = 0x23;
const DASH = 0x2d;
const GREATER = 0x3e;
const NOTHING = new Uint8Array(0);

/** Where the first asterisk of a pattern is, in its bytes; -1 where there is none. */
export function asteriskOf(pattern: Slice): number {
  const end = textEnd(pattern);
  for (let i = pattern.start; i < end; i++) if (pattern.bytes[i] === ASTERISK) return i;
  return -1;
}

export class KeyPattern {
  private readonly isElement: boolean;
  private readonly hasKey: boolean;
  private readonly before: Slice;
  private readonly after: Slice;
  private readonly field: Slice | null;
  private readonly key = new Slice(NOTHING, 0, 0);

  /** `pattern` must stay valid. */
  constructor(pattern: Slice) {
    const { bytes, start, end } = pattern;
    const text = textEnd(pattern);
    const asterisk = asteriskOf(pattern);
    this.isElement = text === start + 1 && bytes[start] === HASH;
    this.hasKey = asterisk >= 0;
    let arrow = asterisk + 1;
    while (arrow + 1 < text && (bytes[arrow] !== DASH || bytes[arrow + 1] !== GREATER)) arrow++;
    // An arrow that nothing follows belongs to the name.
    const hasField = this.hasKey && arrow + 2 < text;
    this.before = new Slice(bytes, start, Math.max(start, asterisk));
    this.after = new Slice(bytes, asterisk + 1, hasField ? arrow : end);
    this.field = hasField ? new Slice(bytes, arrow + 2, end) : null;
  }

  /** Answers what the pattern names for an element, or null where there is nothing. */
  reply(context: CommandContext, element: Slice): void {
    const { reply } = context;
    if (this.isElement) {
      reply.bulk(element);
      return;
    }
    const entry = this.find(context, element);
    if (entry === NULL) reply.null();
    else if (this.field === null) context.replyString(entry);
    else reply.bulk(context.keyspace.hash.found);
  }

  /** Appends what the pattern names for an element to `target`; false where there is nothing. */
  read(context: CommandContext, element: Slice, target: ByteVector): boolean {
    if (this.isElement) {
      target.push(element);
      return true;
    }
    const entry = this.find(context, element);
    if (entry === NULL) return false;
    if (this.field === null) target.pushValue(context.keyspace.stringValues, entry);
    else target.push(context.keyspace.hash.found);
    return true;
  }

  /** The entry that holds the value: a string, or a hash whose field is in its accessor's `found`. Null for none. */
  private find(context: CommandContext, element: Slice): Pointer {
    if (!this.hasKey) return NULL;
    const { database, keyspace } = context;
    const key = this.keyFor(element);
    const entry = database.lookup(key);
    if (entry === NULL) return NULL;
    const type = typeOf(keyspace.heap, entry);
    if (this.field === null) return type === TYPE_STRING ? entry : NULL;
    if (type !== TYPE_HASH) return NULL;
    return keyspace.hash.open(database, key, entry).get(this.field) ? entry : NULL;
  }

  private keyFor(element: Slice): Slice {
    const { before, after, key } = this;
    const length = before.length + element.length + after.length;
    const bytes = key.bytes.length >= length ? key.bytes : new Uint8Array(length * 2);
    let at = 0;
    for (const part of [before, element, after]) {
      bytes.set(part.bytes.subarray(part.start, part.end), at);
      at += part.length;
    }
    return key.point(bytes, 0, length);
  }
}
