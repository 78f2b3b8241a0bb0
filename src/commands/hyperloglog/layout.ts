/**
 * HyperLogLogs as strings, byte for byte as Redis keeps them (`hyperloglog.c` of Redis 7.0.15).
 *
 * ```text
 * 0  "HYLL"
 * 4  encoding: 0 dense, 1 sparse
 * 5  three bytes, unused
 * 8  cached cardinality, 64 bits, little endian; its highest bit set: it has to be computed anew
 * 16 registers
 * ```
 *
 * There are 16,384 registers of 6 bits. Dense, register i begins at bit 6 i, the lowest bit of a byte being its first.
 * Sparse, runs of equal registers are opcodes:
 *
 * ```text
 * 00xxxxxx            ZERO   x + 1 registers are 0
 * 01xxxxxx xxxxxxxx   XZERO  x + 1 registers are 0, the high bits of x first
 * 1vvvvvxx            VAL    x + 1 registers are v + 1
 * ```
 */
import type { Slice } from '../../lib/slice.ts';
import { ReplyError } from '../../protocol/reply-error.ts';

export const REGISTERS = 16_384;
const REGISTER_BITS = 6;
export const MAX_REGISTER = 63;

export const HEADER_BYTES = 16;
export const DENSE_BYTES = HEADER_BYTES + (REGISTERS * REGISTER_BITS) / 8;
/** No opcode stands for less than one register, and none has more than two bytes. */
export const MAX_SPARSE_BYTES = HEADER_BYTES + 2 * REGISTERS;

export const MAGIC = [0x48, 0x59, 0x4c, 0x4c];
export const ENCODING_AT = 4;
export const CARDINALITY_AT = 8;
/** The byte of the highest bit of the cached cardinality, … */
export const STALE_AT = 15;
/** … and that bit. */
export const STALE_BIT = 0x80;

export const DENSE = 0;
export const SPARSE = 1;

export const XZERO_BIT = 0x40;
export const VALUE_BIT = 0x80;

const NOT_HYPERLOGLOG = new ReplyError('WRONGTYPE Key is not a valid HyperLogLog string value.');
export const CORRUPTED = new ReplyError('INVALIDOBJ Corrupted HLL object detected');

/**
 * Checks the header and the length of a string that should be a HyperLogLog. Sparse registers may still be corrupted.
 *
 * @throws ReplyError when it is none.
 */
export function checkHeader(string: Slice, length: number): void {
  if (length < HEADER_BYTES) throw NOT_HYPERLOGLOG;
  for (let i = 0; i < MAGIC.length; i++) if (string.byteAt(i) !== MAGIC[i]) throw NOT_HYPERLOGLOG;
  const encoding = string.byteAt(ENCODING_AT);
  if (encoding > SPARSE || (encoding === DENSE && length !== DENSE_BYTES)) throw NOT_HYPERLOGLOG;
  if (encoding === SPARSE && length > MAX_SPARSE_BYTES) throw CORRUPTED;
}
