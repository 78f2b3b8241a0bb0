/**
 * Sparse registers in `bytes[start, end)`: see layout.ts.
 */
import { REGISTERS, VALUE_BIT, XZERO_BIT } from './layout.ts';

export const MAX_SPARSE_VALUE = 32;
export const MAX_VALUE_RUN = 4;
const MAX_ZERO_RUN = 64;

/** Bytes of the opcode that begins with this byte. */
export function opcodeBytes(first: number): 1 | 2 {
  return (first & 0xc0) === XZERO_BIT ? 2 : 1;
}

/** Registers that the opcode at `at` stands for. A second byte that is missing counts as 0. */
export function runLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  if ((first & VALUE_BIT) !== 0) return (first & 3) + 1;
  if ((first & XZERO_BIT) === 0) return (first & 0x3f) + 1;
  return (((first & 0x3f) << 8) | (at + 1 < end ? bytes[at + 1] : 0)) + 1;
}

/** The value of the registers that an opcode beginning with this byte stands for. */
export function runValue(first: number): number {
  return (first & VALUE_BIT) === 0 ? 0 : ((first >>> 2) & 0x1f) + 1;
}

export function valueOpcode(value: number, length: number): number {
  return VALUE_BIT | ((value - 1) << 2) | (length - 1);
}

/** Writes an opcode for `length` registers that are 0. Answers the offset behind it. */
export function writeZeros(bytes: Uint8Array, at: number, length: number): number {
  if (length === 0) return at;
  if (length <= MAX_ZERO_RUN) {
    bytes[at] = length - 1;
    return at + 1;
  }
  bytes[at] = XZERO_BIT | ((length - 1) >>> 8);
  bytes[at + 1] = (length - 1) & 0xff;
  return at + 2;
}

/** Adds to `histogram[v]` how many registers are v. False when the opcodes do not stand for all registers exactly. */
export function countSparse(bytes: Uint8Array, start: number, end: number, histogram: Int32Array): boolean {
  let index = 0;
  for (let at = start; at < end; at += opcodeBytes(bytes[at])) {
    const run = runLength(bytes, at, end);
    if (index + run > REGISTERS) return false;
    histogram[runValue(bytes[at])] += run;
    index += run;
  }
  return index === REGISTERS;
}

/** Raises each of `maxima`, a byte a register, to the register. False as of {@link countSparse}. */
export function mergeSparse(bytes: Uint8Array, start: number, end: number, maxima: Uint8Array): boolean {
  let index = 0;
  for (let at = start; at < end; at += opcodeBytes(bytes[at])) {
    const run = runLength(bytes, at, end);
    if (index + run > REGISTERS) return false;
    const value = runValue(bytes[at]);
    if (value !== 0) for (let i = index; i < index + run; i++) if (value > maxima[i]) maxima[i] = value;
    index += run;
  }
  return index === REGISTERS;
}
