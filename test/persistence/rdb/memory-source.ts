import type { ByteSource } from '../../../src/persistence/byte-source.ts';

/** Bytes in memory, given in pieces of at most so many bytes. */
export class MemorySource implements ByteSource {
  readonly totalBytes: number;
  private at = 0;
  private readonly bytes: Uint8Array;
  private readonly pieceBytes: number;

  constructor(bytes: Uint8Array, pieceBytes = Number.POSITIVE_INFINITY) {
    this.bytes = bytes;
    this.totalBytes = bytes.length;
    this.pieceBytes = pieceBytes;
  }

  read(target: Uint8Array, start: number, end: number): number {
    const length = Math.min(end - start, this.pieceBytes, this.bytes.length - this.at);
    target.set(this.bytes.subarray(this.at, this.at + length), start);
    this.at += length;
    return length;
  }
}
