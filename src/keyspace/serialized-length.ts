/**
 * How long a value would be in an RDB file, as DEBUG OBJECT tells it: exact for strings, and for the other types what
 * they take in memory.
 */
import { parseInt64 } from '../lib/integer.ts';
import { LzfCompressor } from '../lib/lzf.ts';
import { Slice } from '../lib/slice.ts';
import { type Pointer, TYPE_STRING, typeOf } from './key-entry.ts';
import type { Keyspace } from './keyspace.ts';

/** Longer strings are never written as integers. */
const MAX_INTEGER_TEXT = 11;
/** Longer strings are compressed if that makes them shorter by 4 bytes. */
const MAX_PLAIN = 20;

/** In bytes. `compresses` as the directive `rdbcompression` says. */
export function serializedLength(keyspace: Keyspace, entry: Pointer, compresses: boolean): number {
  if (typeOf(keyspace.heap, entry) !== TYPE_STRING) {
    let bytes = keyspace.kinds.inlineBytes(entry);
    keyspace.kinds.walk(entry, (block) => {
      bytes += keyspace.heap.capacity(block);
    });
    return bytes;
  }
  const value = keyspace.stringValues.slice(entry, new Slice(new Uint8Array(0), 0, 0));
  const { length } = value;
  const integer = length <= MAX_INTEGER_TEXT ? integerLength(value) : 0;
  if (integer > 0) return integer;
  if (compresses && length > MAX_PLAIN) {
    const output = new Uint8Array(length - 4);
    const compressed = new LzfCompressor().compress(value.bytes, value.start, value.end, output);
    if (compressed > 0) return 1 + lengthBytes(compressed) + lengthBytes(length) + compressed;
  }
  return lengthBytes(length) + length;
}

/** Bytes of an integer of up to 32 bits with its encoding byte; 0 for everything else. */
function integerLength(value: Slice): number {
  const integer = parseInt64(value);
  if (typeof integer !== 'number') return 0;
  if (integer === (integer << 24) >> 24) return 2;
  if (integer === (integer << 16) >> 16) return 3;
  return integer === (integer | 0) ? 5 : 0;
}

/** Bytes of a length in RDB's encoding. */
function lengthBytes(length: number): number {
  if (length < 1 << 6) return 1;
  if (length < 1 << 14) return 2;
  return length < 2 ** 32 ? 5 : 9;
}
