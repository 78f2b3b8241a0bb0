/**
 * Expands a long compressed string run by run, so that neither its compressed nor its expanded form need be in memory
 * whole. See lib/lzf.ts for the format.
 */
import type { Slice } from '../../lib/slice.ts';
import type { RdbReader } from './rdb-reader.ts';

/** No compressed byte stands for more: three of them copy 264. */
export const MAX_LZF_RATIO = 88;

/** How far back copies reach. */
const MAX_DISTANCE = 1 << 13;
/** The most that one instruction yields. */
const MAX_YIELD = 264;
const RUN_BYTES = 64 * 1024;

export class LzfRuns {
  /** What may still be copied from, and then the run. */
  private readonly window = new Uint8Array(MAX_DISTANCE + RUN_BYTES + MAX_YIELD);
  private filled = 0;
  private compressedLeft = 0;
  private left = 0;
  private offset = 0;

  /** Starts a string of `length` bytes, compressed to `compressedBytes`, that lies at `offset`. */
  begin(compressedBytes: number, length: number, offset: number): void {
    this.filled = 0;
    this.compressedLeft = compressedBytes;
    this.left = length;
    this.offset = offset;
  }

  /** Points `target` at the next run, of a string of which something is left. */
  next(reader: RdbReader, target: Slice): void {
    const { window } = this;
    if (this.filled > MAX_DISTANCE) {
      window.copyWithin(0, this.filled - MAX_DISTANCE, this.filled);
      this.filled = MAX_DISTANCE;
    }
    const start = this.filled;
    while (this.compressedLeft > 0 && this.filled - start < RUN_BYTES) this.instruction(reader);
    const run = this.filled - start;
    this.left -= run;
    const isOver = this.compressedLeft === 0;
    if (this.compressedLeft < 0 || this.left < 0 || isOver !== (this.left === 0)) throw this.damaged(reader);
    target.point(window, start, this.filled);
  }

  private instruction(reader: RdbReader): void {
    const { window } = this;
    const control = reader.byte();
    let out = this.filled;
    if (control < 32) {
      const end = out + control + 1;
      this.compressedLeft -= control + 2;
      if (this.compressedLeft < 0) throw this.damaged(reader);
      while (out < end) window[out++] = reader.byte();
      this.filled = end;
      return;
    }
    let length = control >>> 5;
    this.compressedLeft -= length === 7 ? 3 : 2;
    if (this.compressedLeft < 0) throw this.damaged(reader);
    if (length === 7) length += reader.byte();
    const end = out + length + 2;
    let from = out - ((control & 0x1f) << 8) - reader.byte() - 1;
    if (from < 0) throw this.damaged(reader);
    while (out < end) window[out++] = window[from++];
    this.filled = end;
  }

  private damaged(reader: RdbReader): Error {
    return reader.damaged('a compressed string is damaged', this.offset);
  }
}
