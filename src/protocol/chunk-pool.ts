/**
 * The buffers that replies are written to, recycled among all connections of a server.
 *
 * A connection takes a small chunk for its first bytes and large ones after that, and gives each back as soon as the
 * kernel has the bytes, so an idle connection holds none and steady traffic allocates none. A chunk has exactly one
 * owner. What it held is not erased: owners send only what they wrote.
 */

/** For a client that is sent a message, as many others may be at the same time. */
export const TINY_CHUNK_BYTES: number = 2 * 1024;
export const SMALL_CHUNK_BYTES: number = 16 * 1024;
export const LARGE_CHUNK_BYTES: number = 64 * 1024;

const DEFAULT_KEPT_BYTES = 8 * 1024 * 1024;

export class ChunkPool {
  /** Bytes in chunks that nobody uses at present; never more than the constructor's `keptBytes`. */
  freeBytes = 0;

  private readonly keptBytes: number;
  private readonly tiny: Uint8Array[] = [];
  private readonly small: Uint8Array[] = [];
  private readonly large: Uint8Array[] = [];

  /** @param keptBytes so much is kept for reuse; what is given back beyond that is left to the garbage collector */
  constructor(keptBytes: number = DEFAULT_KEPT_BYTES) {
    this.keptBytes = keptBytes;
  }

  /** A chunk of {@link TINY_CHUNK_BYTES}, with unspecified content. */
  takeTiny(): Uint8Array {
    const chunk = this.tiny.pop();
    if (chunk === undefined) return new Uint8Array(TINY_CHUNK_BYTES);
    this.freeBytes -= TINY_CHUNK_BYTES;
    return chunk;
  }

  /** A chunk of {@link SMALL_CHUNK_BYTES}, with unspecified content. */
  takeSmall(): Uint8Array {
    const chunk = this.small.pop();
    if (chunk === undefined) return new Uint8Array(SMALL_CHUNK_BYTES);
    this.freeBytes -= SMALL_CHUNK_BYTES;
    return chunk;
  }

  /** A chunk of {@link LARGE_CHUNK_BYTES}, with unspecified content. */
  takeLarge(): Uint8Array {
    const chunk = this.large.pop();
    if (chunk === undefined) return new Uint8Array(LARGE_CHUNK_BYTES);
    this.freeBytes -= LARGE_CHUNK_BYTES;
    return chunk;
  }

  /** Takes back a chunk of this pool; its owner must have forgotten it. */
  give(chunk: Uint8Array): void {
    const size = chunk.length;
    if (this.freeBytes + size > this.keptBytes) return;
    this.freeBytes += size;
    if (size === TINY_CHUNK_BYTES) this.tiny.push(chunk);
    else if (size === SMALL_CHUNK_BYTES) this.small.push(chunk);
    else this.large.push(chunk);
  }
}
