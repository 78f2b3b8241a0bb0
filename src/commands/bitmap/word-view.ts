/** Below this many bytes looking for words is not worth it. */
const MIN_BYTES = 64;

/**
 * Lets bytes be read four at a time. The view of the last buffer is kept, since the runs of a string mostly lie in
 * the same one.
 */
export class WordView {
  /** The buffer's words. Word i is the bytes from 4 i on. */
  words: Int32Array = new Int32Array(0);
  /** The words that lie wholly in the range: `[first, last)`. */
  first = 0;
  last = 0;
  private bytes: Uint8Array = new Uint8Array(0);

  /** Points at the words of `bytes[start, end)`; false when there are too few of them. */
  cover(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < MIN_BYTES || (bytes.byteOffset & 3) !== 0) return false;
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    }
    this.first = (start + 3) >>> 2;
    this.last = end >>> 2;
    return true;
  }
}
