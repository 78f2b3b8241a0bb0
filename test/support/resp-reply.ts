/**
 * Replies as bytes and as trees: finds where a reply ends (RESP2 and RESP3), and reads it without losing which
 * kind each element was, which decoded JavaScript values would.
 */
import RedisParser from 'redis-parser';

const CR = 0x0d;

/** One element of a reply. `kind` is its first byte on the wire; text is latin1, one character a byte. */
export interface ReplyTree {
  readonly kind: string;
  /** Null for aggregates and for `$-1`, `*-1` and `_`. */
  readonly text: string | null;
  /** Null for everything that is no aggregate; a map's keys and values alternate. */
  readonly elements: readonly ReplyTree[] | null;
}

/**
 * The end of the reply that begins at `start`, or -1 when it isn't whole yet. A RESP3 attribute counts as part of
 * the reply after it.
 */
export function replyEnd(bytes: Buffer, start: number): number {
  let position = start;
  let pending = 1;
  while (pending > 0) {
    const lineEnd = bytes.indexOf(CR, position);
    if (lineEnd < 0 || lineEnd + 2 > bytes.length) return -1;
    const kind = String.fromCharCode(bytes[position]);
    const next = lineEnd + 2;
    pending--;
    switch (kind) {
      case '+':
      case '-':
      case ':':
      case '_':
      case ',':
      case '#':
      case '(':
        position = next;
        break;
      case '$':
      case '=':
      case '!': {
        const length = lengthIn(bytes, position + 1, lineEnd);
        position = length < 0 ? next : next + length + 2;
        if (position > bytes.length) return -1;
        break;
      }
      case '*':
      case '~':
      case '>':
        pending += Math.max(0, lengthIn(bytes, position + 1, lineEnd));
        position = next;
        break;
      case '%':
        pending += 2 * lengthIn(bytes, position + 1, lineEnd);
        position = next;
        break;
      case '|':
        pending += 2 * lengthIn(bytes, position + 1, lineEnd) + 1;
        position = next;
        break;
      default:
        throw new Error(`no reply begins with ${JSON.stringify(kind)} at offset ${position - start}`);
    }
  }
  return position;
}

function lengthIn(bytes: Buffer, start: number, end: number): number {
  const length = Number(bytes.toString('latin1', start, end));
  if (!Number.isSafeInteger(length)) throw new Error(`bad length ${bytes.toString('latin1', start, end)} in a reply`);
  return length;
}

/** Reads one whole reply. */
export function readReply(raw: Buffer): ReplyTree {
  const cursor = { position: 0 };
  return readElement(raw, cursor);
}

function readElement(raw: Buffer, cursor: { position: number }): ReplyTree {
  const kind = String.fromCharCode(raw[cursor.position]);
  const lineEnd = raw.indexOf(CR, cursor.position);
  const line = raw.toString('latin1', cursor.position + 1, lineEnd);
  cursor.position = lineEnd + 2;
  switch (kind) {
    case '$':
    case '=':
    case '!': {
      const length = Number(line);
      if (length < 0) return { kind, text: null, elements: null };
      const text = raw.toString('latin1', cursor.position, cursor.position + length);
      cursor.position += length + 2;
      return { kind, text, elements: null };
    }
    case '*':
    case '~':
    case '>':
    case '%':
    case '|': {
      if (line === '-1') return { kind, text: null, elements: null };
      const count = Number(line) * (kind === '%' || kind === '|' ? 2 : 1);
      const elements: ReplyTree[] = [];
      for (let i = 0; i < count; i++) elements.push(readElement(raw, cursor));
      if (kind === '|') return readElement(raw, cursor);
      return { kind, text: null, elements };
    }
    case '_':
      return { kind, text: null, elements: null };
    default:
      return { kind, text: line, elements: null };
  }
}

/** One spelling for each tree, to compare and sort by. */
export function spell(tree: ReplyTree): string {
  if (tree.elements !== null) return `${tree.kind}(${tree.elements.map(spell).join(',')})`;
  return tree.text === null ? `${tree.kind}null` : `${tree.kind}${JSON.stringify(tree.text)}`;
}

/** The texts of an aggregate's elements, nested ones flattened. */
export function textsOf(tree: ReplyTree): readonly string[] {
  if (tree.elements !== null) return tree.elements.flatMap(textsOf);
  return tree.text === null ? [] : [tree.text];
}

/**
 * The reply as JavaScript values, strings as UTF-8; an error reply is an `Error`, not thrown. RESP2 replies go
 * through redis-parser; of RESP3, maps become `Map`, sets `Set`, the rest what it says.
 */
export function decodeReply(raw: Buffer): unknown {
  const tree = readReply(raw);
  if (hasResp3(tree)) return toValue(tree);
  let value: unknown;
  const parser = new RedisParser({
    returnReply(reply) {
      value = reply;
    },
    returnError(error) {
      value = error;
    },
  });
  parser.execute(raw);
  return value;
}

function hasResp3(tree: ReplyTree): boolean {
  return !'+-:$*'.includes(tree.kind) || (tree.elements?.some(hasResp3) ?? false);
}

function toValue(tree: ReplyTree): unknown {
  const text = tree.text === null ? null : Buffer.from(tree.text, 'latin1').toString();
  switch (tree.kind) {
    case '%': {
      const map = new Map<unknown, unknown>();
      const elements = tree.elements ?? [];
      for (let i = 0; i < elements.length; i += 2) map.set(toValue(elements[i]), toValue(elements[i + 1]));
      return map;
    }
    case '~':
      return new Set(tree.elements?.map(toValue));
    case '*':
    case '>':
      return tree.elements?.map(toValue) ?? null;
    case ':':
      return Number(text);
    case ',':
      return text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text);
    case '#':
      return text === 't';
    case '(':
      return BigInt(text ?? 0);
    case '=':
      return text?.slice(4);
    case '-':
    case '!':
      return new Error(text ?? '');
    default:
      return text;
  }
}
