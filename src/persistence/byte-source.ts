/**
 * Where decoders read from: a file, a socket's memory.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface ByteSource {
  /** How many bytes there are in all. */
  readonly totalBytes: number;
  /** Puts what comes next into `target[start, end)`; answers how many bytes these were, 0 at the end. */
  read(target: Uint8Array, start: number, end: number): number;
}

/** A file, read from its beginning or from `offset` on. It has as many bytes as when it was opened. */
export class FileSource implements ByteSource {
  readonly totalBytes: number;
  private readonly descriptor: number;
  private offset: number;

  /** @throws the system's error when the file can't be opened */
  constructor(path: string, offset = 0) {
    this.descriptor = openSync(path, 'r');
    this.totalBytes = fstatSync(this.descriptor).size;
    this.offset = offset;
  }

  read(target: Uint8Array, start: number, end: number): number {
    const bytes = readSync(this.descriptor, target, start, end - start, this.offset);
    this.offset += bytes;
    return bytes;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
