import { COUNT_UNKNOWN, EMPTY_LISTPACK_BYTES, headerCount, LISTPACK_HEADER_BYTES, totalBytes } from './listpack.ts';
import { backLengthBytes, encodedBytesAt, LISTPACK_END, lengthBytesOf, readBackLength } from './listpack-encoding.ts';

/**
 * Checks a listpack that comes from outside (a file, RESTORE, another server): `bytes[start, end)` must be one whole
 * listpack. Answers null when it is, else the reason why not. Nothing outside the range is read.
 *
 * With `deep`, what is accepted can be walked in both directions without leaving the range and has the number of
 * elements its header says; without, only header and end are checked, and it must not be walked. Accepted is exactly
 * what Redis 7.0 accepts (`lpValidateIntegrity`): integers and strings may be in longer encodings than they need.
 * That fields come in pairs, and only once, is for the caller to see by walking.
 */
export function validateListpack(bytes: Uint8Array, start: number, end: number, deep: boolean): string | null {
  const size = end - start;
  if (size < EMPTY_LISTPACK_BYTES) return 'listpack shorter than its header and end';
  if (totalBytes(bytes, start) !== size) return 'listpack header does not have the actual size';
  const last = end - 1;
  if (bytes[last] !== LISTPACK_END) return 'listpack does not end with its end byte';
  if (!deep) return null;

  let elements = 0;
  let offset = start + LISTPACK_HEADER_BYTES;
  while (bytes[offset] !== LISTPACK_END) {
    const lengthBytes = lengthBytesOf(bytes[offset]);
    if (lengthBytes === 0) return 'listpack entry has an unknown encoding';
    if (offset + lengthBytes > last) return 'listpack entry reaches beyond the end';
    const encoded = encodedBytesAt(bytes, offset);
    const following = offset + encoded + backLengthBytes(encoded);
    if (following > last) return 'listpack entry reaches beyond the end';
    if (readBackLength(bytes, following - 1) !== encoded) return 'listpack entry has a wrong back length';
    offset = following;
    elements++;
  }
  if (offset !== last) return 'listpack has an end byte before its end';
  const known = headerCount(bytes, start);
  if (known !== COUNT_UNKNOWN && known !== elements) return 'listpack header does not have the actual element count';
  return null;
}
