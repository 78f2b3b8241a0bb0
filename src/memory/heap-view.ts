/**
 * Read access to the shared heap: the segments and typed views over them.
 *
 * The main thread's {@link Heap} is one of these; a snapshot worker makes another over the same segments and reads
 * the frozen blocks in it. All structures' readers work on a view.
 */
import { type Pointer, SEGMENT_SHIFT, UNIT_MASK } from './layout.ts';

export class HeapView {
  /** Per segment, its bytes. */
  readonly u8: Uint8Array[] = [];
  /** Per segment, its 32-bit words. */
  readonly u32: Uint32Array[] = [];
  /** Per segment, its 64-bit floats. */
  readonly f64: Float64Array[] = [];

  constructor(segments: readonly (SharedArrayBuffer | null)[] = []) {
    segments.forEach((segment, index) => {
      this.attach(index, segment);
    });
  }

  /** Puts a segment at its number; `null` leaves an empty place. */
  protected attach(index: number, segment: SharedArrayBuffer | null): void {
    const buffer = segment ?? new SharedArrayBuffer(0);
    this.u8[index] = new Uint8Array(buffer);
    this.u32[index] = new Uint32Array(buffer);
    this.f64[index] = new Float64Array(buffer);
  }

  /** The bytes of the segment that holds `pointer`. */
  bytesOf(pointer: Pointer): Uint8Array {
    return this.u8[pointer >>> SEGMENT_SHIFT];
  }

  /** Where the block begins in {@link bytesOf}. */
  byteOffset(pointer: Pointer): number {
    return (pointer & UNIT_MASK) << 4;
  }

  /** The words of the segment that holds `pointer`. */
  wordsOf(pointer: Pointer): Uint32Array {
    return this.u32[pointer >>> SEGMENT_SHIFT];
  }

  /** Where the block begins in {@link wordsOf}. */
  wordOffset(pointer: Pointer): number {
    return (pointer & UNIT_MASK) << 2;
  }

  /** The floats of the segment that holds `pointer`. */
  floatsOf(pointer: Pointer): Float64Array {
    return this.f64[pointer >>> SEGMENT_SHIFT];
  }

  /** Where the block begins in {@link floatsOf}. */
  floatOffset(pointer: Pointer): number {
    return (pointer & UNIT_MASK) << 1;
  }

  /** Word `index` of a block; 0 and 1 are its header. */
  word(pointer: Pointer, index: number): number {
    return this.u32[pointer >>> SEGMENT_SHIFT][((pointer & UNIT_MASK) << 2) + index];
  }

  /** Word `index` of a block, where it holds a pointer. */
  pointer(pointer: Pointer, index: number): Pointer {
    return this.u32[pointer >>> SEGMENT_SHIFT][((pointer & UNIT_MASK) << 2) + index] as Pointer;
  }

  /** The float at words `index` and `index + 1`; `index` is even. */
  float(pointer: Pointer, index: number): number {
    return this.f64[pointer >>> SEGMENT_SHIFT][((pointer & UNIT_MASK) << 1) + (index >>> 1)];
  }
}
