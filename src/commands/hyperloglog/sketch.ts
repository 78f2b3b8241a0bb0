/**
 * A HyperLogLog in a buffer of its own, to be changed: taken from a key, raised, and put back by its commands.
 *
 * The sparse form is changed opcode by opcode just as Redis does it, so that the same elements always give the same
 * bytes.
 */

import type { Slice } from '../../lib/slice.ts';
import { getRegister, mergeDense, setRegister } from './dense-registers.ts';
import {
  CORRUPTED,
  DENSE,
  DENSE_BYTES,
  ENCODING_AT,
  HEADER_BYTES,
  MAGIC,
  MAX_SPARSE_BYTES,
  REGISTERS,
  SPARSE,
  STALE_AT,
  STALE_BIT,
  VALUE_BIT,
} from './layout.ts';
import {
  MAX_SPARSE_VALUE,
  MAX_VALUE_RUN,
  mergeSparse,
  opcodeBytes,
  runLength,
  runValue,
  valueOpcode,
  writeZeros,
} from './sparse-registers.ts';

/** Opcodes looked at for neighbours that have become equal, from the one before the change on. */
const MERGED_OPCODES = 5;
/** A change splits an opcode into three at most, the outer ones of two bytes. */
const MAX_SPLIT_BYTES = 5;

export class Sketch {
  /** Room for the longest sparse form and as much again, which is what changes could add to a corrupted one. */
  readonly bytes = new Uint8Array(2 * MAX_SPARSE_BYTES + MAX_SPLIT_BYTES);
  length = 0;
  private readonly split = new Uint8Array(MAX_SPLIT_BYTES);
  private readonly values = new Uint8Array(REGISTERS);

  get isDense(): boolean {
    return this.bytes[ENCODING_AT] === DENSE;
  }

  /** Makes it an empty one, which is sparse. */
  clear(): void {
    this.bytes.fill(0, 0, HEADER_BYTES);
    this.bytes.set(MAGIC);
    this.bytes[ENCODING_AT] = SPARSE;
    this.length = writeZeros(this.bytes, HEADER_BYTES, REGISTERS);
  }

  /** Makes it a copy of a string, whose header is in order. */
  copyFrom(string: Slice): void {
    this.bytes.set(string.bytes.subarray(string.start, string.end));
    this.length = string.length;
  }

  /** Says that the cached cardinality is none. */
  invalidate(): void {
    this.bytes[STALE_AT] |= STALE_BIT;
  }

  /**
   * Raises a register to `value`; true when it was lower. What the sparse form has no opcode for, or would take more
   * than `maxSparseBytes`, makes it dense.
   *
   * @throws ReplyError when the sparse registers are corrupted.
   */
  raise(index: number, value: number, maxSparseBytes: number): boolean {
    if (!this.isDense) {
      if (value <= MAX_SPARSE_VALUE) {
        const changed = this.raiseSparse(index, value, maxSparseBytes);
        if (changed !== null) return changed;
      }
      this.makeDense();
    }
    if (value <= getRegister(this.bytes, HEADER_BYTES, index)) return false;
    setRegister(this.bytes, HEADER_BYTES, index, value);
    return true;
  }

  /** Turns the sparse form into the dense one. The cached cardinality stays. */
  makeDense(): void {
    const { values } = this;
    values.fill(0);
    if (!mergeSparse(this.bytes, HEADER_BYTES, this.length, values)) throw CORRUPTED;
    this.bytes[ENCODING_AT] = DENSE;
    this.length = DENSE_BYTES;
    this.fill(values);
  }

  /** Raises the registers of the dense form to `maxima`, a byte a register. */
  raiseDense(maxima: Uint8Array): void {
    mergeDense(this.bytes, HEADER_BYTES, maxima);
    this.fill(maxima);
  }

  private fill(values: Uint8Array): void {
    for (let i = 0, at = HEADER_BYTES; i < REGISTERS; i += 4, at += 3) {
      const word = values[i] | (values[i + 1] << 6) | (values[i + 2] << 12) | (values[i + 3] << 18);
      this.bytes[at] = word;
      this.bytes[at + 1] = word >>> 8;
      this.bytes[at + 2] = word >>> 16;
    }
  }

  /** Null when the register can't be raised in the sparse form. */
  private raiseSparse(index: number, value: number, maxBytes: number): boolean | null {
    const { bytes, length: end } = this;
    // The opcode that stands for the register, and the one before it.
    let at = HEADER_BYTES;
    let before = HEADER_BYTES;
    let first = 0;
    let run = 0;
    while (at < end) {
      run = runLength(bytes, at, end);
      if (index < first + run) break;
      before = at;
      at += opcodeBytes(bytes[at]);
      first += run;
    }
    if (at >= end) throw CORRUPTED;
    const old = runValue(bytes[at]);
    if (old >= value) return false;

    if (run === 1 && opcodeBytes(bytes[at]) === 1) {
      bytes[at] = valueOpcode(value, 1);
    } else if (!this.splitRun(at, run, index - first, value, maxBytes)) {
      return null;
    }
    this.mergeFrom(before);
    this.invalidate();
    return true;
  }

  /**
   * Puts `value` into a run of registers, the `position`-th of them. False when that would take more than `maxBytes`.
   */
  private splitRun(at: number, run: number, position: number, value: number, maxBytes: number): boolean {
    const { bytes, split, length: end } = this;
    const old = runValue(bytes[at]);
    const rest = run - position - 1;
    let size = 0;
    if (old === 0) size = writeZeros(split, size, position);
    else if (position > 0) split[size++] = valueOpcode(old, position);
    split[size++] = valueOpcode(value, 1);
    if (old === 0) size = writeZeros(split, size, rest);
    else if (rest > 0) split[size++] = valueOpcode(old, rest);

    const oldSize = opcodeBytes(bytes[at]);
    const growth = size - oldSize;
    if (growth > 0 && end + growth > maxBytes) return false;
    const next = at + oldSize;
    if (next < end) bytes.copyWithin(next + growth, next, end);
    for (let i = 0; i < size; i++) bytes[at + i] = split[i];
    this.length = end + growth;
    return true;
  }

  /** Makes one opcode of neighbours with the same value, as far as it holds them. */
  private mergeFrom(start: number): void {
    const { bytes } = this;
    let at = start;
    for (let left = MERGED_OPCODES; at < this.length && left > 0; left--) {
      const opcode = bytes[at];
      const next = at + 1 < this.length ? bytes[at + 1] : 0;
      const together = (opcode & 3) + (next & 3) + 2;
      // Both are values, and the same ones.
      const mergeable = (opcode & next & VALUE_BIT) !== 0 && opcode >>> 2 === next >>> 2;
      if (mergeable && together <= MAX_VALUE_RUN) {
        bytes[at] = valueOpcode(runValue(opcode), together);
        bytes.copyWithin(at + 1, at + 2, this.length);
        this.length--;
      } else {
        at += opcodeBytes(opcode);
      }
    }
  }
}
