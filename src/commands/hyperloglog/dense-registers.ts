/**
 * Dense registers: `registers` is where the first one lies in `bytes`. See layout.ts.
 */
import { MAX_REGISTER, REGISTERS } from './layout.ts';

/** The byte, from the first register's on, in which a register begins. */
export function byteOfRegister(index: number): number {
  return (index * 6) >>> 3;
}

export function getRegister(bytes: Uint8Array, registers: number, index: number): number {
  const at = registers + byteOfRegister(index);
  const shift = (index * 6) & 7;
  const low = bytes[at] >>> shift;
  return (shift <= 2 ? low : low | (bytes[at + 1] << (8 - shift))) & MAX_REGISTER;
}

export function setRegister(bytes: Uint8Array, registers: number, index: number, value: number): void {
  const at = registers + byteOfRegister(index);
  const shift = (index * 6) & 7;
  bytes[at] = (bytes[at] & ~(MAX_REGISTER << shift)) | (value << shift);
  if (shift <= 2) return;
  const rest = 8 - shift;
  bytes[at + 1] = (bytes[at + 1] & ~(MAX_REGISTER >>> rest)) | (value >>> rest);
}

/** Adds to `histogram[v]` how many registers are v. */
export function countDense(bytes: Uint8Array, registers: number, histogram: Int32Array): void {
  // Four registers lie in three bytes.
  for (let i = 0, at = registers; i < REGISTERS; i += 4, at += 3) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
    histogram[word & 63]++;
    histogram[(word >>> 6) & 63]++;
    histogram[(word >>> 12) & 63]++;
    histogram[word >>> 18]++;
  }
}

/** Raises each of `maxima`, a byte a register, to the register. */
export function mergeDense(bytes: Uint8Array, registers: number, maxima: Uint8Array): void {
  for (let i = 0, at = registers; i < REGISTERS; i += 4, at += 3) {
    let word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
    for (let j = i; word !== 0; j++) {
      const value = word & MAX_REGISTER;
      if (value > maxima[j]) maxima[j] = value;
      word >>>= 6;
    }
  }
}
